import pytest
from django.core.management import call_command

from collection.models import Instruction
from collection.screening import categories
from collection.services.categories import instruction_categorise, instructions_categorise
from collection.services.screening import instruction_screen
from collection.services.withdrawal import instruction_withdraw
from config.errors import BadInput
from tests.factories.collection import make_import_batch, make_instruction
from tests.provider import Provider

pytestmark = pytest.mark.django_db

MAIL = "お礼のメールを書いてください。"


def test_screening_sorts_what_nobody_has_sorted(provider: Provider) -> None:
    asked = make_instruction(instruction=MAIL, status="received")
    brought = make_instruction(
        instruction=f"{MAIL}短く。",
        status="received",
        import_batch=make_import_batch(),
        category="gratitude",
        category_by="file",
    )
    for row in (asked, brought):
        instruction_screen(instruction_id=row.pk)
        row.refresh_from_db()
    assert (asked.category, asked.category_by) == ("business_mail", "rule")
    assert asked.checks_run["category"] == categories.VERSION
    assert (brought.category, brought.category_by) == ("gratitude", "file")
    assert brought.category_label == "gratitude"


def test_an_operators_word_stands_when_the_rules_change(monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand = make_instruction(instruction=MAIL)
    by_rule = make_instruction(instruction=f"{MAIL}長く。")
    gone = make_instruction(instruction=f"{MAIL}また。")
    assert instructions_categorise() == (3, 3)
    instruction_categorise(instruction=by_hand, category="writing")
    instruction_withdraw(participant=gone.participant, public_id=gone.public_id)
    assert instructions_categorise() == (0, 0)
    monkeypatch.setattr(categories, "VERSION", categories.VERSION + 1)
    monkeypatch.setattr(categories, "find", lambda instruction, input="": "coding")
    call_command("categorise_instructions", "--json")
    found = dict(Instruction.objects.values_list("pk", "category"))
    assert found == {by_hand.pk: "writing", by_rule.pk: "coding", gone.pk: "business_mail"}
    assert instructions_categorise() == (0, 0)


def test_an_unknown_category_is_refused() -> None:
    with pytest.raises(BadInput):
        instruction_categorise(instruction=make_instruction(), category="cooking")
