import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from collection.models import Instruction
from collection.services.withdrawal import instruction_withdraw, instructions_withdraw
from tests.cast import cast
from tests.factories.annotation import make_submission
from tests.factories.collection import make_import_batch, make_instruction, make_participant
from tests.factories.vendors import make_active_order

pytestmark = pytest.mark.django_db


def told() -> list[dict[str, object]]:
    out = StringIO()
    call_command("export_withdrawals", "--json", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_every_withdrawal_is_told_with_its_reason_and_its_records() -> None:
    people = cast()
    one, all_of_them = make_participant(), make_participant()
    written = make_instruction(participant=one, instruction="秘密の質問をしてください")
    make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, quantity=1)
    task = make_submission(people.wataru).task
    assert task.instruction == written
    second = make_instruction(participant=all_of_them)
    kept = make_instruction()
    instruction_withdraw(participant=one, public_id=written.public_id)
    instructions_withdraw(participant=all_of_them)
    first_line, second_line = told()
    assert first_line["id"] == str(written.public_id)
    assert (first_line["reason"], first_line["records"]) == ("instruction_withdrawn", [str(task.public_id)])
    assert (second_line["id"], second_line["reason"]) == (str(second.public_id), "consent_withdrawn")
    assert str(kept.public_id) not in str(told())
    assert "秘密" not in json.dumps(told(), ensure_ascii=False)


def test_the_end_of_a_licence_takes_back_what_came_under_it() -> None:
    batch = make_import_batch()
    imported = make_instruction(import_batch=batch)
    assert told() == []
    type(batch).objects.filter(pk=batch.pk).update(revoked_at=timezone.now())
    [line] = told()
    assert (line["id"], line["reason"]) == (str(imported.public_id), "licence_revoked")


def test_for_a_person_the_list_ends_with_a_count() -> None:
    participant = make_participant()
    row: Instruction = make_instruction(participant=participant)
    instruction_withdraw(participant=participant, public_id=row.public_id)
    out = StringIO()
    call_command("export_withdrawals", stdout=out)
    assert str(row.public_id) in out.getvalue()
    assert out.getvalue().endswith("1 withdrawn.\n")
