"""The timeline of a record: from consent to release in one row, without any text of a model, and why it is not in the dataset."""

from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation.models import OutputCheck, Release, ReleaseTransition, Showing, Task
from annotation.selectors.operations import record_get_for
from annotation.selectors.showings import sight_list_of
from annotation.selectors.timeline import timeline_of
from annotation.services.showings import references_show
from collection.models import ImportBatch
from collection.services.consent import consent_withdraw
from collection.services.withdrawal import instructions_withdraw
from tests.cast import Cast, cast
from tests.clients import client_for, queries_of
from tests.factories.collection import make_import_batch, make_instruction, make_reference
from tests.factories.records import make_moderation, make_record, make_task
from vendors.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def page_of(task: Task, user: User) -> str:
    return client_for(user).get(reverse("annotation:record", args=[task.public_id])).content.decode()


def test_it_goes_from_consent_to_the_verdict_in_order(people: Cast) -> None:
    task = record_get_for(people.aoi, str(make_record(people).public_id))
    events = timeline_of(task, sight_list_of(task.instruction_id))
    codes = [event.code for event in events]
    assert [code for code in codes if code != "signed"][:2] == ["consent", "asked"]
    assert codes.index("signed") < codes.index("task")  # nobody writes before
    for earlier, later in (("asked", "ordered"), ("ordered", "task"), ("task", "compared"), ("compared", "checked")):
        assert codes.index(earlier) < codes.index(later)
    assert [event.at for event in events] == sorted(event.at for event in events)
    moved = [event.facts["to"] for event in events if event.code == "task"]
    assert moved == ["claimed", "submitted", "in_review", "accepted"]


def test_the_release_that_lists_it_is_its_end(people: Cast, tmp_path: Path) -> None:
    task = make_record(people)
    for name, listed in (("2026-1", task.public_id), ("2026-2", people.aoi.public_id)):
        folder = tmp_path / name / "provenance"
        folder.mkdir(parents=True)
        (folder / "records.jsonl").write_text(f'{{"family":null,"id":"{listed}"}}\n')
        Release.objects.create(name=name, folder=str(tmp_path / name), published_at=timezone.now())
    Release.objects.create(name="2026-3", folder=str(tmp_path / "gone"), published_at=timezone.now())
    page = page_of(task, people.aoi)
    assert "Released in 2026-1" in page and "2026-2" not in page and "2026-3" not in page
    assert "Why it is not in the dataset" not in page


def test_it_says_why_a_record_is_not_in_the_dataset(people: Cast) -> None:
    task = make_record(people)
    make_moderation(task.current_submission, outcome=OutputCheck.Outcome.FAIL)
    page = page_of(task, people.fumi)
    assert "Why it is not in the dataset" in page and "Checked for moderation: failed" in page


def test_a_display_of_the_models_answer_is_told_and_its_text_is_not(people: Cast) -> None:
    task = make_record(people)
    make_reference(task.instruction, text="積乱雲は夏の午後によく育ちます。")
    references_show(reviewer=people.ren, task=task, place=Showing.Place.RECORD, why="to compare")
    page = page_of(task, people.aoi)
    assert "The model’s answer was shown, on the page of the record" in page and "to compare" in page
    assert "積乱雲" not in page


def test_a_long_history_costs_as_many_queries(people: Cast) -> None:
    task = make_record(people)
    client, address = client_for(people.aoi), reverse("annotation:record", args=[task.public_id])

    few = queries_of(lambda: client.get(address))
    for _time in range(4):
        make_moderation(task.current_submission)
    assert queries_of(lambda: client.get(address)) == few


def test_what_was_withdrawn_after_its_release_says_so_to_the_end(people: Cast, tmp_path: Path) -> None:
    task = make_record(people)
    folder = tmp_path / "2026-1" / "provenance"
    folder.mkdir(parents=True)
    (folder / "records.jsonl").write_text(f'{{"family":null,"id":"{task.public_id}"}}\n')
    release = Release.objects.create(name="2026-1", folder=str(tmp_path / "2026-1"), published_at=timezone.now())
    participant = task.instruction.participant
    assert participant is not None
    consent_withdraw(participant=participant)
    instructions_withdraw(participant=participant)
    ReleaseTransition.objects.create(
        subject=release, to_status="retracted", actor_kind="user", actor_id=str(people.aoi.pk), why="asked for"
    )
    page = page_of(task, people.aoi)
    ways = (
        "signed the agreement",
        "agreed to the terms",
        "Released in 2026-1",
        "withdrew the consent",
        "2026-1 was retracted",
    )
    assert [words for words in ways if words not in page] == []
    assert page.index("Released in 2026-1") < page.index("withdrew the consent") < page.index("2026-1 was retracted")


def test_an_imported_record_has_its_licence_where_others_have_consent(people: Cast) -> None:
    batch = make_import_batch(licence="CC-BY-4.0")
    task = make_record(people, task=make_task(people, instruction=make_instruction(import_batch=batch)))
    page = page_of(task, people.aoi)
    assert f"Imported with “{batch.name}” under CC-BY-4.0" in page and "agreed to the terms" not in page
    ImportBatch.objects.filter(pk=batch.pk).update(revoked_at=timezone.now())
    assert "licence was revoked" in page_of(task, people.aoi)
