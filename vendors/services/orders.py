"""Work orders: made, issued, answered, worked on, ended. Every move tells the other apps through `work_order_moved`."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import IntegerField, Max, QuerySet
from django.db.models.functions import Cast, Substr
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import BadInput, IllegalMove, NotFound
from config.moves import Actor, move
from vendors.lots import Lots
from vendors.models import (
    Event,
    GuidelineVersion,
    Organisation,
    Qualification,
    Role,
    User,
    WorkOrder,
    WorkOrderTransition,
)
from vendors.permissions import require_management, require_role
from vendors.prices import PriceKind
from vendors.selectors import lead_list
from vendors.services.letters import letters_queue
from vendors.services.order_versions import terms_of, version_write
from vendors.services.webhooks import event_tell
from vendors.signals import work_order_moved
from vendors.states import WORK_ORDER_MOVES, WorkOrderStatus
from vendors.supply import Choice

NUMBER_LOCK = 7_302


@transaction.atomic
def work_order_create(
    *,
    by: User,
    vendor: Organisation,
    title: str,
    quantity: int,
    unit_price: int,
    guideline_version: GuidelineVersion,
    due_on: date,
    currency: str = "JPY",
    language: str = "ja",
    min_characters: int = 1,
    max_characters: int = 4000,
    lease_seconds: int = 3600,
    rework_rounds: int = 2,
    inspection_days: int = 7,
    priority: int = 0,
    reference_policy: str = WorkOrder.ReferencePolicy.HIDDEN,
    note: str = "",
    outputs_each: int = 1,
    choice: Choice | None = None,
    price_kind: str = PriceKind.OUTPUT,
    price_floor: int = 0,
    price_cap: int = 0,
    class_prices: Mapping[str, int] | None = None,
    review_rule: str = WorkOrder.ReviewRule.EVERY,
    review_share: int = 100,
    reviewers_each: int = 1,
    qualification: Qualification | None = None,
    competence: str = "",
    lots: Lots | None = None,
    known_every: int = 0,
) -> WorkOrder:
    """Make a draft with the year's next number. Raises BadInput for terms that contradict each other."""
    require_management(by)
    if vendor.is_operator or not vendor.is_active:
        raise BadInput(_("Orders go to an active vendor. Choose another organisation."))
    if min_characters > max_characters:
        raise BadInput(_("The fewest characters cannot be more than the most characters."))
    if outputs_each < 1 or quantity % outputs_each:
        raise BadInput(_("The number of outputs has to be a multiple of the outputs for each instruction."))
    if price_kind == PriceKind.CHARACTER and not 0 < price_cap >= price_floor:
        raise BadInput(_("A price by length needs a most, which is not below the least."))
    if lots is not None and lots.days >= inspection_days:
        raise BadInput(_("A lot has to be closed before the days for inspection end."))
    return WorkOrder.objects.create(
        number=_number_next(),
        vendor=vendor,
        title=title,
        quantity=quantity,
        unit_price=unit_price,
        currency=currency,
        guideline_version=guideline_version,
        reference_policy=reference_policy,
        language=language,
        min_characters=min_characters,
        max_characters=max_characters,
        lease_seconds=lease_seconds,
        rework_rounds=rework_rounds,
        inspection_days=inspection_days,
        priority=priority,
        due_on=due_on,
        note=note,
        outputs_each=outputs_each,
        choice=(choice or Choice(language)).to_json(),
        price_kind=price_kind,
        price_floor=price_floor,
        price_cap=price_cap,
        class_prices=dict(class_prices or {}),
        review_rule=review_rule,
        review_share=review_share if review_rule == WorkOrder.ReviewRule.SHARE else 100,
        reviewers_each=reviewers_each,
        qualification=qualification,
        competence=competence,
        known_every=known_every,
        created_by=by,
        **(lots.to_terms() if lots is not None else {}),
    )


def _number_next() -> str:
    """The next free number of this year, such as 2026-0001. The lock is held until the order is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBER_LOCK])
    year = f"{timezone.localdate().year:04d}-"
    counted = Cast(Substr("number", len(year) + 1), IntegerField())
    newest = WorkOrder.objects.filter(number__startswith=year).aggregate(newest=Max(counted))["newest"] or 0
    return f"{year}{newest + 1:04d}"


@transaction.atomic
def work_order_issue(*, order: WorkOrder, by: User) -> WorkOrder:
    """Send a draft to its vendor with its document; from now on its terms stand. Whoever fills the queue may refuse it."""
    require_management(by)
    order_lock(order)
    if order.due_on < timezone.localdate():
        raise BadInput(_("The due date has passed. Make a new order with a later one."))
    _move(order, WorkOrderStatus.ISSUED, by=by, issued_at=timezone.now())
    version_write(order=order, version=1, terms=terms_of(order), by=by, is_by_operator=True)
    event_tell(Event.ORDER_ISSUED, vendor=order.vendor, order={"id": str(order.public_id), "number": order.number})
    letters_queue("order_issued", lead_list(order.vendor), _page(order), order=order)
    return order


@transaction.atomic
def work_order_accept(*, order: WorkOrder, by: User) -> WorkOrder:
    """The vendor's lead takes the order; work may begin at once, so the order becomes active in the same transaction."""
    require_lead(order, by)
    order_lock(order)
    now = timezone.now()
    _move(order, WorkOrderStatus.ACCEPTED_BY_VENDOR, by=by, answered_at=now)
    order.versions.filter(version=1).update(accepted_at=now, answered_by=by)
    letters_queue("order_answered", [order.created_by], _page(order), order=order, why="")
    return _move(order, WorkOrderStatus.ACTIVE, by=None)


@transaction.atomic
def work_order_decline(*, order: WorkOrder, by: User, why: str) -> WorkOrder:
    """The vendor's lead refuses the order, and says why."""
    require_lead(order, by)
    order_lock(order)
    if order.status != WorkOrderStatus.ISSUED:  # a lead may not cancel what the operator alone may
        raise IllegalMove()
    reason, now = reason_given(why), timezone.now()
    order.versions.filter(version=1).update(declined_at=now, declined_why=reason[:500], answered_by=by)
    letters_queue("order_answered", [order.created_by], _page(order), order=order, why=reason)
    return _move(order, WorkOrderStatus.CANCELLED, by=by, why=reason, answered_at=now)


@transaction.atomic
def work_order_activate(*, order: WorkOrder, by: User) -> WorkOrder:
    """Open work on an accepted order, or open a completed one again."""
    require_management(by)
    order_lock(order)
    return _move(order, WorkOrderStatus.ACTIVE, by=by)


@transaction.atomic
def work_order_complete(*, order: WorkOrder, by: User | None) -> WorkOrder:
    """Say that everything ordered was accepted. `by` is None when the last acceptance says so by itself."""
    if by is not None:
        require_management(by)
    order_lock(order)
    return _move(order, WorkOrderStatus.COMPLETED, by=by)


@transaction.atomic
def work_order_close(*, order: WorkOrder, by: User, why: str = "") -> WorkOrder:
    """End an order for good; what was not yet begun goes back, what was delivered is paid."""
    require_management(by)
    order_lock(order)
    return _move(order, WorkOrderStatus.CLOSED, by=by, why=why)


@transaction.atomic
def work_order_cancel(*, order: WorkOrder, by: User, why: str) -> WorkOrder:
    """Withdraw an order before work begins. A draft needs no reason."""
    require_management(by)
    order_lock(order)
    reason = why if order.status == WorkOrderStatus.DRAFT else reason_given(why)
    return _move(order, WorkOrderStatus.CANCELLED, by=by, why=reason)


def require_lead(order: WorkOrder, by: User) -> None:
    """Raises RoleMissing for anybody but a lead, and NotFound for another vendor's lead."""
    seat = require_role(by, Role.LEAD)
    if seat.organisation.pk != order.vendor_id:
        raise NotFound()


def _page(order: WorkOrder) -> str:
    return reverse("vendors:order", args=[order.public_id])


def reason_given(why: str) -> str:
    """The reason without its blanks; raises BadInput when there is none."""
    if not why.strip():
        raise BadInput(_("Please give a reason. The other side reads it."))
    return why.strip()


def order_hold(pk: int) -> WorkOrder:
    """Hold an order's row and return it with its vendor: work orders come first in the order of locks.

    Not its key: lines of the ledger point to it when their transactions end, and are entered meanwhile.
    """
    return _held().get(pk=pk)


def order_lock(order: WorkOrder) -> None:
    """As `order_hold`, reading again what is there already."""
    order.refresh_from_db(from_queryset=_held())


def _held() -> QuerySet[WorkOrder]:
    return WorkOrder.objects.select_for_update(of=("self",), no_key=True).select_related("vendor")


def _move(order: WorkOrder, to: str, *, by: User | None, why: str = "", **changes: Any) -> WorkOrder:
    old = order.status
    actor = Actor.user(by) if by is not None else Actor.system("orders")
    move(order, to, moves=WORK_ORDER_MOVES, log=WorkOrderTransition, by=actor, why=why, **changes)
    work_order_moved.send(sender=WorkOrder, order=order, old=str(old), new=str(to), by=by)
    return order
