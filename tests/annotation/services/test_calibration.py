"""Texts whose verdict is known: who gets one, that it looks like any other, and that nothing comes of it but a figure."""

import re

import pytest
from django.db import IntegrityError, transaction
from pytest_django.fixtures import Settings

from annotation.models import CalibrationItem, CalibrationReading, Review, Submission, Task, TaskTransition
from annotation.selectors.calibration import calibration_by_reviewer
from annotation.selectors.review import review_queue_for, review_recent_for
from annotation.services.calibration import NotForCalibration, item_set, reading_next
from config.access import RoleMissing
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.records import make_acceptance, make_reason, make_record, make_submission, make_task
from vendors.models import Earning

Answer = CalibrationReading.Answer


@pytest.fixture
def people(db: None, settings: Settings) -> Cast:
    settings.REVIEW_CALIBRATION_EVERY = 1
    make_reason("instruction_missed")
    return cast()


def make_item(people: Cast, verdict: str = "accept", task: Task | None = None) -> CalibrationItem:
    """An item of a text that Rin accepted."""
    if task is None:
        task = make_acceptance(make_submission(make_task(people), people.wataru), people.rin)
    submission = Submission.objects.get(pk=task.current_submission_id)
    return item_set(by=people.minato, submission=submission, verdict=verdict, why="It answers.")


def shape_of(page: str) -> str:
    """The main part of a page without what differs between any two texts: ids, tokens, figures, and the words."""
    main = page[page.index("<main") : page.index("</main>")]
    for differs in (
        r"<(p|div) class=\"manuscript.*?</\1>",
        "<textarea.*?</textarea>",
        "<svg.*?</svg>",
        'value="[^"]{32,}"',
    ):
        main = re.sub(differs, "", main, flags=re.S)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "", main)


def test_an_item_comes_before_a_text_that_waits_and_looks_like_it(people: Cast) -> None:
    item = make_item(people)
    waiting = make_submission(
        make_task(people), people.wataru, text="窓をあけると、港のほうから汽笛が二度きこえました。"
    ).task
    client = client_for(people.ren)
    reading_at = client.post("/review/next/")["Location"]
    reading = CalibrationReading.objects.get()
    assert reading_at == f"/review/{reading.public_id}/" and reading.item == item
    page = client.get(reading_at).content.decode()
    assert "Rin" not in page and str(item.submission.task.public_id) not in page
    after = client.post(f"{reading_at}verdict/", {"verdict": "accept"})["Location"]
    assert after == f"/review/{waiting.public_id}/"
    client.get(after)  # it tells what was decided, once
    real = client.get(after).content.decode()
    assert shape_of(page) == shape_of(real)
    assert [row.verdict for row in review_recent_for(people.ren)] == ["accept"]
    assert review_queue_for(people.ren).done_today == 1


def test_nothing_comes_of_a_verdict_on_an_item(people: Cast) -> None:
    record = make_record(people, task=make_task(people))
    submission = Submission.objects.get(pk=record.current_submission_id)
    item_set(by=people.minato, submission=submission, verdict="accept", why="It answers.")
    make_submission(make_task(people), people.wataru)

    def kept() -> list[object]:
        return [
            list(Task.objects.filter(pk=record.pk).values()),
            TaskTransition.objects.filter(subject=record).count(),
            Review.objects.count(),
            Earning.objects.count(),
        ]

    before = kept()
    client = client_for(people.rin)
    desk = client.post("/review/next/")["Location"]
    refused = client.post(f"{desk}verdict/", {"verdict": "reject"})
    assert refused.status_code == 400, "an item asks for a reason like any text"
    said = {"verdict": "reject", "reasons": ["instruction_missed"], "comment": "No."}
    assert client.post(f"{desk}verdict/", said).status_code == 302
    assert client.post(f"{desk}verdict/", said).status_code == 409, "it was decided already"
    assert kept() == before
    assert CalibrationReading.objects.get().answer == Answer.REJECT


def test_nobody_gets_an_item_that_they_know_or_one_twice_or_without_a_text_that_waits(people: Cast) -> None:
    make_item(people)
    client = client_for(people.ren)
    assert client.post("/review/next/")["Location"] == "/review/"
    assert reading_next(reviewer=people.rin) is None, "Rin judged it"
    first = reading_next(reviewer=people.ren)
    assert first is not None and reading_next(reviewer=people.ren) == first
    with pytest.raises(IntegrityError), transaction.atomic():
        CalibrationReading.objects.create(item=first.item, reviewer=people.ren)
    CalibrationReading.objects.update(answer=Answer.PASSED, answered_at=first.given_at)
    assert reading_next(reviewer=people.ren) is None
    with pytest.raises(RoleMissing):
        reading_next(reviewer=people.wataru)


def test_a_verdict_on_an_item_is_taken_back_as_any_other(people: Cast, settings: Settings) -> None:
    settings.REVIEW_UNDO_SECONDS = 10
    make_item(people)
    make_submission(make_task(people), people.wataru)
    client = client_for(people.ren)
    desk = client.post("/review/next/")["Location"]
    after = client.post(f"{desk}verdict/", {"verdict": "accept", "comment": "Very good."}, follow=True)
    assert f"{desk}undo/" in after.content.decode()
    assert client.post(f"{desk}undo/")["Location"] == desk
    assert "Very good." in client.get(desk).content.decode() and CalibrationReading.objects.get().answer == ""
    client.post(f"{desk}verdict/", {"verdict": "accept"})
    CalibrationReading.objects.update(due_at=CalibrationReading.objects.get().given_at)
    assert client.post(f"{desk}undo/").status_code == 409


def test_a_reading_is_its_reviewers_alone(people: Cast) -> None:
    make_item(people)
    reading = reading_next(reviewer=people.ren)
    assert reading is not None
    for other in (people.rin, people.minato, people.luna):
        assert client_for(other).get(f"/review/{reading.public_id}/").status_code in (403, 404), other


def test_figures_tell_what_was_let_through_and_what_was_held_to_too_much(people: Cast) -> None:
    said = [("accept", Answer.ACCEPT), ("reject", Answer.ACCEPT), ("accept", Answer.RETURN), ("return", Answer.EDIT)]
    for verdict, answer in said:
        item = make_item(people, verdict)
        CalibrationReading.objects.create(item=item, reviewer=people.ren, answer=answer, answered_at=item.at)
    CalibrationReading.objects.create(item=item, reviewer=people.minato, answer=Answer.PASSED, answered_at=item.at)
    (one,) = calibration_by_reviewer()
    assert (one.name, one.answered, one.right, one.let_through, one.too_strict) == ("Ren", 4, 2, 1, 1)
    page = client_for(people.minato).get("/review/quality/").content.decode()
    assert "15–85%" in page


def test_what_a_reviewer_had_to_answer_cannot_serve_and_managers_alone_choose(people: Cast) -> None:
    flagged = make_submission(make_task(people), people.wataru, untrusted=1)
    task = make_acceptance(flagged, people.rin, answers={"trace:untrusted_events": "Dictated."})
    with pytest.raises(NotForCalibration):
        make_item(people, task=task)
    page = client_for(people.minato).get(f"/ops/records/{task.public_id}/").content.decode()
    assert "right-verdict" not in page
    good = make_acceptance(make_submission(make_task(people), people.wataru), people.rin)
    address = f"/ops/records/{good.public_id}/calibration/"
    said = {"verdict": "accept", "why": "It answers."}
    assert client_for(people.ren).post(address, said).status_code == 403
    assert client_for(people.minato).post(address, said).status_code == 302
    assert CalibrationItem.objects.get().is_active
    assert "right-verdict" in client_for(people.minato).get(f"/ops/records/{good.public_id}/").content.decode()
    client_for(people.minato).post(address, {**said, "answer": "remove"})
    assert reading_next(reviewer=people.ren) is None
