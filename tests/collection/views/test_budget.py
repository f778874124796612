import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from collection.models import Cap, Reference
from collection.services.answers import answers_sweep
from collection.services.budget import budget_settle, site_switch_set
from collection.services.instructions import reference_begin
from collection.services.reconciling import open_reservation_totals
from tests.cast import cast
from tests.factories.collection import make_participant
from tests.factories.vendors import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def spent(settings: Settings) -> Reference:
    settings.PARTICIPANT_DAILY_BUDGET_MICROUSD = 10_000_000
    reference = reference_begin(participant=make_participant(), instruction="空はなぜ青い？", language="ja")
    budget_settle(reference=reference, cost_microusd=3_000_000, is_estimated=False)
    return reference


@pytest.fixture
def lost(settings: Settings) -> Reference:
    settings.PROMPT_PRICE_MICROUSD_PER_MILLION = settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 1_000_000
    settings.PROVIDER_DEADLINE_SECONDS = -1000
    reference = reference_begin(participant=make_participant(), instruction="空はなぜ青い？", language="ja")
    answers_sweep()
    return reference


def page_for(email: str) -> tuple[Client, str]:
    client = Client(headers={"accept-language": "en"})
    client.force_login(email)  # type: ignore[arg-type]
    return client, client.get(reverse("collection:budget")).content.decode()


def test_the_page_draws_spending_by_day_and_model_and_tells_the_figures(spent: Reference) -> None:
    _client, page = page_for(cast().aoi)
    assert "<svg" in page
    assert "<style" not in page
    assert "gpt-4o" in page
    assert "Today will probably cost $3.00" in page
    assert "To be reconciled" not in page


def test_what_is_open_is_settled_by_who_holds_the_budget_and_nobody_else(lost: Reference) -> None:
    people = cast()
    client, page = page_for(people.fumi)
    assert "To be reconciled" in page
    assert "Settle them" not in page
    assert client.post(reverse("collection:reconcile"), {"charge": "nothing"}).status_code == 403
    assert open_reservation_totals().count == 1
    client, page = page_for(people.aoi)
    assert "Settle them" in page
    client.post(reverse("collection:reconcile"), {"charge": "what you like"})
    assert open_reservation_totals().count == 1
    client.post(reverse("collection:reconcile"), {"charge": "nothing"})
    assert open_reservation_totals().count == 0
    assert Cap.objects.get(scope="total").reserved_microusd == 0


def test_the_front_page_says_how_much_is_left_and_when_it_returns(settings: Settings, spent: Reference) -> None:
    client = Client(headers={"accept-language": "en"})
    assert "85% of today" in client.get("/").content.decode()
    Cap.objects.filter(scope="day").exclude(key="").update(limit_microusd=0)
    assert "used up. It returns at" in client.get("/").content.decode()
    site_switch_set(is_answering=False, reason="", by=make_user(name="Aoi"))
    assert "Answering is paused" in client.get("/").content.decode()
