"""The public pages of releases: what one holds, how it differs, what was taken back, and how to check it oneself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation.models import Release
from annotation.release.differences import Difference, release_difference
from annotation.release.keys import ReleaseKeyUnusable, keys_listed
from annotation.release.seal import MANIFEST_FILE
from annotation.release.withdrawals import SHOWN, Entry, Tombstones, release_taken_back, release_tombstones
from annotation.selectors.releases import (
    release_before,
    release_get_public,
    release_get_published,
    release_latest,
    release_list_public,
    release_list_published,
    retraction_of,
)
from annotation.states import ReleaseStatus
from annotation.wording import WITHDRAWAL_WORDS
from collection.texts import CATEGORY_LABELS, LANGUAGE_LABELS
from config.errors import BadInput, NotFound
from config.plots import Plot, bars_plot

Labels = Mapping[str, str | Promise]

DIMENSIONS: dict[str, tuple[Promise, Labels]] = {
    "language": (_("By language"), LANGUAGE_LABELS),
    "category": (_("By category"), CATEGORY_LABELS),
    "source": (
        _("Where the questions come from"),
        {"participant": _("people who asked on this site"), "import": _("collections under a licence")},
    ),
    "licence": (_("What allows their use"), {"terms": _("the consent of whoever asked")}),
}


@require_safe
def release(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """All that anybody may know of one release. One that was taken off says why, and offers nothing."""
    found = release_get_public(public_id)
    is_standing = found.status == ReleaseStatus.PUBLISHED
    before = release_before(found) if is_standing else None
    listed = list(release_list_public())
    context = {
        "release": found,
        "is_standing": is_standing,
        "is_latest": is_standing and found == _latest_or_none(),
        "retraction": None if is_standing else retraction_of(found),
        "size": sum(file["bytes"] for file in found.files),
        "manifest_sha256": manifest_sha256(found),
        "counts": _counts(found),
        "plot": _category_plot(found),
        "before": before,
        "difference": _difference(before, found) if before else None,
        "taken_back": _taken_back(found) if is_standing else None,
        "tombstones": _tombstones(found) if is_standing else None,
        "key": _key_words(found),
        "tiles": found.manifest.get("tiles"),
        "versions": listed,
        "may_compare": len([one for one in listed if one.status == ReleaseStatus.PUBLISHED]) > 1,
    }
    return render(request, "annotation/release.html", context)


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two published releases beside each other; the earlier one is always compared with the later."""
    choices = list(release_list_published())
    asked = [_chosen(request.GET.get(name, "")) for name in ("a", "b")]
    chosen = sorted((one for one in asked if one), key=lambda one: (one.published_at, one.pk))
    old, new = chosen if len(chosen) == 2 and chosen[0] != chosen[1] else (None, None)
    context = {
        "choices": choices,
        "asked": [one.public_id if one else None for one in asked],
        "is_same": len(chosen) == 2 and not old,
        "before": old,
        "release": new,
        "difference": _difference(old, new) if old and new else None,
    }
    return render(request, "annotation/release_compare.html", context)


@never_cache
@require_safe
def latest(request: HttpRequest) -> HttpResponseBase:
    """Lead to the page of the newest release."""
    return redirect("annotation:release", release_latest().public_id)


@never_cache
@require_safe
def latest_json(request: HttpRequest) -> JsonResponse:
    """The newest release, for programs: where it is, and the hash of the manifest that names every file."""
    found = release_latest()
    return JsonResponse(
        {
            "name": found.name,
            "published_at": found.published_at,
            "records": found.record_count,
            "is_demonstration": found.is_demonstration,
            "page": request.build_absolute_uri(reverse("annotation:release", args=[found.public_id])),
            "archive": request.build_absolute_uri(reverse("annotation:release_archive", args=[found.public_id])),
            "manifest": request.build_absolute_uri(
                reverse("annotation:release_file", args=[found.public_id, MANIFEST_FILE])
            ),
            "manifest_sha256": manifest_sha256(found),
            "merkle_root": found.manifest["merkle_root"],
            "public_key": found.manifest["public_key"],
        }
    )


@never_cache
@require_safe
def taken_back_json(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """Which records of a published release may no longer be used, for programs that hold a copy."""
    found = release_get_published(public_id)
    records = [
        {"id": one.record, "since": one.since.isoformat(), "reason": one.reason} for one in release_taken_back(found)
    ]
    return JsonResponse({"name": found.name, "records": records})


def manifest_sha256(found: Release) -> str:
    """The hash of the manifest, as it was published."""
    return next((file["sha256"] for file in found.files if file["path"] == MANIFEST_FILE), "")


def _latest_or_none() -> Release | None:
    try:
        return release_latest()
    except NotFound:
        return None


def _chosen(asked: str) -> Release | None:
    if not asked:
        return None
    try:
        return release_get_published(UUID(asked))
    except ValueError as error:
        raise BadInput() from error


def _difference(old: Release, new: Release) -> dict[str, Any] | None:
    """How the two differ; None when the files of one cannot be read here any more."""
    try:
        found: Difference = release_difference(old, new)
    except NotFound:
        return None
    tables = [
        (DIMENSIONS[name][0], [(DIMENSIONS[name][1].get(row[0], row[0]), *row[1:]) for row in found.rows(name)])
        for name in ("language", "category")
    ]
    return {"found": found, "tables": [table for table in tables if table[1]]}


def _taken_back(found: Release) -> dict[str, Any] | None:
    """What was taken back since; None when the files cannot be read here."""
    try:
        entries = release_taken_back(found)
    except NotFound:
        return None
    return {"count": len(entries), "entries": _in_words(entries[:SHOWN])}


def _tombstones(found: Release) -> dict[str, Any] | None:
    """What had been taken back before; None when the file cannot be read here."""
    try:
        told: Tombstones = release_tombstones(found)
    except NotFound:
        return None
    reasons = [(WITHDRAWAL_WORDS.get(code, code), count) for code, count in told.reasons.most_common()]
    return {"count": told.count, "records": told.records, "reasons": reasons, "entries": _in_words(told.latest)}


def _in_words(entries: list[Entry]) -> list[tuple[str, datetime, str | Promise]]:
    return [(one.record, one.since, WITHDRAWAL_WORDS.get(one.reason, one.reason)) for one in entries]


def _counts(found: Release) -> list[tuple[Promise, list[tuple[str | Promise, int, float]]]]:
    """What the manifest counts, in words, with each one's share in percent; the categories are a plot."""
    tables = []
    for name, (title, labels) in DIMENSIONS.items():
        counts = found.manifest.get("counts", {}).get(name, {})
        if name != "category" and counts:
            ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            whole = sum(counts.values())
            tables.append((title, [(labels.get(key, key), count, 100 * count / whole) for key, count in ordered]))
    return tables


def _category_plot(found: Release) -> Plot | None:
    counts = found.manifest.get("counts", {}).get("category", {})
    if not counts:
        return None
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    values = {CATEGORY_LABELS.get(key, key): count for key, count in ordered}
    return bars_plot(title=_("Records by category"), label=_("Category"), values=values, unit=_("Records"))


def _key_words(found: Release) -> dict[str, Any]:
    """The key that signed it, and whether this site knows it as its own."""
    public_key = found.manifest.get("public_key", "")
    try:
        known = {one["public_key"]: one["is_in_force"] for one in keys_listed()}
    except ReleaseKeyUnusable:
        known = {}
    return {"public_key": public_key, "is_ours": public_key in known, "is_in_force": known.get(public_key, False)}
