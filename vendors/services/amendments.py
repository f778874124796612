"""Amendments: new versions of an issued order's terms, in force once the other side has accepted them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.audit import act_note
from config.errors import BadInput, NotAllowed
from vendors.errors import AmendmentAnswered, AmendmentOpen, NotAmendable
from vendors.models import OrderVersion, Role, User, WorkOrder
from vendors.permissions import require_role
from vendors.selectors import MANAGEMENT, lead_list
from vendors.services.letters import letters_queue
from vendors.services.order_versions import terms_of, version_write
from vendors.services.orders import order_hold, order_lock, reason_given, require_lead
from vendors.signals import work_order_amended
from vendors.states import WorkOrderStatus

AMENDABLE = ("quantity", "unit_price", "price_floor", "price_cap", "rework_rounds", "inspection_days", "due_on", "note")


@transaction.atomic
def amendment_propose(*, order: WorkOrder, changes: Mapping[str, Any], why: str, by: User) -> OrderVersion:
    """Put new terms before the other side. Locks the order; one proposal at a time.

    Raises NotAmendable unless the order runs, AmendmentOpen, and BadInput for terms that change nothing or cannot be.
    """
    is_by_operator = _is_by_operator(order, by)
    why = reason_given(why)
    order_lock(order)
    if order.status != WorkOrderStatus.ACTIVE:
        raise NotAmendable()
    if OrderVersion.objects.filter(work_order=order, accepted_at__isnull=True, declined_at__isnull=True).exists():
        raise AmendmentOpen()
    terms = terms_of(order)
    new = {name: value.isoformat() if isinstance(value, date) else value for name, value in changes.items()}
    if set(new) - set(AMENDABLE) or all(terms[name] == value for name, value in new.items()):
        raise BadInput(_("Change at least one of the terms."))
    if new.get("quantity", order.quantity) % order.outputs_each:
        raise BadInput(_("The number of outputs has to be a multiple of the outputs for each instruction."))
    days = int(new.get("inspection_days", order.inspection_days))
    if order.inspection == WorkOrder.Inspection.LOT and days <= order.lot_days:
        raise BadInput(_("A lot has to be closed before the days for inspection end."))
    if date.fromisoformat(new.get("due_on", terms["due_on"])) < timezone.localdate():
        raise BadInput(_("This day has passed. Choose a later one."))
    terms.update(new)
    version = version_write(
        order=order, version=order.version + 1, terms=terms, by=by, is_by_operator=is_by_operator, why=why[:500]
    )
    readers = lead_list(order.vendor) if is_by_operator else [order.created_by]
    path = reverse("vendors:order_version", args=[order.public_id, version.public_id])
    letters_queue("amendment_proposed", readers, path, order=order, why=version.why)
    _noted(order, by, "amendment_proposed", version.version, version.why)
    return version


@transaction.atomic
def amendment_accept(*, version: OrderVersion, by: User) -> WorkOrder:
    """Accept what the other side proposed: its terms are in force from now on. Locks the order, then the version.

    Work received before keeps the price it was delivered under. Raises AmendmentAnswered and NotAmendable, and what
    the tasks object to.
    """
    order, locked = _answerable(version, by)
    if order.status != WorkOrderStatus.ACTIVE:
        raise NotAmendable()
    locked.accepted_at, locked.answered_by = timezone.now(), by
    locked.save(update_fields=["accepted_at", "answered_by"])
    changed = {name: locked.terms[name] for name in AMENDABLE}
    changed["due_on"] = date.fromisoformat(changed["due_on"])
    WorkOrder.objects.filter(pk=order.pk).update(version=locked.version, **changed)
    order.refresh_from_db()
    work_order_amended.send(sender=WorkOrder, order=order, by=by)
    _noted(order, by, "amendment_accepted", locked.version)
    return order


@transaction.atomic
def amendment_decline(*, version: OrderVersion, by: User, why: str) -> OrderVersion:
    """Refuse what the other side proposed, or take back one's own proposal; the terms stay as they are."""
    why = reason_given(why)
    order = order_hold(version.work_order_id)
    _is_by_operator(order, by)
    locked = _open(version)
    locked.declined_at, locked.declined_why, locked.answered_by = timezone.now(), why[:500], by
    locked.save(update_fields=["declined_at", "declined_why", "answered_by"])
    _noted(order, by, "amendment_declined", locked.version, why)
    return locked


def _noted(order: WorkOrder, by: User, what: str, version: int, why: str = "") -> None:
    subject: dict[str, Any] = {"subject_kind": "order", "subject_id": order.public_id}
    act_note(by=by, act="changed", why=why[:500], what=what, version=version, **subject)


def _answerable(version: OrderVersion, by: User) -> tuple[WorkOrder, OrderVersion]:
    order = order_hold(version.work_order_id)
    if _is_by_operator(order, by) == version.is_by_operator:
        raise NotAllowed()
    return order, _open(version)


def _open(version: OrderVersion) -> OrderVersion:
    locked = OrderVersion.objects.select_for_update().get(pk=version.pk)
    if locked.version == 1 or locked.accepted_at is not None or locked.declined_at is not None:
        raise AmendmentAnswered()
    return locked


def _is_by_operator(order: WorkOrder, by: User) -> bool:
    """Which side a person acts for; raises RoleMissing, or NotFound for another vendor's lead."""
    if require_role(by, *MANAGEMENT, Role.LEAD).is_operator:
        return True
    require_lead(order, by)
    return False
