"""Inspection by lot: what was handed over together, which of it is the sample, and what came of it."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotation.models.tasks import Task
from annotation.models.writing import Submission
from config.models import PublicId
from vendors.models import User, WorkOrder
from vendors.models.orders import any_differs

# What a lot was closed with: none of it changes afterwards.
CLOSED_WITH = (
    "work_order", "number", "size", "level", "aql", "letter", "sample_size", "acceptance_number", "key", "closed_why", "closed_by",
    "closed_at",
)  # fmt: skip


class Lot(PublicId):
    """Outputs of one order that are accepted or not by a sample. It is made when it is closed, with all its items.

    `key` is 32 random bytes, drawn when the items stand: the sample is the first `sample_size` items in the order of
    HMAC-SHA256(key, the submission's public id).
    """

    class Status(models.TextChoices):
        INSPECTING = "inspecting", _("being inspected")
        PASSED = "passed", pgettext_lazy("a lot", "passed")
        FAILED = "failed", pgettext_lazy("a lot", "failed")

    class Why(models.TextChoices):
        SIZE = "size", _("it was full")
        DATE = "date", _("its time was over")
        LEAD = "lead", _("it was handed over")
        END = "end", _("nothing more is written for the order")

    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="lots")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.INSPECTING)
    size = models.PositiveIntegerField()
    level = models.CharField(max_length=3)
    aql = models.CharField(max_length=5)
    letter = models.CharField(max_length=1)
    sample_size = models.PositiveIntegerField()
    acceptance_number = models.PositiveIntegerField()
    key = models.BinaryField(max_length=32)
    closed_why = models.CharField(max_length=5, choices=Why.choices)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField()
    fault_count = models.PositiveIntegerField(default=0)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["work_order", "number"]
        constraints = [
            models.UniqueConstraint(name="lot_number_once", fields=["work_order", "number"]),
            models.CheckConstraint(
                name="lot_decided_has_a_time",
                condition=Q(status="inspecting", decided_at__isnull=True)
                | Q(status__in=["passed", "failed"], decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="lot_passes_by_its_plan",
                condition=~Q(status="passed") | Q(fault_count__lte=models.F("acceptance_number")),
            ),
        ]
        indexes = [models.Index(fields=["work_order"], name="lot_undecided", condition=Q(status="inspecting"))]
        triggers = [
            pgtrigger.Protect(name="plan_stands", operation=pgtrigger.Update, condition=any_differs(CLOSED_WITH)),
            pgtrigger.Protect(
                name="decision_stands",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
            pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete),
        ]

    @property
    def rejection_number(self) -> int:
        return self.acceptance_number + 1


class LotItem(models.Model):
    """One output in a lot, as its writer handed it in; `place` counts from 1 in the order of the draw."""

    class Fate(models.TextChoices):
        WAITS = "waits", _("waits for the sample")
        SAMPLED = "sampled", _("in the sample")
        GONE = "gone", _("left before it was read")
        PASSED = "passed", _("passed with its lot")
        RETURNED = "returned", _("went back with its lot")
        INSPECTED = "inspected", _("inspected by itself")

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="items")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="lot_items")
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="lot_item")
    place = models.PositiveIntegerField()
    fate = models.CharField(max_length=9, choices=Fate.choices, default=Fate.WAITS)

    class Meta:
        ordering = ["lot", "place"]
        constraints = [models.UniqueConstraint(name="lot_place_once", fields=["lot", "place"])]
        triggers = [
            pgtrigger.Protect(
                name="item_stands",
                operation=pgtrigger.Update,
                condition=any_differs(("lot", "task", "submission", "place")),
            ),
            pgtrigger.Protect(name="item_is_kept", operation=pgtrigger.Delete),
        ]
