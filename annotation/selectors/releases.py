"""Which releases everybody may read about: the published ones, and those that were published and then taken off."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from annotation.models import Release, ReleaseTransition
from annotation.states import ReleaseStatus
from config.errors import NotFound

# Newest first; two of one moment by their keys, so that nobody sees them change places.
_NEWEST_FIRST = ("-published_at", "-pk")


class ReleaseNotYet(NotFound):
    """Nothing is published, so that there is no latest."""

    code = "no_release_yet"


@dataclass(frozen=True, slots=True)
class Retraction:
    """When a release was taken off, and why."""

    at: datetime
    why: str


def release_list_public() -> QuerySet[Release]:
    """Every release that is or was published, newest first; one that was taken off keeps its place."""
    shown = Q(status=ReleaseStatus.PUBLISHED) | Q(status=ReleaseStatus.RETRACTED, published_at__isnull=False)
    return Release.objects.filter(shown).order_by(*_NEWEST_FIRST)


def release_list_published() -> QuerySet[Release]:
    """Every release whose files everybody may have, newest first."""
    return Release.objects.filter(status=ReleaseStatus.PUBLISHED).order_by(*_NEWEST_FIRST)


def checkpoint_published() -> dict[str, Any] | None:
    """The checkpoint of the log in the newest release that was ever published with one: its size and its root."""
    found = release_list_public().exclude(manifest__checkpoint=None).filter(manifest__has_key="checkpoint").first()
    return found.manifest["checkpoint"] if found else None


def release_get_public(public_id: UUID) -> Release:
    """One that is or was published. Raises `NotFound`."""
    found = release_list_public().filter(public_id=public_id).first()
    if found is None:
        raise NotFound()
    return found


def release_get_published(public_id: UUID) -> Release:
    """One that everybody may have. Raises `NotFound` for any other."""
    found = release_list_published().filter(public_id=public_id).first()
    if found is None:
        raise NotFound()
    return found


def release_get_named(name: str) -> Release:
    """One by its name, whatever became of it. Raises `NotFound`."""
    found = Release.objects.filter(name=name).first()
    if found is None:
        raise NotFound(_("There is no release of this name."))
    return found


def release_latest() -> Release:
    """The newest published release; practice text counts in a demonstration alone. Raises `ReleaseNotYet`."""
    found = release_list_published()
    if not settings.DEMONSTRATION:
        found = found.filter(is_demonstration=False)
    latest = found.first()
    if latest is None:
        raise ReleaseNotYet()
    return latest


def release_before(release: Release) -> Release | None:
    """The published release that came before this one; practice is compared with practice alone."""
    earlier = Q(published_at__lt=release.published_at) | Q(published_at=release.published_at, pk__lt=release.pk)
    return release_list_published().filter(earlier, is_demonstration=release.is_demonstration).first()


def retraction_of(release: Release) -> Retraction | None:
    """Why a release was taken off; None while it stands."""
    moved = ReleaseTransition.objects.filter(subject=release, to_status=ReleaseStatus.RETRACTED).order_by("pk").last()
    return Retraction(moved.at, moved.why) if moved else None
