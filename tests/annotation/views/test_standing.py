"""How an order and a vendor stand."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from annotation.models import Task
from annotation.selectors.standing import standing_of
from annotation.services.reviews import review_return
from tests.cast import Cast, cast
from tests.factories.records import make_acceptance, make_reason, make_review_held, make_slots, make_submission
from vendors.models import Earning, WorkOrder
from vendors.services import earning_record


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


@pytest.fixture
def order(people: Cast) -> WorkOrder:
    """Four ordered: one accepted at once, one at the second attempt, two not begun."""
    first, second, *_rest = make_slots(people, 4, unit_price=500)
    make_acceptance(make_submission(first, people.wataru), people.ren)
    held = make_review_held(make_submission(second, people.wakana), people.ren)
    review_return(reviewer=people.ren, task=held, reasons=[make_reason().code], comment="Say which fish.")
    second.refresh_from_db()
    make_acceptance(make_submission(second, people.wakana), people.ren)
    return first.work_order


def test_the_figures_are_those_of_the_work(people: Cast, order: WorkOrder) -> None:
    standing = standing_of(WorkOrder.objects.filter(pk=order.pk))
    assert (standing.ordered, standing.written, standing.accepted, standing.decided) == (4, 2, 2, 2)
    assert (standing.at_once_percent, standing.close_percent) == (50, 0)
    assert sum(standing.returned.values()) == 1
    assert (standing.paid, standing.cost_each) == (1000, 500)
    assert standing.cost_100_characters == 100_000 // standing.paid_characters
    assert list(standing.by_day.values())[-1] == (2, 2)
    assert standing.inspection is not None and standing.inspection < timedelta(minutes=5)
    # Two left, two written in a fortnight: another fortnight.
    assert standing.finished_on == timezone.localdate() + timedelta(days=14) and not standing.is_late
    Task.objects.filter(status="queued").update(due_on=timezone.localdate())
    assert standing_of(WorkOrder.objects.filter(pk=order.pk)).is_late


def test_what_is_paid_without_an_acceptance_has_its_part_in_the_cost(people: Cast, order: WorkOrder) -> None:
    late = make_submission(order.tasks.filter(status="queued").first(), people.wakana)
    earning_record(
        vendor=people.kaede, writer=people.wakana, work_order=order, submission_id=late.public_id,
        received_at=timezone.now(), kind=Earning.Kind.UNINSPECTED,
    )  # fmt: skip
    standing = standing_of(WorkOrder.objects.filter(pk=order.pk))
    assert (standing.accepted, standing.paid, standing.cost_each) == (2, 1500, 500)


def test_nothing_yet_divides_by_nothing(people: Cast) -> None:
    standing = standing_of(WorkOrder.objects.none())
    assert (standing.at_once_percent, standing.close_percent, standing.cost_each, standing.cost_100_characters) == (
        None, None, None, None,
    )  # fmt: skip


def test_who_sees_it(people: Cast, order: WorkOrder, client: Client) -> None:
    pages = (f"/standing/orders/{order.public_id}/", f"/standing/vendors/{people.kaede.public_id}/")
    found = {}
    for person in (people.minato, people.fumi, people.luna, people.riku, people.wataru, people.ren):
        client.force_login(person)
        found[person.name] = [client.get(page).status_code for page in pages]
    assert found == {
        "Minato": [200, 200], "Fumi": [200, 200], "Luna": [200, 200], "Riku": [404, 404], "Wataru": [403, 403],
        "Ren": [403, 403],
    }  # fmt: skip


def test_as_many_queries_for_many_as_for_one(
    people: Cast, order: WorkOrder, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(2):
        with django_assert_num_queries(9):
            standing_of(WorkOrder.objects.all())
        make_slots(people, 2)
