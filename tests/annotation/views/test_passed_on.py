"""What writers passed on: who reads it, in which order, what an answer does, and what it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import InstructionSkip, SkipAnswer, Task
from annotation.selectors.passed_on import passed_on_count, passed_on_list_for, reason_tally_for
from annotation.services.passed_on import passed_on_keep
from annotation.services.queue import task_skip
from collection.models import Instruction
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.annotation import make_claim, make_open_order

pytestmark = pytest.mark.django_db

ADDRESS = "/ops/passed-on/"


def passed(people: Cast, *reasons: str, note: str = "") -> list[Task]:
    """Tasks that Wataru passed on, one for each reason."""
    make_open_order(people, quantity=len(reasons))
    tasks = []
    for reason in reasons:
        tasks.append(make_claim(people.wataru))
        task_skip(writer=people.wataru, task=tasks[-1], reason=reason, note=note)
    return tasks


def test_reports_come_first_and_each_says_who_why_and_when() -> None:
    people = cast()
    unclear, unanswerable = passed(people, "unclear", "unanswerable", note="明日の天気は誰にも分かりません。")
    assert list(passed_on_list_for(people.ren)) == [unanswerable.instruction, unclear.instruction]
    html = client_for(people.ren).get(ADDRESS).content.decode()
    assert html.index(unanswerable.instruction.instruction) < html.index(unclear.instruction.instruction)
    for words in ("It cannot be answered.", "明日の天気は誰にも分かりません。", "Wataru", "1 task free"):
        assert words in html
    assert "Passed on by writers" in client_for(people.minato).get("/ops/").content.decode()
    assert passed_on_count() == 2


def test_one_reason_can_be_looked_at_alone() -> None:
    people = cast()
    harmful, other = passed(people, "harmful", "other")
    assert [(line.reason, line.count) for line in reason_tally_for(people.ren)] == [
        ("", 2),
        ("harmful", 1),
        ("other", 1),
    ]
    html = client_for(people.ren).get(f"{ADDRESS}?reason=harmful").content.decode()
    assert str(harmful.instruction.public_id) in html
    assert str(other.instruction.public_id) not in html


def test_what_was_left_in_the_queue_comes_up_again_when_somebody_else_passes_it_on() -> None:
    people = cast()
    (task,) = passed(people, "unclear")
    address = f"{ADDRESS}{task.instruction.public_id}/"
    client = client_for(people.ren)
    assert client.post(address, {"answer": "keep", "why": " "}).status_code == 400
    assert client.post(address, {"answer": "keep", "why": "読めば分かります。"}).headers["Location"] == ADDRESS
    assert (SkipAnswer.objects.get().by_id, passed_on_count()) == (people.ren.pk, 0)
    assert client.post(address, {"answer": "keep", "why": "もう一度"}).status_code == 404
    again = make_claim(people.wakana)
    assert again.instruction_id == task.instruction_id
    task_skip(writer=people.wakana, task=again, reason="harmful")
    (found,) = passed_on_list_for(people.ren)
    assert (found.skip_count, found.report_count) == (1, 1)  # type: ignore[attr-defined]
    assert [line.reason for line in reason_tally_for(people.ren)] == ["", "harmful"]


def test_taking_one_out_cancels_what_nobody_has_begun_and_nothing_else() -> None:
    people = cast()
    (task,) = passed(people, "harmful")
    held = make_open_order(people, quantity=1)
    begun = Task.objects.get(work_order=held)
    client = client_for(people.minato)
    client.post(f"{ADDRESS}{task.instruction.public_id}/", {"answer": "reject", "why": "危険な作業を求めている。"})
    task.refresh_from_db()
    assert (task.status, Instruction.objects.get(pk=task.instruction_id).status) == ("cancelled", "rejected")
    assert Task.objects.get(pk=begun.pk).status == "queued"
    assert passed_on_count() == 0


@pytest.mark.parametrize("who", ["luna", "wataru", "fumi", "riku"])
def test_nobody_else_reads_or_answers_it(who: str) -> None:
    people = cast()
    (task,) = passed(people, "harmful")
    client = client_for(getattr(people, who))
    assert client.get(ADDRESS).status_code == 403
    assert client.post(f"{ADDRESS}{task.instruction.public_id}/", {"answer": "keep", "why": "x"}).status_code == 403
    assert not SkipAnswer.objects.exists()


def test_the_list_costs_the_same_for_a_few_and_for_many() -> None:
    people = cast()
    client = client_for(people.ren)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(ADDRESS).status_code == 200
        return len(captured)

    passed(people, "harmful")
    cost()
    few = cost()
    passed(people, *["unclear"] * 8)
    assert cost() == few
    assert InstructionSkip.objects.count() == 9


def test_an_answer_without_a_skip_is_not_found() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    instruction = Task.objects.get().instruction
    passed_on_keep(by=people.ren, instruction=instruction, why="何もなかった。")
    assert client_for(people.ren).post(f"{ADDRESS}{instruction.public_id}/", {"answer": "keep"}).status_code == 404
