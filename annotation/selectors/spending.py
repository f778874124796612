"""What the operation has cost and what it has promised to pay: the model provider, and the vendors."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from annotation.models import Task
from annotation.states import TaskStatus
from collection.models import Cap
from collection.selectors.spending import cap_get
from vendors.models import Earning, Statement, WorkOrder
from vendors.prices import Price
from vendors.states import StatementStatus, WorkOrderStatus

CURRENCY = "JPY"


@dataclass(frozen=True, slots=True)
class Money:
    """Yen before tax, but `paid`, which is what was transferred; of the provider dollars.

    `committed` is the most that the outputs still to come of running orders can cost.
    """

    earned: int
    paid: int
    committed: int
    provider_spent: float
    provider_limit: float

    @property
    def planned(self) -> int:
        return self.earned + self.committed


def money_now() -> Money:
    """Sum it up. Four queries."""
    earned = Earning.objects.filter(currency=CURRENCY).aggregate(sum=Sum("amount"))["sum"] or 0
    paid = Statement.objects.filter(status=StatementStatus.PAID, currency=CURRENCY).aggregate(sum=Sum("total_amount"))
    running = WorkOrder.objects.filter(
        status__in=(WorkOrderStatus.ISSUED, WorkOrderStatus.ACCEPTED_BY_VENDOR, WorkOrderStatus.ACTIVE),
        currency=CURRENCY,
    )
    counted = dict(
        Task.objects.filter(work_order__in=running)
        .order_by()
        .values_list("work_order")
        .annotate(count=Count("pk", filter=Q(status=TaskStatus.ACCEPTED)))
    )
    total = cap_get(Cap.Scope.TOTAL, "")
    return Money(
        earned=earned,
        paid=paid["sum"] or 0,
        committed=sum(_at_most(order) * max(0, order.quantity - counted.get(order.pk, 0)) for order in running),
        provider_spent=(total.spent_microusd if total else 0) / 1_000_000,
        provider_limit=(total.limit_microusd if total else 0) / 1_000_000,
    )


def _at_most(order: WorkOrder) -> int:
    """The most that one output of an order is paid."""
    price = Price(order.price_kind, order.unit_price, order.price_floor, order.price_cap, order.class_prices)
    kinds = [*order.class_prices, ""]
    return max(price.of_output(order.max_characters, kind) for kind in kinds)
