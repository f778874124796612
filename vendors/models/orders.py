"""What the operator orders from a vendor."""

from collections.abc import Iterable
from functools import reduce
from operator import or_

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.models import PublicId, Transition, legal_moves
from vendors.models.agreements import GuidelineVersion
from vendors.models.people import Organisation, User
from vendors.states import WORK_ORDER_MOVES, WorkOrderStatus

# What both sides agreed to: none of it changes once the order is issued.
TERMS = (
    "number", "vendor", "title", "quantity", "unit_price", "currency", "guideline_version", "reference_policy", "language",
    "min_characters", "max_characters", "lease_seconds", "rework_rounds", "due_on", "inspection_days", "note",
)  # fmt: skip


def any_differs(names: Iterable[str]) -> pgtrigger.Q:
    """A trigger's condition: an UPDATE changes one of the columns."""
    return reduce(or_, (pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")}) for name in names))


class WorkOrder(PublicId):
    """An order of human-written outputs: how many, at what price, by when, under which guideline.

    Money is integer minor units of `currency` (yen have none). What was agreed cannot change after issue.
    """

    class ReferencePolicy(models.TextChoices):
        HIDDEN = "hidden", _("hidden")
        AFTER_FIRST_DRAFT = "after_first_draft", _("shown after the first draft")
        VISIBLE = "visible", _("visible")

    number = models.CharField(_("number"), max_length=20, unique=True)
    vendor = models.ForeignKey(
        Organisation, verbose_name=_("vendor"), on_delete=models.PROTECT, related_name="work_orders"
    )
    title = models.CharField(_("title"), max_length=200)
    status = models.CharField(max_length=20, choices=WorkOrderStatus.choices, default=WorkOrderStatus.DRAFT)
    quantity = models.PositiveIntegerField(_("number of outputs"), validators=[MinValueValidator(1)])
    unit_price = models.PositiveIntegerField(_("price per accepted output"))
    currency = models.CharField(max_length=3, default="JPY")
    guideline_version = models.ForeignKey(
        GuidelineVersion, verbose_name=_("guideline"), on_delete=models.PROTECT, related_name="+"
    )
    reference_policy = models.CharField(
        _("model answer"), max_length=20, choices=ReferencePolicy.choices, default=ReferencePolicy.HIDDEN
    )
    language = models.CharField(_("language"), max_length=8, default="ja")
    min_characters = models.PositiveIntegerField(_("fewest characters"), default=1)
    max_characters = models.PositiveIntegerField(_("most characters"), default=4000)
    lease_seconds = models.PositiveIntegerField(
        _("time to write one output"),
        default=3600,
        validators=[MinValueValidator(60), MaxValueValidator(7 * 86400)],
    )
    rework_rounds = models.PositiveSmallIntegerField(_("rounds of rework"), default=2)
    priority = models.SmallIntegerField(_("priority"), default=0)
    due_on = models.DateField(_("due date"))
    inspection_days = models.PositiveSmallIntegerField(_("days for inspection"), default=7)
    note = models.TextField(_("note to the vendor"), blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="work_order_range_is_a_range", condition=Q(min_characters__lte=F("max_characters"))
            ),
            models.CheckConstraint(name="work_order_quantity_is_positive", condition=Q(quantity__gte=1)),
        ]
        triggers = [
            legal_moves(WORK_ORDER_MOVES),
            pgtrigger.Protect(
                name="terms_stand_after_issue",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__issued_at__isnull=False) & any_differs(TERMS),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class WorkOrderTransition(Transition):
    subject = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="transitions")
