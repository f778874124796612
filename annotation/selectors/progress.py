"""What the public progress page shows of the hall: how much was written and accepted, and the published releases."""

from typing import Any

from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse

from annotation.models import Task
from annotation.selectors.releases import release_list_published
from annotation.states import TaskStatus
from collection.progress import PublishedFile, PublishedRelease

_WRITTEN = (TaskStatus.SUBMITTED, TaskStatus.IN_REVIEW, TaskStatus.ACCEPTED)
Counted = list[tuple[Any, str, str, int]]


def written_tally() -> Counted:
    """Outputs that a person handed in and nobody sent back, by day, language and category."""
    return _tally(Task.objects.filter(status__in=_WRITTEN).annotate(at=F("submitted_at")))


def accepted_tally() -> Counted:
    """Outputs that another person read and accepted."""
    accepted = Task.objects.filter(status=TaskStatus.ACCEPTED)
    return _tally(accepted.annotate(at=Coalesce("decided_at", "submitted_at")))


def published_releases() -> list[PublishedRelease]:
    """The published releases, newest first."""
    return [
        PublishedRelease(
            name=release.name,
            published_at=release.published_at or release.created_at,
            record_count=release.record_count,
            data_sha256=release.data_sha256,
            is_demonstration=release.is_demonstration,
            public_key=release.manifest.get("public_key", ""),
            page=reverse("annotation:release", args=[release.public_id]),
            url=reverse("annotation:release_archive", args=[release.public_id]),
            files=[
                PublishedFile(
                    path=file["path"],
                    size=file["bytes"],
                    sha256=file["sha256"],
                    url=reverse("annotation:release_file", args=[release.public_id, file["path"]]),
                )
                for file in release.files
            ],
        )
        for release in release_list_published()
    ]


def _tally(found: QuerySet[Task]) -> Counted:
    keys = found.order_by().annotate(day=TruncDate("at")).values_list("day", "language", "instruction__category")
    return list(keys.annotate(count=Count("pk")))
