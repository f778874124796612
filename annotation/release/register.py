"""The register of releases in the database: one row for each, and its moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.models import Release, ReleaseTransition
from annotation.release.build import Built
from annotation.states import RELEASE_MOVES, ReleaseStatus
from config.errors import DomainError
from config.locks import alone
from config.moves import Actor, move

# Any number of our own: with the name's hash it makes the key of the lock on that name.
NAME_LOCK = 0x52454C
NAME_MAX_CHARACTERS = 80


class ReleaseNameTaken(DomainError):
    code = "release_name_taken"
    status = 409
    message = _("A release of this name exists already. Choose another; a release never changes.")


class ReleaseBeingBuilt(DomainError):
    code = "release_being_built"
    status = 409
    message = _("A release of this name is being built at this moment. Wait for it, or choose another name.")


class ReleaseNameMissing(DomainError):
    code = "release_name_missing"
    status = 400
    message = _("A release needs a name of at most 80 characters. Give one with --release.")


@dataclass(frozen=True)
class Building:
    """A release while its name is held; `was_begun` when an earlier run registered it and died."""

    release: Release
    was_begun: bool


@contextmanager
def release_building(*, name: str, created_by: str) -> Iterator["Building"]:
    """Register a release as a draft while it is built; a build that fails leaves no trace of it in the register.

    A draft left by a build that died is taken up again. Holds the name, by a lock of this session, so that a dead
    process holds nothing. Raises `ReleaseNameMissing`, `ReleaseNameTaken` or `ReleaseBeingBuilt`.
    """
    name = name.strip()
    if not 0 < len(name) <= NAME_MAX_CHARACTERS:
        raise ReleaseNameMissing()
    with alone(NAME_LOCK, name) as is_alone:
        if not is_alone:
            raise ReleaseBeingBuilt()
        release, is_new = Release.objects.get_or_create(name=name, defaults={"created_by": created_by})
        if release.status != ReleaseStatus.DRAFT:
            raise ReleaseNameTaken()
        try:
            yield Building(release, was_begun=not is_new)
        except BaseException:
            Release.objects.filter(pk=release.pk, status=ReleaseStatus.DRAFT).delete()
            raise


@transaction.atomic
def release_record(*, release: Release, built: Built, by: Actor) -> None:
    """Record what a finished build wrote: the release is cleared and built."""
    _move(release, ReleaseStatus.CLEARED, by)
    _move(
        release,
        ReleaseStatus.BUILT,
        by,
        record_count=built.record_count,
        data_sha256=built.data_sha256,
        is_demonstration=built.is_demonstration,
        manifest=built.manifest(),
        folder=str(built.folder),
        built_at=timezone.now(),
    )


def _move(release: Release, to: str, by: Actor, **changes: Any) -> None:
    move(release, to, moves=RELEASE_MOVES, log=ReleaseTransition, by=by, **changes)
