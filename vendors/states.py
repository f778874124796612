"""The statuses of work orders and statements and the moves between them: pure data."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkOrderStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    ISSUED = "issued", _("issued")
    ACCEPTED_BY_VENDOR = "accepted_by_vendor", _("accepted by the vendor")
    ACTIVE = "active", _("active")
    COMPLETED = "completed", _("completed")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")


WORK_ORDER_MOVES: dict[str, frozenset[str]] = {
    "draft": frozenset({"issued", "cancelled"}),
    "issued": frozenset({"accepted_by_vendor", "cancelled"}),
    "accepted_by_vendor": frozenset({"active", "cancelled"}),
    "active": frozenset({"completed", "closed"}),
    "completed": frozenset({"active", "closed"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
}


class StatementStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    APPROVED = "approved", _("approved")
    PAID = "paid", _("paid")


STATEMENT_MOVES: dict[str, frozenset[str]] = {
    "draft": frozenset({"approved"}),
    "approved": frozenset({"paid"}),
    "paid": frozenset(),
}


class HoldingStatus(models.TextChoices):
    """How somebody stands in a qualification. Lapsed: a new version asks everybody to earn it again."""

    HELD = "held", _("qualified")
    LAPSED = "lapsed", _("to be earned again")
    SUSPENDED = "suspended", _("suspended")
    REVOKED = "revoked", _("revoked")


HOLDING_MOVES: dict[str, frozenset[str]] = {
    "held": frozenset({"lapsed", "suspended", "revoked"}),
    "lapsed": frozenset({"held", "suspended", "revoked"}),
    "suspended": frozenset({"held", "revoked"}),
    "revoked": frozenset({"held"}),
}
