"""Releases: publishing them, taking them off, and the doors through which everybody downloads them.

Files go out in pieces that a thread reads: Django would read the whole of an ordinary iterator first.
"""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe
from zipstream import ZIP_DEFLATED, ZipStream

from annotation.release.publish import release_file, release_publish, release_retract
from annotation.selectors.operations import OPERATING_ROLES, release_get_for, release_list_for
from annotation.selectors.releases import release_get_published
from config.access import role_required, seat_of

ROWS_A_PAGE = 50
PIECE_BYTES = 256 * 1024
PUBLISHERS = ("owner", "manager")


@require_GET
@role_required(*OPERATING_ROLES)
def releases(request: HttpRequest) -> HttpResponse:
    page = Paginator(release_list_for(request.user), ROWS_A_PAGE).get_page(request.GET.get("page"))
    seat = seat_of(request)
    context = {"page_obj": page, "may_publish": seat is not None and seat.has_role(*PUBLISHERS)}
    return render(request, "annotation/releases.html", context)


@require_POST
@role_required(*PUBLISHERS)
def publish(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let everybody download it."""
    release = release_publish(release=release_get_for(request.user, public_id), by=request.user)
    messages.success(
        request, _("%(name)s is published. It stands on the public progress page.") % {"name": release.name}
    )
    return redirect("annotation:releases")


@require_POST
@role_required(*PUBLISHERS)
def retract(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take it off, with a reason."""
    release = release_get_for(request.user, public_id)
    release_retract(release=release, by=request.user, why=request.POST.get("why", ""))
    messages.success(request, _("%(name)s is retracted.") % {"name": release.name})
    return redirect("annotation:releases")


@require_safe
def archive(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """All files of a published release as one archive, made while it goes out."""
    release = release_get_published(public_id)
    files = [(release_file(release, one["path"]), one["path"]) for one in release.files]
    response = _download(f"{release.name}.zip", "application/zip")
    if request.method == "GET":
        response.streaming_content = _in_pieces(_zipped(release.name, files))
    return response


@require_safe
def file(request: HttpRequest, public_id: UUID, path: str) -> HttpResponseBase:
    """One file of a published release."""
    release = release_get_published(public_id)
    found = release_file(release, path)
    listed = next(one for one in release.files if one["path"] == path)
    # Text as text: a browser shows it, and runs nothing of it.
    kind = "text/plain; charset=utf-8" if _is_text(found) else mimetypes.guess_type(path)[0]
    response = _download(found.name, kind or "application/octet-stream")
    response["Content-Length"] = str(listed["bytes"])
    response["ETag"] = f'"{listed["sha256"]}"'
    if request.method == "GET":
        response.streaming_content = _in_pieces(_read(found))
    return response


def _download(name: str, kind: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_in_pieces(()), content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _is_text(path: Path) -> bool:
    return path.suffix in {".json", ".jsonl", ".md", ".py", ".txt", ".csv", ""}


def _zipped(folder: str, files: list[tuple[Path, str]]) -> Iterator[bytes]:
    stream = ZipStream(compress_type=ZIP_DEFLATED, compress_level=6)
    for path, name in files:
        stream.add_path(path, f"{folder}/{name}")
    return iter(stream)


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        while piece := opened.read(PIECE_BYTES):
            yield piece


async def _in_pieces(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    """The pieces, a good many bytes at a time, each lot made in a thread."""
    source = iter(pieces)
    while lot := await asyncio.to_thread(_lot, source):
        yield lot


def _lot(source: Iterator[bytes]) -> bytes:
    lot = bytearray()
    for piece in source:
        lot += piece
        if len(lot) >= PIECE_BYTES:
            break
    return bytes(lot)
