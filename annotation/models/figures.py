"""Summaries of what happened, for the dashboard: made from the rows they count, and made anew at any time."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models.reviews import Review
from annotation.models.tasks import Task
from vendors.models import GuidelineVersion, Organisation, User, WorkOrder


class HourFigure(models.Model):
    """How often something happened in an hour. `vendor` is empty for what no vendor does."""

    class Event(models.TextChoices):
        COLLECTED = "collected", _("Collected")
        SUBMITTED = "submitted", _("Handed in")
        ACCEPTED = "accepted", _("Accepted")
        RETURNED = "returned", _("Returned")
        REJECTED = "rejected", _("Rejected")

    # What a reviewer left goes back among the submitted; it was not handed in again. Nor was what a writer recalled returned.
    ONLY_FROM: ClassVar = {"submitted": "claimed", "returned": "in_review"}

    hour = models.DateTimeField()
    event = models.CharField(max_length=10, choices=Event.choices)
    vendor = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="+")
    category = models.CharField(max_length=40, blank=True)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="hour_figure_once", fields=["hour", "event", "vendor", "category"], nulls_distinct=False
            )
        ]


class DayVerdicts(models.Model):
    """The verdicts of one kind in a day of Japan's calendar, by everything that quality is asked by."""

    day = models.DateField()
    vendor = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    writer = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    reviewer = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    guideline_version = models.ForeignKey(GuidelineVersion, on_delete=models.CASCADE, related_name="+")
    # Empty where a program of before counted, while an installation was brought up to date; in the night all is counted anew.
    work_order = models.ForeignKey(WorkOrder, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    category = models.CharField(max_length=40, blank=True)
    verdict = models.CharField(max_length=8, choices=Review.Verdict.choices)
    is_first = models.BooleanField(help_text=_("The verdict is on the first version of the text."))
    count = models.PositiveIntegerField()
    seconds = models.PositiveBigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["day"], name="day_verdicts_by_day"),
            models.Index(fields=["work_order", "writer"], name="day_verdicts_of_writer"),
        ]


class NotClean(models.Model):
    """An accepted record that the clean view left out when the job of the summaries last looked."""

    task = models.OneToOneField(Task, primary_key=True, on_delete=models.CASCADE, related_name="not_clean")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "not clean"
        indexes = [models.Index(fields=["-decided_at", "-task"], name="not_clean_newest")]


class FiguresState(models.Model):
    """When the summaries were last made: one row. `outcomes` counts what the gate and the writing traces found.

    `looked` is how far the job has seen what it follows: `marks`, the newest ids of tables; `settled`, the outcomes up to there;
    `facts`, a digest of what the clean rules ask of all records alike; `again`, while all records are looked at again for other
    facts, the last that was, else null.
    """

    made_at = models.DateTimeField()
    outcomes = models.JSONField(default=dict)
    counts = models.JSONField(default=dict, help_text=_("What the dashboard counts over all rows, at `made_at`."))
    clean_count = models.PositiveIntegerField(default=0, help_text=_("Records in the clean view, at `clean_at`."))
    clean_at = models.DateTimeField(null=True)
    looked = models.JSONField(default=dict)
