"""Which instructions may fill an order, and filling it so."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotation.errors import NotEnoughInstructions
from annotation.models import Task
from annotation.selectors.supply import supply_of
from annotation.services.reviews import review_accept, review_claim
from collection.models import Instruction
from tests.cast import Cast, cast
from tests.factories.annotation import make_instructions
from tests.factories.records import make_order, make_submission
from vendors.models import Earning
from vendors.supply import Choice


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


@pytest.fixture
def stock(people: Cast) -> list[Instruction]:
    made = make_instructions(6)
    for number, instruction in enumerate(made):
        instruction.category = "rewriting" if number % 2 else "writing"
        instruction.instruction = "問" * (10 * (number + 1))
        instruction.save(update_fields=["category", "instruction"])
    Instruction.objects.filter(pk=made[0].pk).update(created_at=timezone.now() - timedelta(days=40))
    return made


def test_each_bound_of_a_choice_is_kept(stock: list[Instruction]) -> None:
    today = timezone.localdate()
    assert supply_of(Choice("ja"), 4).by_category == {"writing": 2, "rewriting": 2}
    assert supply_of(Choice("en"), 4).count == 0
    assert supply_of(Choice("ja", categories=("rewriting",)), 9).by_category == {"rewriting": 3}
    assert supply_of(Choice("ja", shortest=30, longest=50), 9).count == 3
    assert supply_of(Choice("ja", since=today), 9).count == 5
    assert supply_of(Choice("ja", until=today - timedelta(days=39)), 9).count == 1
    assert Choice.of_order("ja", Choice("ja", ("rewriting",), 3, 9, today, today).to_json()) == Choice(
        "ja", ("rewriting",), 3, 9, today, today
    )


def test_an_order_takes_what_it_chose_as_often_as_it_asked(people: Cast, stock: list[Instruction]) -> None:
    order = make_order(people, quantity=6, outputs_each=2, choice=Choice("ja", categories=("rewriting",)))
    tasks = Task.objects.filter(work_order=order)
    assert tasks.count() == 6
    assert set(tasks.values_list("instruction__category", "slot")) == {("rewriting", 1), ("rewriting", 2)}
    with pytest.raises(NotEnoughInstructions):
        make_order(people, quantity=1, choice=Choice("ja", categories=("rewriting",)))


@pytest.mark.parametrize(
    ("terms", "paid"),
    [
        ({"price_kind": "character", "unit_price": 100, "price_floor": 50, "price_cap": 10_000}, None),
        ({"price_kind": "class", "class_prices": {"writing": 777}}, 777),
    ],
)
def test_an_acceptance_pays_by_length_or_kind(
    people: Cast, stock: list[Instruction], terms: dict[str, object], paid: int | None
) -> None:
    order = make_order(people, choice=Choice("ja", categories=("writing",)), **terms)
    submission = make_submission(order.tasks.get(), people.wataru)
    task = review_claim(reviewer=people.ren)
    assert task is not None
    review_accept(reviewer=people.ren, task=task)
    assert Earning.objects.get().amount == (paid or submission.character_count)


def test_the_wizard_counts_and_prices_while_it_is_written(
    people: Cast, stock: list[Instruction], client: Client
) -> None:
    client.force_login(people.minato)
    asked = {"language": "ja", "quantity": "4", "outputs_each": "2", "price_kind": "output", "unit_price": "500"}
    page = client.get("/orders/supply/", asked).content.decode()
    assert ">6<" in page and "¥2,000" in page and "Enough" in page
    page = client.get("/orders/supply/", {**asked, "categories": "rewriting", "quantity": "8"}).content.decode()
    assert ">3<" in page and "4 are needed" in page
    client.force_login(people.luna)
    assert client.get("/orders/supply/", asked).status_code == 403
