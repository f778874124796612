"""What the operation has cost and what it has promised to pay: the model provider, and the vendors."""

from dataclasses import dataclass

from annotation.selectors.counts import CURRENCY, Counts, OrderCount
from collection.models import Cap
from collection.selectors.spending import cap_get
from vendors.models import WorkOrder
from vendors.prices import Price
from vendors.states import WorkOrderStatus


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


def money_now(counts: Counts) -> Money:
    """Sum it up. Two queries beside the counts."""
    running = WorkOrder.objects.filter(
        status__in=(WorkOrderStatus.ISSUED, WorkOrderStatus.ACCEPTED_BY_VENDOR, WorkOrderStatus.ACTIVE),
        currency=CURRENCY,
    )
    total = cap_get(Cap.Scope.TOTAL, "")
    return Money(
        earned=counts.earned,
        paid=counts.paid,
        committed=sum(_at_most(order) * _to_come(order, counts) for order in running),
        provider_spent=(total.spent_microusd if total else 0) / 1_000_000,
        provider_limit=(total.limit_microusd if total else 0) / 1_000_000,
    )


def _to_come(order: WorkOrder, counts: Counts) -> int:
    return max(0, order.quantity - counts.orders.get(order.pk, OrderCount()).accepted)


def _at_most(order: WorkOrder) -> int:
    """The most that one output of an order is paid."""
    price = Price(order.price_kind, order.unit_price, order.price_floor, order.price_cap, order.class_prices)
    kinds = [*order.class_prices, ""]
    return max(price.of_output(order.max_characters, kind) for kind in kinds)
