import pytest
from django.db import connection

from collection.errors import RedactionRefused
from collection.models import Instruction, Redaction
from collection.services.redaction import instruction_redact
from collection.states import InstructionStatus
from config.errors import BadInput
from tests.cast import cast
from tests.factories.collection import make_instruction, make_reference
from vendors.models import User

pytestmark = pytest.mark.django_db

PHONE = "０９０－１２３４－５６７８"
TEXT = f"電話は{PHONE}です。山田花子さんに返事を書いて"


@pytest.fixture
def ren() -> User:
    return cast().ren


def held(**fields: str) -> Instruction:
    return make_instruction(**{"instruction": TEXT, "status": InstructionStatus.HELD, **fields})  # type: ignore[arg-type]


def redact(
    row: Instruction, by: User, seen: str = PHONE, check_id: str = "personal.phone", field: str = "instruction"
) -> None:
    start = getattr(row, field).index(seen)
    instruction_redact(
        instruction=row, field=field, start=start, end=start + len(seen), seen=seen, by=by, check_id=check_id
    )
    row.refresh_from_db()


def test_the_passage_is_gone_from_every_place_where_it_stood(ren: User) -> None:
    row = held(input="090-1234-5678 に折り返してください")
    answer = make_reference(row, text="承知しました。09012345678（090ー1234ー5678）へお電話します。")
    before = row.text_sha256
    redact(row, ren)
    answer.refresh_from_db()
    assert row.instruction.startswith("電話は〔電話番号〕です。")
    assert row.input == "〔電話番号〕 に折り返してください"
    assert answer.text == "承知しました。〔電話番号〕（〔電話番号〕）へお電話します。"
    assert row.text_sha256 != before
    assert Redaction.objects.get().places == 4


def test_no_table_holds_the_original_any_more(ren: User) -> None:
    row = held(instruction="住所は雨竜郡雨竜町満寿1-2-3です。礼状を書いて")
    make_reference(row, text="雨竜郡雨竜町満寿1-2-3 の方へ。")
    redact(row, ren, "雨竜郡雨竜町満寿1-2-3", "personal.address")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', ["%満寿%"])
            assert cursor.fetchone() == (0,), table


def test_what_is_left_is_found_again_at_its_new_place(ren: User) -> None:
    row = held()
    redact(row, ren)
    newest = row.findings.filter(check_id="name.full").get()
    assert row.instruction[newest.start : newest.end] == "山田花子"
    assert not row.findings.filter(check_id="personal.phone").exists()


def test_an_english_text_is_told_in_english_what_was_there(ren: User) -> None:
    row = held(instruction="Mail bob@example.com about it", language="en")
    redact(row, ren, "bob@example.com", "personal.email")
    assert row.instruction == "Mail [e-mail address] about it"


def test_a_passage_that_somebody_marked_by_hand_is_left_out(ren: User) -> None:
    row = held(instruction="課長の癖について書いて")
    redact(row, ren, "課長の癖", "")
    assert row.instruction == "〔伏せ字〕について書いて"


def test_a_single_sign_goes_from_its_own_place_alone(ren: User) -> None:
    row = held(instruction="甲と乙、そして甲と丙")
    redact(row, ren, "甲", "")
    assert row.instruction.count("甲") == 1


def test_a_text_that_changed_meanwhile_is_left_alone(ren: User) -> None:
    row = held()
    with pytest.raises(BadInput):
        instruction_redact(instruction=row, field="instruction", start=0, end=3, seen="別の文", by=ren)
    with pytest.raises(BadInput):
        instruction_redact(instruction=row, field="language", start=0, end=2, seen="ja", by=ren)
    row.refresh_from_db()
    assert row.instruction == TEXT


@pytest.mark.parametrize("status", [InstructionStatus.ELIGIBLE, InstructionStatus.REJECTED])
def test_only_what_waits_for_a_decision_is_redacted(ren: User, status: str) -> None:
    with pytest.raises(RedactionRefused):
        redact(held(status=status), ren)
