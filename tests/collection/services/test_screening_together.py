"""Instructions that are screened together end where each would have ended by itself."""

from typing import Any

import pytest
from django.db import transaction

from collection.models import Instruction, ScreeningFinding
from collection.services import screening
from collection.services.screening import Moderator, instructions_screen
from collection.states import InstructionStatus
from tests.factories.collection import make_instruction, make_reference
from tests.flows.twenty_texts import ASKED, OWN
from tests.provider import Provider

pytestmark = pytest.mark.django_db

KYOTO = "旅行会社の社員として、京都の秋の一日を紹介する文章を、初めて訪れる夫婦に向けて書いてください。"
ANSWER = ASKED["kyoto"][1]
TEXTS = [
    KYOTO,
    "電話は０９０－１２３４－５６７８です。返事を考えて",
    KYOTO.replace("書いてください", "書いて下さい"),  # a neighbour of the first
    "moderation:flag という言葉を使って、夜の港を三行で書いて",
    "moderation:flag という言葉を使って、夜の港を三行で書いて",  # the first of the two is rejected, so that this one is no duplicate
    "https://example.jp/",
    f"{KYOTO}敬語で。",  # a neighbour of a neighbour
    "Ａ社の歴史を教えて",
    "practice: moderation-500\n海の朝を三行で書いて",  # of which the provider knows nothing, and of all the others it does
    "a社の歴史を教えて",
    "Объясни, почему небо голубое",
    f"下書きです。{ANSWER[60:130]}どう直せばよいですか。",
    KYOTO,
    "次の出来事を年表にまとめてください。対象は2019年の日本です。",
    "次の出来事を年表にまとめてください。対象は2020年の日本です。",
    "A社の歴史を教えて",
    "読めない文字\u0378を含む文です。",
]


def told(rows: list[Instruction]) -> list[Any]:
    """Everything that screening leaves of each row, in the order of the rows."""
    fields = ("pk", "status", "category", "category_by", "duplicate_of", "family", "checks_run")
    found = {row["pk"]: row for row in Instruction.objects.values(*fields)}
    findings = ("check_id", "check_version", "severity", "field", "start", "end")
    moves = ("from_status", "to_status", "why", "actor_kind", "actor_id")
    return [
        (
            found[row.pk],
            list(ScreeningFinding.objects.filter(instruction=row).order_by("pk").values_list(*findings)),
            list(row.transitions.order_by("pk").values_list(*moves)),
        )
        for row in rows
    ]


@pytest.mark.parametrize("is_newest_first", [False, True])
@pytest.mark.parametrize("together", [5, 32])
def test_a_group_ends_as_its_rows_would_one_by_one(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, together: int, is_newest_first: bool
) -> None:
    make_reference(make_instruction(), text=ANSWER)
    make_instruction(instruction="a社の歴史を教えて", status=InstructionStatus.REJECTED)
    earlier = make_instruction(instruction=KYOTO.replace("夫婦", "家族"), status=InstructionStatus.RECEIVED)
    instructions_screen(instruction_ids=[earlier.pk])
    rows = [make_instruction(instruction=text, status=InstructionStatus.RECEIVED) for text in TEXTS]
    rows.append(make_instruction(instruction="直して", input=OWN["kyoto"], status=InstructionStatus.RECEIVED))
    keys = sorted((row.pk for row in rows), reverse=is_newest_first)
    found = []
    for size in (1, together):
        with monkeypatch.context() as patch, transaction.atomic():
            patch.setattr(screening, "TOGETHER", size)
            assert [row.pk for row in instructions_screen(instruction_ids=keys)] == keys
            found.append(told(rows))
            assert instructions_screen(instruction_ids=keys) == []
            transaction.set_rollback(True)
    one_by_one, in_groups = found
    assert in_groups == one_by_one
    statuses = [facts["status"] for facts, _findings, _moves in one_by_one]
    assert {statuses.count(status) for status in ("eligible", "held", "rejected")}.isdisjoint({0, 1, 2})


def test_the_provider_is_asked_once_for_many_and_never_for_too_much(provider: Provider) -> None:
    before = len(provider.requests())
    texts = ["短い文です。", "moderation:flag", *["長い文です。" * 2000] * 3, "また短い文です。"]
    found = [finding.check_id for finding in Moderator().findings(texts)]
    assert found == ["moderation.passed", "moderation.flagged", *["moderation.passed"] * 4]
    assert len(provider.requests()) - before == 5


def test_three_failures_in_a_row_are_enough(provider: Provider) -> None:
    before = len(provider.requests())
    found = [finding.check_id for finding in Moderator().findings(["practice: moderation-500"] * 20)]
    assert found == ["moderation.unavailable"] * 20
    assert len(provider.requests()) - before == 4  # for all of them, and for three
