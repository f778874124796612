"""How far orders have come, as other apps count it."""

from collections.abc import Collection
from typing import Any

from tests.cast import Cast
from tests.factories.vendors import make_active_order
from vendors import progress
from vendors.progress import Progress, progress_by_order


def test_an_orders_tasks_are_counted_in_two_queries_for_a_page(
    people: Cast, supply: None, django_assert_num_queries: Any
) -> None:
    first = make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, quantity=3)
    second = make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, quantity=4)
    with django_assert_num_queries(2):
        found = progress_by_order({first.pk: 3, second.pk: 4})
    assert found == {
        first.pk: Progress(waiting=3, delivered=0, accepted=0, total=3),
        second.pk: Progress(waiting=4, delivered=0, accepted=0, total=4),
    }


def test_what_is_not_delivered_is_still_to_be_written(db: None, monkeypatch: Any) -> None:
    def counter(orders: Collection[int]) -> dict[int, dict[str, int]]:
        return {1: {"queued": 1, "submitted": 2, "in_review": 1, "accepted": 4, "cancelled": 3, "revoked": 1}}

    monkeypatch.setattr(progress, "_counters", [counter])
    found = progress_by_order({1: 10, 2: 5})
    assert found[1] == Progress(waiting=3, delivered=3, accepted=4, total=10)
    assert found[1].percent == 40
    assert found[2] == Progress(waiting=5, delivered=0, accepted=0, total=5)
