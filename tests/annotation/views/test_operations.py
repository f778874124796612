"""The operator's overview: the figures, what is kept out, one record, the releases; who sees them and what they cost."""

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import OutputCheck, Release, Task
from annotation.selectors.operations import dashboard_for, not_clean_list_for
from annotation.services.figures import figures_refresh
from annotation.services.reviews import review_return
from config.errors import NotFound
from tests.cast import Cast, cast
from tests.clients import client_for, queries_of
from tests.factories.collection import make_instruction
from tests.factories.records import (
    make_acceptance,
    make_moderation,
    make_reason,
    make_record,
    make_review_held,
    make_slots,
    make_submission,
    make_task,
)

pytestmark = pytest.mark.django_db

PAGES = ("/ops/", "/ops/not-clean/", "/ops/releases/")
OPERATORS = ("aoi", "minato", "ren", "fumi")
OTHERS = ("luna", "wataru", "emi", "riku", "rei")


@pytest.fixture
def people() -> Cast:
    make_reason("instruction_missed")
    return cast()


def record_of(task: Task) -> str:
    return reverse("annotation:record", args=[task.public_id])


def make_not_clean(people: Cast) -> Task:
    """Accepted, and flagged by moderation afterwards."""
    task = make_record(people)
    make_moderation(task.current_submission, outcome=OutputCheck.Outcome.FAIL)
    return task


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("name", OPERATORS)
def test_every_page_is_shown_to_the_operator_in_both_languages(people: Cast, name: str, language: str) -> None:
    tasks = [make_record(people), make_not_clean(people), make_task(people)]
    Release.objects.create(name="2026-1", is_demonstration=True)
    client = client_for(getattr(people, name), language)
    for path in (*PAGES, *map(record_of, tasks)):
        response = client.get(path)
        assert response.status_code == 200
        assert f'<html lang="{language}"' in response.content.decode()


@pytest.mark.parametrize("name", OTHERS)
def test_for_everybody_else_they_do_not_exist(people: Cast, name: str) -> None:
    task = make_record(people)
    client = client_for(getattr(people, name))
    for path in (*PAGES, record_of(task)):
        assert client.get(path).status_code in {403, 404}
    assert client.post(record_of(task) + "answer/", {"key": "gate:close", "why": "x"}).status_code in {403, 404}
    with pytest.raises(NotFound):
        dashboard_for(getattr(people, name))
    with pytest.raises(NotFound):
        not_clean_list_for(getattr(people, name))


def test_the_public_is_sent_to_sign_in(people: Cast) -> None:
    for path in (*PAGES, record_of(make_task(people))):
        response = Client().get(path)
        assert response.status_code == 302 and "/accounts/login/" in response["Location"]


def test_the_figures_are_those_of_the_tables(people: Cast) -> None:
    make_record(people)
    make_not_clean(people)
    held = make_review_held(make_submission(make_task(people), people.wataru), people.ren)
    review_return(reviewer=people.ren, task=held, reasons=["instruction_missed"], comment="Say why.")
    make_submission(make_task(people), people.wakana)
    make_instruction(status="held")
    make_task(people)
    board = dashboard_for(people.aoi)
    assert (board.collected, board.held, board.eligible) == (6, 1, 5)
    assert board.tasks == {"accepted": 2, "returned": 1, "submitted": 1, "queued": 1}
    assert (board.accepted, board.waiting, board.clean, board.accepted_not_clean) == (2, 1, 1, 1)
    assert board.oldest_submitted_at == Task.objects.get(status="submitted").submitted_at
    assert [one.order.status for one in board.orders] == ["active"] * 3
    assert board.last_clearance is not None and board.last_clearance.checked_count == 2


def test_an_empty_house_has_a_dashboard_too(people: Cast) -> None:
    board = dashboard_for(people.aoi)
    assert (board.collected, board.clean, board.accepted, board.orders) == (0, 0, 0, [])
    assert client_for(people.aoi).get("/ops/").status_code == 200


def test_what_is_kept_out_is_listed_with_what_fails(people: Cast) -> None:
    kept, out = make_record(people), make_not_clean(people)
    client = client_for(people.aoi)
    assert "Not counted yet" in client.get("/ops/not-clean/").content.decode()
    figures_refresh()
    page = client.get("/ops/not-clean/").content.decode()
    assert str(out.public_id) in page and str(kept.public_id) not in page
    assert "No personal data, moderation passed" in page
    assert "compared with every reference" not in page


def test_a_question_that_came_up_is_answered_on_the_record_and_the_record_is_clean(people: Cast) -> None:
    task = make_not_clean(people)
    figures_refresh()
    client = client_for(people.rin)
    assert str(task.public_id) in client.get("/ops/not-clean/").content.decode()
    assert "Why is it harmless?" in client.get(record_of(task)).content.decode()
    response = client.post(record_of(task) + "answer/", {"key": "check:moderation", "why": "A fairy tale."})
    assert response.headers["Location"] == record_of(task)
    assert str(task.public_id) not in client.get("/ops/not-clean/").content.decode()  # before the job has seen it
    figures_refresh()
    assert not not_clean_list_for(people.aoi).exists()
    again = client.post(record_of(task) + "answer/", {"key": "check:moderation", "why": "A fairy tale."})
    assert again.status_code == 400


def test_finance_reads_a_record_and_answers_nothing(people: Cast) -> None:
    task = make_not_clean(people)
    client = client_for(people.fumi)
    page = client.get(record_of(task)).content.decode()
    assert "<textarea" not in page
    response = client.post(record_of(task) + "answer/", {"key": "check:moderation", "why": "Looks fine."})
    assert response.status_code == 403
    figures_refresh()
    assert not_clean_list_for(people.fumi).exists()


def test_a_record_tells_who_moved_it_and_on_what_facts_each_rule_stands(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru, untrusted=1)
    task = make_acceptance(submission, people.ren, answers={"trace:untrusted_events": "A dictation program."})
    page = client_for(people.aoi).get(record_of(task)).content.decode()
    assert "Wataru · " in page and "Ren · " in page
    assert "flags: text put in by a program" in page and "cleared with a reason: text put in by a program" in page
    assert "is_" not in page.partition('id="rules"')[2].partition("</section>")[0]


def test_a_record_that_is_not_there_is_not_found(people: Cast) -> None:
    assert client_for(people.aoi).get("/ops/records/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_a_release_is_listed_with_what_it_holds(people: Cast) -> None:
    Release.objects.create(name="2026-1", record_count=1234, data_sha256="ab" * 32, is_demonstration=True)
    page = client_for(people.fumi).get("/ops/releases/").content.decode()
    assert "2026-1" in page and "1,234" in page and "abababababababab" in page and "Demonstration" in page


def test_the_pages_cost_the_same_however_much_there_is(people: Cast) -> None:
    client = client_for(people.aoi)
    first = make_not_clean(people)
    figures_refresh()
    paths = ("/ops/", "/ops/not-clean/", record_of(first))
    few = [queries_of(lambda path=path: client.get(path)) for path in paths]
    for task in make_slots(people, 4):
        make_submission(task, people.wakana)
    for _ in range(4):
        Task.objects.filter(status="submitted").update(status="cancelled")
        make_not_clean(people)
    figures_refresh()
    many = [queries_of(lambda path=path: client.get(path)) for path in paths]
    assert many == few
    assert max(few[:2]) <= 30 and few[2] <= 39  # a record is told from fourteen tables
