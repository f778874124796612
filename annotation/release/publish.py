"""Publishing a built release, so that everybody may download its files, and taking it off again.

What may be downloaded is written down at that moment: what somebody puts into the folder later is not served, and what was
changed is not either.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.models import Release, ReleaseTransition
from annotation.release.seal import MANIFEST_FILE
from annotation.release.verify_release import Uncheckable, Unsound, verify
from annotation.states import RELEASE_MOVES, ReleaseStatus
from config.errors import BadInput, DomainError, IllegalMove, NotFound
from config.moves import Actor, move
from vendors.models import Event
from vendors.services.webhooks import event_tell


class ReleaseFolderGone(DomainError):
    code = "release_folder_gone"
    status = 409
    message = _("The folder of this release cannot be read here. Put it back where it was built, or make it readable.")


class ReleaseFolderChanged(DomainError):
    code = "release_folder_changed"
    status = 409
    message = _("The files in the folder are not the ones that were built. A release never changes; build another.")


def release_publish(*, release: Release, by: Any) -> Release:
    """Let everybody download what is in the folder now, once it passes the check that it carries.

    Reads every byte before the transaction begins. Raises `IllegalMove`, `ReleaseFolderGone` and `ReleaseFolderChanged`.
    """
    if release.status != ReleaseStatus.BUILT:
        raise IllegalMove()
    files = _files_read(Path(release.folder)) if release.folder else []
    found = {file["path"]: file for file in files}
    if not files:
        raise ReleaseFolderGone()
    if any(found.get(file["path"]) != file for file in release.manifest["files"]):
        raise ReleaseFolderChanged()
    try:
        manifest = json.loads((Path(release.folder) / MANIFEST_FILE).read_bytes())
        for _line in verify(Path(release.folder), release.manifest["public_key"]):
            pass
    except (Unsound, Uncheckable, OSError, ValueError, RecursionError) as error:
        raise ReleaseFolderChanged() from error
    if manifest != release.manifest:
        raise ReleaseFolderChanged()
    with transaction.atomic():
        row = Release.objects.select_for_update().get(pk=release.pk)
        _move(row, ReleaseStatus.PUBLISHED, by, files=files, published_at=timezone.now())
        event_tell(Event.RELEASE_PUBLISHED, release={"id": str(row.public_id), "name": row.name})
    return row


@transaction.atomic
def release_retract(*, release: Release, by: Any, why: str) -> Release:
    """Take a release off for good. What was downloaded cannot be called back. Raises `BadInput` without a reason."""
    if not why.strip():
        raise BadInput(_("Please say why."), field="why")
    row = Release.objects.select_for_update().get(pk=release.pk)
    _move(row, ReleaseStatus.RETRACTED, by, why=why.strip())
    return row


def release_file(release: Release, path: str) -> Path:
    """One published file on the disk. Raises `NotFound` for any other, and for one that is no longer as it was."""
    listed = next((file for file in release.files if file["path"] == path), None)
    if listed is None:
        raise NotFound()
    file = Path(release.folder) / PurePosixPath(path)
    try:
        if file.is_symlink() or not file.is_file() or _sha256_remembered(file) != listed["sha256"]:
            raise NotFound()
    except OSError as error:
        raise NotFound() from error
    return file


def _sha256_remembered(path: Path) -> str:
    """The hash of a file, read again only when the file system says that the file is another: nobody but it sets ctime."""
    facts = path.stat()
    return _sha256_at(path, facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


@lru_cache(maxsize=256)
def _sha256_at(path: Path, *_facts: int) -> str:
    return _sha256(path)


def _files_read(folder: Path) -> list[dict[str, Any]]:
    """Every file in the folder with its size and hash, by path. Raises `ReleaseFolderGone`, and for a link or a device
    `ReleaseFolderChanged`: a build writes neither."""
    try:
        return [
            {"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": _sha256(path)}
            for path in _paths(folder)
        ]
    except OSError as error:
        raise ReleaseFolderGone() from error


def _paths(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            raise ReleaseFolderChanged()
        if path.is_file():
            yield path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _move(release: Release, to: str, by: Any, why: str = "", **changes: Any) -> None:
    move(release, to, moves=RELEASE_MOVES, log=ReleaseTransition, by=Actor.user(by), why=why, **changes)
