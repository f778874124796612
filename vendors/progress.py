"""How far orders have come. The app that keeps the tasks counts them and registers its counter here; this app only asks.

A counter takes primary keys of orders and gives, for each it knows, a count per task status: `{17: {"accepted": 40}}`.
It answers for all orders of a page in two queries.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

Counts = dict[int, dict[str, int]]
Counter = Callable[[Collection[int]], Counts]

DELIVERED = ("submitted", "in_review")

_counters: list[Counter] = []


@dataclass(frozen=True, slots=True)
class Progress:
    """One order's tasks: still to be written, delivered and not yet inspected, accepted; out of how many ordered.

    `uninspected` of the delivered should have been inspected by now; `by_lot` of the accepted passed with their lot and are
    still to be read.
    """

    waiting: int
    delivered: int
    accepted: int
    total: int
    uninspected: int = 0
    by_lot: int = 0

    @property
    def percent(self) -> int:
        return 100 * self.accepted // self.total if self.total else 0


def register(counter: Counter) -> None:
    """Let `counter` be asked from now on."""
    if counter not in _counters:
        _counters.append(counter)


def progress_by_order(totals: dict[int, int]) -> dict[int, Progress]:
    """Progress for every order in `totals`, which maps primary keys to ordered quantities."""
    counts: Counts = {}
    for counter in _counters:
        for order, by_status in counter(list(totals)).items():
            merged = counts.setdefault(order, {})
            for status, count in by_status.items():
                merged[status] = merged.get(status, 0) + count
    return {order: _progress(counts.get(order, {}), total) for order, total in totals.items()}


def _progress(counts: dict[str, int], total: int) -> Progress:
    by_lot = counts.get("by_lot", 0)
    delivered = sum(counts.get(status, 0) for status in DELIVERED) - by_lot
    accepted = counts.get("accepted", 0) + by_lot
    return Progress(
        waiting=max(0, total - delivered - accepted),
        delivered=delivered,
        accepted=accepted,
        total=total,
        uninspected=counts.get("uninspected", 0),
        by_lot=by_lot,
    )
