"""What happens at the review desk beside a verdict: one that can still be taken back, and a text left to a colleague."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.reviews import Review
from annotation.models.tasks import Task
from annotation.models.writing import Submission
from config.models import AppendOnly
from vendors.models import User


class PendingVerdict(models.Model):
    """A verdict that is not entered yet: until `due_at` its reviewer may take it back.

    One that was taken back, or could not be entered because something had changed, stays as the reviewer's notes for
    the text until the next verdict on it. `form` is what the reviewer filled in, as `VerdictForm` has it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        UNDONE = "undone", _("taken back")
        REFUSED = "refused", _("not entered")

    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="pending_verdict")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=Review.Verdict.choices)
    form = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="pending_verdict_due", condition=Q(state="waiting")),
            models.Index(fields=["reviewer", "state"], name="pending_verdict_reviewer"),
        ]


class ReviewPass(AppendOnly):
    """A reviewer's word that somebody else, or a later hour, is to judge this text."""

    class Kind(models.TextChoices):
        SKIP = "skip", _("skipped")
        OPINION = "opinion", _("second opinion asked for")

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="passes")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    why = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(fields=["reviewer", "submission"], name="review_pass_by_reviewer")]
