"""The statuses of tasks and releases and the moves between them: pure data."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskStatus(models.TextChoices):
    QUEUED = "queued", _("queued")
    CLAIMED = "claimed", _("in hand")
    SUBMITTED = "submitted", _("submitted")
    IN_REVIEW = "in_review", _("in review")
    ACCEPTED = "accepted", _("accepted")
    RETURNED = "returned", _("returned")
    REJECTED = "rejected", _("rejected")
    CANCELLED = "cancelled", _("cancelled")
    REVOKED = "revoked", _("revoked")


class ReviewRank(models.IntegerChoices):
    """When a text that waits is read: by the order's rule of review, the lower first."""

    FIRST = 0, _("first")
    ORDINARY = 1, _("in its turn")
    LATER = 2, _("after the others")


TASK_MOVES: dict[str, frozenset[str]] = {
    "queued": frozenset({"claimed", "cancelled"}),
    "claimed": frozenset({"queued", "submitted", "returned", "cancelled"}),
    "submitted": frozenset({"in_review", "claimed", "returned", "cancelled"}),
    "in_review": frozenset({"accepted", "returned", "rejected", "submitted", "cancelled"}),
    "returned": frozenset({"claimed", "cancelled", "queued"}),
    "rejected": frozenset({"queued", "cancelled"}),
    "accepted": frozenset({"revoked"}),
    "cancelled": frozenset(),
    "revoked": frozenset(),
}


class ReleaseStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    CLEARED = "cleared", _("cleared")
    BUILT = "built", _("built")
    PUBLISHED = "published", _("published")
    RETRACTED = "retracted", _("retracted")


RELEASE_MOVES: dict[str, frozenset[str]] = {
    "draft": frozenset({"cleared", "retracted"}),
    "cleared": frozenset({"built", "retracted"}),
    "built": frozenset({"published", "retracted"}),
    "published": frozenset({"retracted"}),
    "retracted": frozenset(),
}
