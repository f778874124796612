from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pgtrigger
import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from collection.models import Reference
from collection.services.budget import budget_settle, cap_limit_set, site_switch_set
from collection.services.spending import budget_left, spending_of
from tests.factories.collection import make_question
from tests.factories.vendors import make_user

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.fixture(autouse=True)
def _it_is_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def spend(amount: int, *, day: date = TODAY, model: str = "gpt-4o") -> Reference:
    reference = make_question(costs=amount)
    Reference.objects.filter(pk=reference.pk).update(model=model)
    budget_settle(reference=reference, cost_microusd=amount, is_estimated=False)
    at = timezone.make_aware(datetime.combine(day, datetime.min.time())) + timedelta(hours=1)
    with pgtrigger.ignore("collection.LedgerEntry:append_only"):
        reference.ledger.update(at=at)
    return reference


def test_what_is_left_is_of_the_day_and_returns_at_midnight_in_japan(settings: Settings) -> None:
    settings.DAILY_BUDGET_MICROUSD = 1000
    assert budget_left(now=NOON).percent == 100
    spend(400)
    left = budget_left(now=NOON)
    assert (left.percent, left.is_spent) == (60, False)
    assert left.returns_at.isoformat() == "2026-11-23T00:00:00+09:00"
    spend(600)
    assert budget_left(now=NOON).is_spent
    assert budget_left(now=NOON + timedelta(days=1)).percent == 100


def test_a_little_is_not_nothing_and_a_total_that_is_spent_does_not_return(settings: Settings) -> None:
    settings.DAILY_BUDGET_MICROUSD = settings.TOTAL_BUDGET_MICROUSD = 1000
    spend(999)
    assert (budget_left(now=NOON).percent, budget_left(now=NOON).is_spent) == (1, False)
    spend(1)
    assert budget_left(now=NOON + timedelta(days=1)).is_spent_for_good


def test_the_switch_is_told() -> None:
    site_switch_set(is_answering=False, reason="", by=make_user(name="Aoi"))
    assert not budget_left().is_answering


def test_spending_is_by_day_and_model_with_the_pace_of_the_week() -> None:
    for number in range(1, 8):
        spend(700, day=TODAY - timedelta(days=number))
    spend(100, model="gpt-4o-mini")
    cap_limit_set(scope="total", limit_microusd=5000 + 7 * 700)
    found = spending_of(days=14, now=NOON)
    assert found.by_model["gpt-4o"][-4:] == [700, 700, 700, 0]
    assert found.by_model["gpt-4o-mini"] == [0] * 13 + [100]
    assert (found.pace, found.expected_today) == (700, 100 + 350)
    assert found.spent_on == TODAY + timedelta(days=7)


def test_without_a_past_nothing_is_foretold() -> None:
    found = spending_of(days=14, now=NOON)
    assert (found.by_model, found.pace, found.spent_on) == ({}, 0, None)
