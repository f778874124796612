"""What the operator orders from a vendor."""

import secrets
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
from vendors.models.people import Competence, Organisation, User
from vendors.models.qualifications import Qualification
from vendors.prices import PriceKind
from vendors.sampling import AQLS, LEVELS
from vendors.states import WORK_ORDER_MOVES, WorkOrderStatus

# What both sides agreed to: none of it changes once the order is issued.
TERMS = (
    "number", "vendor", "title", "quantity", "unit_price", "currency", "guideline_version", "reference_policy", "language",
    "min_characters", "max_characters", "lease_seconds", "rework_rounds", "due_on", "inspection_days", "note", "price_kind",
    "price_floor", "price_cap", "class_prices", "outputs_each", "choice", "review_rule", "review_share", "reviewers_each",
    "review_key", "qualification", "competence", "inspection", "lot_level", "lot_aql", "lot_size", "lot_days", "lot_failed",
    "known_every",
)  # fmt: skip


def any_differs(names: Iterable[str]) -> pgtrigger.Q:
    """A trigger's condition: an UPDATE changes one of the columns."""
    return reduce(or_, (pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")}) for name in names))


def review_key_draw() -> str:
    """A secret of the order: with it the share of texts that is drawn for a full inspection can be drawn again."""
    return secrets.token_hex(32)


class WorkOrder(PublicId):
    """An order of human-written outputs: how many, at what price, by when, under which guideline.

    Money is integer minor units of `currency` (yen have none). What was agreed cannot change after issue.
    """

    class ReviewRule(models.TextChoices):
        EVERY = "every", _("every text, the oldest first")
        SHARE = "share", _("a random share first and in full")
        RISK = "risk", _("new writers, close calls and flags first")

    class ReferencePolicy(models.TextChoices):
        HIDDEN = "hidden", _("hidden")
        AFTER_FIRST_DRAFT = "after_first_draft", _("shown after the first draft")
        VISIBLE = "visible", _("visible")

    class PriceKind(models.TextChoices):
        OUTPUT = PriceKind.OUTPUT, _("for each output")
        CHARACTER = PriceKind.CHARACTER, _("for each 100 characters")
        CLASS = PriceKind.CLASS, _("for each output, by kind of work")

    class Inspection(models.TextChoices):
        PIECE = "piece", _("piece by piece")
        LOT = "lot", _("by lot, with samples")

    class FailedLot(models.TextChoices):
        RETURN = "return", _("goes back whole")
        INSPECT = "inspect", _("is inspected in full")

    number = models.CharField(_("number"), max_length=20, unique=True)
    version = models.PositiveSmallIntegerField(default=1, help_text=_("Which version of its terms is in force."))
    vendor = models.ForeignKey(
        Organisation, verbose_name=_("vendor"), on_delete=models.PROTECT, related_name="work_orders"
    )
    title = models.CharField(_("title"), max_length=200)
    status = models.CharField(max_length=20, choices=WorkOrderStatus.choices, default=WorkOrderStatus.DRAFT)
    quantity = models.PositiveIntegerField(_("number of outputs"), validators=[MinValueValidator(1)])
    outputs_each = models.PositiveSmallIntegerField(_("outputs for each instruction"), default=1)
    choice = models.JSONField(default=dict, blank=True, help_text=_("Which instructions may fill the order."))
    price_kind = models.CharField(
        _("how it is priced"), max_length=10, choices=PriceKind.choices, default=PriceKind.OUTPUT
    )
    unit_price = models.PositiveIntegerField(_("price per accepted output"))
    price_floor = models.PositiveIntegerField(_("least for one output"), default=0)
    price_cap = models.PositiveIntegerField(_("most for one output"), default=0)
    class_prices = models.JSONField(default=dict, blank=True, help_text=_("Prices by kind of work, where they differ."))
    currency = models.CharField(max_length=3, default="JPY")
    guideline_version = models.ForeignKey(
        GuidelineVersion, verbose_name=_("guideline"), on_delete=models.PROTECT, related_name="+"
    )
    reference_policy = models.CharField(
        _("model answer"), max_length=20, choices=ReferencePolicy.choices, default=ReferencePolicy.HIDDEN
    )
    language = models.CharField(_("language"), max_length=8, default="ja")
    qualification = models.ForeignKey(
        Qualification,
        verbose_name=_("qualification"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="work_orders",
    )
    competence = models.CharField(_("field of competence"), max_length=16, choices=Competence.choices, blank=True)
    known_every = models.PositiveSmallIntegerField(
        _("texts between known answers"), default=0, help_text=_("0: writers judge none.")
    )
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
    review_rule = models.CharField(
        _("rule of review"), max_length=8, choices=ReviewRule.choices, default=ReviewRule.EVERY
    )
    review_share = models.PositiveSmallIntegerField(_("share drawn, in percent"), default=100)
    reviewers_each = models.PositiveSmallIntegerField(
        _("reviewers of each text"),
        choices=[(1, _("one")), (2, _("two, and a third where they differ"))],
        default=1,
    )
    review_key = models.CharField(max_length=64, default=review_key_draw, editable=False)
    inspection = models.CharField(_("inspection"), max_length=5, choices=Inspection.choices, default=Inspection.PIECE)
    lot_level = models.CharField(
        _("inspection level"), max_length=3, choices=[(level, level) for level in LEVELS], default="II"
    )
    lot_aql = models.CharField(_("AQL"), max_length=5, choices=[(aql, f"{aql}%") for aql in AQLS], default="2.5")
    lot_size = models.PositiveIntegerField(_("outputs in a lot"), default=100, validators=[MinValueValidator(2)])
    lot_days = models.PositiveSmallIntegerField(_("days until a lot is closed"), default=3)
    lot_failed = models.CharField(
        _("a lot that fails"), max_length=7, choices=FailedLot.choices, default=FailedLot.RETURN
    )
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
            models.CheckConstraint(
                name="work_order_review_rule_is_whole",
                condition=Q(review_share__range=(1, 100), reviewers_each__in=(1, 2)),
            ),
            models.CheckConstraint(
                name="work_order_lot_leaves_time", condition=~Q(inspection="lot") | Q(lot_days__lt=F("inspection_days"))
            ),
            models.CheckConstraint(
                name="work_order_price_has_its_bounds",
                condition=~Q(price_kind="character") | (Q(price_cap__gte=F("price_floor")) & Q(price_cap__gte=1)),
            ),
        ]
        triggers = [
            legal_moves(WORK_ORDER_MOVES),
            pgtrigger.Trigger(
                name="terms_stand_after_issue",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__issued_at__isnull=False) & any_differs(TERMS),
                func=pgtrigger.Func(
                    """
                    IF NEW.version = OLD.version + 1 AND EXISTS (
                        SELECT 1 FROM vendors_orderversion agreed
                        WHERE agreed.work_order_id = NEW.id AND agreed.version = NEW.version
                            AND agreed.accepted_at IS NOT NULL
                    ) THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'the terms of order % stand; both sides change them by a new version', OLD.number
                        USING ERRCODE = 'check_violation';
                    """
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class OrderVersion(PublicId):
    """A version of an order's terms as one side put it: the first at issue, others as amendments. Its words never change."""

    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveSmallIntegerField()
    terms = models.JSONField(help_text=_("Every term by its name."))
    document = models.JSONField(help_text=_("What the order document says, in Japanese."))
    why = models.CharField(max_length=500, blank=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_by_operator = models.BooleanField()
    proposed_at = models.DateTimeField(auto_now_add=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_why = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["work_order", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="order_version_once", fields=["work_order", "version"], condition=Q(declined_at__isnull=True)
            ),
            models.CheckConstraint(
                name="order_version_has_one_answer", condition=Q(accepted_at__isnull=True) | Q(declined_at__isnull=True)
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="words_stand",
                operation=pgtrigger.Update,
                condition=any_differs(
                    (
                        "work_order",
                        "version",
                        "terms",
                        "document",
                        "why",
                        "proposed_by",
                        "is_by_operator",
                        "proposed_at",
                    )
                ),
            ),
            pgtrigger.Protect(
                name="answer_stands",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__accepted_at__isnull=False) | pgtrigger.Q(old__declined_at__isnull=False),
            ),
            pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete),
        ]


class WorkOrderTransition(Transition):
    subject = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="transitions")
