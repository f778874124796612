"""Texts whose verdict is known, mixed among those that a reviewer judges."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.reviews import Review
from annotation.models.writing import Submission
from config.models import PublicId
from vendors.models import User


class CalibrationItem(PublicId):
    """A text that was judged long ago, and what a good reviewer says of it. Its own record stays as it is."""

    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="calibration_item")
    verdict = models.CharField(max_length=8, choices=Review.Verdict.choices)
    why = models.CharField(max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    is_active = models.BooleanField(default=True)


class CalibrationReading(PublicId):
    """One reviewer's look at an item, under an id like that of any text. No verdict here moves, pays or releases anything.

    `form` is what the reviewer filled in, as `VerdictForm` has it; until `due_at` a verdict may be taken back.
    """

    class Answer(models.TextChoices):
        ACCEPT = "accept", _("accepted")
        RETURN = "return", _("returned")
        REJECT = "reject", _("rejected")
        EDIT = "edit", _("edited")
        PASSED = "passed", _("left to others")

    item = models.ForeignKey(CalibrationItem, on_delete=models.PROTECT, related_name="readings")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(auto_now_add=True)
    answer = models.CharField(max_length=8, choices=Answer.choices, blank=True)
    form = models.JSONField(default=dict)
    answered_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="calibration_read_once", fields=["item", "reviewer"]),
            models.UniqueConstraint(name="calibration_one_open", fields=["reviewer"], condition=Q(answer="")),
            models.CheckConstraint(
                name="calibration_answer_has_its_time", condition=Q(answer="") | Q(answered_at__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["reviewer", "-answered_at"], name="calibration_by_reviewer")]
