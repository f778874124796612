"""What readers thought of an answer."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collection.models.references import Reference
from config.models import AppendOnly


class AnswerFeedback(AppendOnly):
    """A reader's thumb on an answer of their own; the newest row holds, and `none` takes it back.

    The reason is one of a list: free text could carry what a withdrawal must remove.
    """

    class Verdict(models.TextChoices):
        UP = "up", _("Good answer")
        DOWN = "down", _("Bad answer")
        NONE = "none", _("No opinion")

    class Reason(models.TextChoices):
        CORRECT = "correct", _("It is right")
        CLEAR = "clear", _("Easy to understand")
        THOROUGH = "thorough", _("Nothing is missing")
        WRONG = "wrong", _("It is wrong")
        OFF_TOPIC = "off_topic", _("It misses the question")
        INCOMPLETE = "incomplete", _("Something is missing")
        UNCLEAR = "unclear", _("Hard to understand")
        HARMFUL = "harmful", _("Harmful or offensive")

    REASONS: dict[str, tuple[str, ...]] = {
        "up": ("correct", "clear", "thorough"),
        "down": ("wrong", "off_topic", "incomplete", "unclear", "harmful"),
        "none": (),
    }

    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="feedback")
    verdict = models.CharField(max_length=4, choices=Verdict.choices)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        verbose_name_plural = "answer feedback"
        constraints = [
            models.CheckConstraint(
                name="feedback_reason_fits_verdict",
                condition=Q(reason="")
                | Q(verdict="up", reason__in=["correct", "clear", "thorough"])
                | Q(verdict="down", reason__in=["wrong", "off_topic", "incomplete", "unclear", "harmful"]),
            )
        ]
        indexes = [models.Index(fields=["reference", "-id"], name="feedback_newest")]
