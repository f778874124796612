"""What is owed to vendors. Amounts are integer minor units of their currency; nothing here is a float."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.models import AppendOnly, PublicId, Transition, legal_moves
from vendors.models.orders import WorkOrder, any_differs
from vendors.models.people import Organisation, User
from vendors.states import STATEMENT_MOVES, StatementStatus


class Earning(AppendOnly):
    """One ledger line: delivered work pays its frozen price once; corrections are lines of their own."""

    class Kind(models.TextChoices):
        ACCEPTANCE = "acceptance", _("acceptance")
        LOT = "lot", _("passed with its lot")
        UNINSPECTED = "uninspected", _("not inspected in time")
        CORRECTION = "correction", _("correction")

    vendor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="earnings")
    writer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="earnings")
    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="earnings")
    submission_id = models.UUIDField(help_text=_("Public id of the submission that is paid."))
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.ACCEPTANCE)
    amount = models.IntegerField()
    currency = models.CharField(max_length=3)
    received_at = models.DateTimeField(help_text=_("When the work was delivered: the 60 days start here."))
    month = models.DateField(help_text=_("First day of the month, Japan time, whose statement pays the line."))
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(
                name="earning_once_per_submission", fields=["submission_id"], condition=~Q(kind="correction")
            ),
            models.CheckConstraint(name="earning_month_begins", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="correction_has_a_reason",
                condition=~Q(kind="correction") | (Q(why__gt="") & ~Q(amount=0)),
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "month", "currency"], name="earning_by_month"),
            models.Index(fields=["submission_id"], name="earning_by_submission"),
            models.Index(fields=["vendor", "at"], name="earning_by_vendor"),
            models.Index(fields=["writer", "at"], name="earning_by_writer"),
        ]


class BankAccount(AppendOnly):
    """Where an organisation is paid, or pays from: encrypted; the newest row is in force."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bank_accounts")
    sealed = models.BinaryField(help_text=_("The account's details, encrypted."))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(fields=["organisation", "-id"], name="bank_account_newest")]


class Transfer(PublicId):
    """A bank file that pays approved statements on one day. Encrypted, because it names accounts."""

    pay_on = models.DateField(_("day of the transfer"))
    count = models.PositiveIntegerField()
    amount = models.BigIntegerField()
    sealed = models.BinaryField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    discarded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        triggers = [
            pgtrigger.Protect(
                name="file_stands",
                operation=pgtrigger.Update,
                condition=any_differs(("pay_on", "count", "amount", "sealed", "made_by", "made_at")),
            )
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
    pay_by = models.DateField(null=True, blank=True, help_text=_("The last day on which no line passes its 60 days."))
    document = models.JSONField(null=True, blank=True, help_text=_("What the statement says, fixed at approval."))
    transfer = models.ForeignKey(Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="statements")
    created_at = models.DateTimeField(auto_now_add=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(name="statement_once_a_month", fields=["vendor", "month", "currency"]),
            models.CheckConstraint(
                name="statement_total_is_its_sum",
                condition=Q(total_amount=models.F("net_amount") + models.F("tax_amount")),
            ),
        ]
        triggers = [
            legal_moves(STATEMENT_MOVES),
            pgtrigger.Protect(
                name="sums_stand_after_approval",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__approved_at__isnull=False)
                & any_differs(
                    ("vendor", "month", "currency", "line_count", "net_amount", "tax_amount", "total_amount", "pay_by",
                     "document", "approved_at")
                ),
            ),
        ]  # fmt: skip

    @property
    def number(self) -> str:
        """The number on the document, such as 202604-0012."""
        return f"{self.month:%Y%m}-{self.pk:04d}"


class StatementTransition(Transition):
    subject = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="transitions")
