"""What is owed to vendors. Amounts are integer minor units of their currency; nothing here is a float."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.models import AppendOnly, PublicId, Transition, legal_moves
from vendors.models.orders import WorkOrder
from vendors.models.people import Organisation, User
from vendors.states import STATEMENT_MOVES, StatementStatus


class Earning(AppendOnly):
    """One ledger line: an acceptance pays its frozen price once; corrections are lines of their own."""

    class Kind(models.TextChoices):
        ACCEPTANCE = "acceptance", _("acceptance")
        CORRECTION = "correction", _("correction")

    vendor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="earnings")
    writer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="earnings")
    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="earnings")
    submission_id = models.UUIDField(help_text=_("Public id of the accepted submission."))
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.ACCEPTANCE)
    amount = models.IntegerField()
    currency = models.CharField(max_length=3)
    received_at = models.DateTimeField(help_text=_("When the work was delivered: the 60 days start here."))
    why = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(
                name="earning_once_per_submission", fields=["submission_id"], condition=Q(kind="acceptance")
            )
        ]
        indexes = [
            models.Index(fields=["vendor", "at"], name="earning_by_vendor"),
            models.Index(fields=["writer", "at"], name="earning_by_writer"),
        ]


class Statement(PublicId):
    """A month's payment statement for one vendor; its lines are the earnings of that month."""

    vendor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="statements")
    month = models.DateField(help_text=_("First day of the month, Japan time."))
    status = models.CharField(max_length=10, choices=StatementStatus.choices, default=StatementStatus.DRAFT)
    currency = models.CharField(max_length=3, default="JPY")
    line_count = models.PositiveIntegerField(default=0)
    net_amount = models.BigIntegerField(default=0)
    tax_amount = models.BigIntegerField(default=0)
    total_amount = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-month"]
        constraints = [models.UniqueConstraint(name="statement_once_a_month", fields=["vendor", "month", "currency"])]
        triggers = [legal_moves(STATEMENT_MOVES)]


class StatementTransition(Transition):
    subject = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="transitions")
