import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from collection.models import Cap, Reference
from collection.services.answers import answers_sweep
from collection.services.instructions import reference_begin
from collection.services.reconciling import Charge, budget_reconcile, open_reservation_totals
from tests.factories.collection import make_participant

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(settings: Settings) -> Reference:
    """An answer whose process died."""
    settings.PROMPT_PRICE_MICROUSD_PER_MILLION = settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 1_000_000
    reference = reference_begin(participant=make_participant(), instruction="空はなぜ青い？", language="ja")
    Reference.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert open_reservation_totals().count == 0  # it might still be under way
    answers_sweep()
    return reference


def total() -> tuple[int, int]:
    cap = Cap.objects.get(scope="total")
    return cap.reserved_microusd, cap.spent_microusd


def test_what_nobody_can_know_stays_reserved_until_it_is_reconciled(lost: Reference) -> None:
    reserved = lost.ledger.get().amount_microusd
    assert total() == (reserved, 0)
    assert open_reservation_totals().amount_microusd == reserved
    budget_reconcile(charge=Charge.ALL)
    assert total() == (0, reserved)
    assert lost.ledger.get(kind="settled").is_estimated
    assert budget_reconcile(charge=Charge.ALL).count == 0


@pytest.mark.parametrize("charge", [Charge.NOTHING, Charge.ESTIMATE])
def test_it_may_have_cost_nothing_or_the_question(lost: Reference, charge: Charge) -> None:
    done = budget_reconcile(charge=charge)
    assert total() == (0, done.amount_microusd)
    assert (done.amount_microusd > 0) is (charge == Charge.ESTIMATE)


def test_the_command_tells_and_then_settles(lost: Reference, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("budget_reconcile", "--json", "--older-than", "1")
    call_command("budget_reconcile", "--json")
    call_command("budget_reconcile", "--json", "--charge", "nothing")
    call_command("budget_reconcile", "--json")
    counts = [json.loads(line)["count"] for line in capsys.readouterr().out.splitlines()]
    assert counts == [0, 1, 1, 0]
