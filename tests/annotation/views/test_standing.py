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
    assert standing.cost_100_characters == 100_000 // standing.characters
    assert list(standing.by_day.values())[-1] == (2, 2)
    assert standing.inspection is not None and standing.inspection < timedelta(minutes=5)
    week = standing.by_week[-1]
    assert (week.decided, week.at_once, week.gated, week.close) == (2, 1, 3, 0)
    assert (week.paid, week.outputs, week.cost_each, week.cost_100_characters) == (
        1000, 2, 500, standing.cost_100_characters,
    )  # fmt: skip
    assert week.inspection_hours == 0
    assert {(other.decided, other.paid, other.inspection_hours) for other in standing.by_week[:-1]} == {(0, 0, None)}
    assert (standing.left, standing.pace) == (2, 2 / 14)
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


def test_each_figure_is_drawn_and_stands_in_a_table(people: Cast, order: WorkOrder, client: Client) -> None:
    client.force_login(people.luna)
    page = client.get(f"/standing/orders/{order.public_id}/").content.decode()
    wanted = (
        "Written and accepted, day by day",
        "Written by the due date, at the pace of the last two weeks",
        "Rates, week by week (%)",
        "Time to inspect, median of the week (hours)",
        "Cost before tax, by the week of receipt (yen)",
        "Returned or rejected, by reason",
    )
    assert [title for title in wanted if f'<figcaption class="plot-title">{title}' not in page] == []
    assert page.count("<svg") >= len(wanted) and page.count('<table class="table table-dense">') == len(wanted)
    assert "written in a day" in page


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
        with django_assert_num_queries(10):
            standing_of(WorkOrder.objects.all())
        make_slots(people, 2)
