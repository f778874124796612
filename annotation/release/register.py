"""The register of releases in the database: one row for each, and its moves."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.models import Release, ReleaseTransition
from annotation.release.build import Built
from annotation.states import RELEASE_MOVES, ReleaseStatus
from config.errors import DomainError
from config.moves import Actor, move


class ReleaseNameTaken(DomainError):
    code = "release_name_taken"
    status = 409
    message = _("A release of this name exists already. Choose another; a release never changes.")


def release_open(*, name: str, created_by: str) -> Release:
    """Register a release that is about to be built. Raises `ReleaseNameTaken`.

    A draft left by a build that died is taken up again under the same name.
    """
    try:
        with transaction.atomic():
            return Release.objects.create(name=name, created_by=created_by)
    except IntegrityError:
        release = Release.objects.filter(name=name, status=ReleaseStatus.DRAFT).first()
        if release is None:
            raise ReleaseNameTaken() from None
        return release


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
        manifest=built.manifest(release.name),
        built_at=timezone.now(),
    )


def release_discard(*, release: Release) -> None:
    """Forget a draft whose build failed, so that its name is free again."""
    with transaction.atomic():
        Release.objects.filter(pk=release.pk, status=ReleaseStatus.DRAFT).delete()


def _move(release: Release, to: str, by: Actor, **changes: Any) -> None:
    move(release, to, moves=RELEASE_MOVES, log=ReleaseTransition, by=by, **changes)
