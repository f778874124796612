"""A reviewer's edit: what it makes, what refuses it, who judges it, and what of the record says so."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction

from annotation.errors import (
    EditChangesNothing,
    GateBlocked,
    NotAttested,
    ReferenceSeen,
    ReviewStarted,
    TextEmpty,
    TextTooLong,
)
from annotation.models import CleanRecord, CleanRule, GateReport, OutputCheck, Review, Submission, Task
from annotation.selectors.review import open_questions, review_queue_for
from annotation.services.clearance import clearance_run
from annotation.services.editing import review_edit
from annotation.services.reviews import (
    QuestionsOpen,
    ReviewNotHeld,
    question_answer,
    review_accept,
    review_claim,
    review_return,
)
from annotation.services.showings import references_show
from annotation.services.submissions import submission_recall
from annotation.states import TaskStatus
from config.access import RoleMissing
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import (
    make_acceptance,
    make_moderation,
    make_reason,
    make_review_held,
    make_submission,
    make_task,
    make_text,
)
from vendors.models import Earning, User

REFERENCE = (
    "秋の京都では、まず早朝の東福寺を訪れ、通天橋から谷を埋める紅葉を眺めるのがよいでしょう。"
    "昼は錦市場で旬の味覚を少しずつ試し、午後は哲学の道を南へ歩いて永観堂まで足を延ばします。"
)


@pytest.fixture
def people(db: None) -> Cast:
    make_reason("instruction_missed")
    return cast()


def on_the_desk(people: Cast, *, text: str = "", policy: str = "hidden", **counts: int) -> Task:
    """A text with Ren, whose instruction has a reference."""
    instruction = make_instruction()
    make_reference(instruction, text=REFERENCE)
    task = make_task(people, instruction=instruction, reference_policy=policy)
    return make_review_held(make_submission(task, people.wataru, text=text, **counts), people.ren)


def text_of(task: Task) -> str:
    assert task.current_submission is not None
    return task.current_submission.text


def corrected(task: Task) -> str:
    return text_of(task).replace("鴨の数をかぞえながら", "鴨の数をゆっくりかぞえながら")


def edit(task: Task, by: User, text: str = "", **also: object) -> Submission:
    asked = {"text": text or corrected(task), "is_attested": True, **also}
    return review_edit(reviewer=by, task=task, **asked)  # type: ignore[arg-type]


def test_an_edit_is_a_new_version_of_the_writers_text_that_waits_for_another_reviewer(people: Cast) -> None:
    task = on_the_desk(people)
    own = task.current_submission
    assert own is not None
    submission = edit(task, people.ren, note="一語を補いました。")
    task.refresh_from_db()
    assert (task.status, task.reviewer_id, task.current_submission) == (TaskStatus.SUBMITTED, None, submission)
    assert (submission.version, submission.origin, submission.edited_by, submission.edited_from) == (
        2, Submission.Origin.REVIEWER, people.ren, own,
    )  # fmt: skip
    assert (submission.writer, submission.signature, submission.started_at) == (
        own.writer,
        own.signature,
        own.started_at,
    )
    report = GateReport.objects.get(submission=submission)
    assert (report.occasion, report.decision) == ("edit", "pass")
    assert OutputCheck.objects.get(submission=submission).check_id == "personal_data"
    assert not submission.trace.is_complete  # nobody recorded it, and nothing pretends so
    assert submission.trace.totals["inserted"] == 4
    assert task.transitions.latest("id").why == "edited: 一語を補いました。"
    assert review_claim(reviewer=people.ren) is None
    assert review_queue_for(people.ren).waiting_count == 0
    assert review_queue_for(people.rin).waiting_count == 1


def test_another_reviewers_acceptance_makes_it_clean_and_pays_the_writer_from_the_day_it_was_sent(people: Cast) -> None:
    task = on_the_desk(people)
    own = task.current_submission
    assert own is not None
    submission = edit(task, people.ren)
    make_moderation(submission)
    make_acceptance(submission, people.rin)
    clearance_run()
    record = CleanRecord.objects.get(pk=task.public_id)
    assert record.output == submission.text != own.text
    earning = Earning.objects.get()
    assert (earning.writer, earning.received_at) == (people.wataru, own.at)


def test_nobody_judges_their_own_edit(people: Cast) -> None:
    task = on_the_desk(people)
    submission = edit(task, people.ren)
    with pytest.raises(ReviewNotHeld):
        review_accept(reviewer=people.ren, task=task)
    make_moderation(submission, outcome="fail")
    with pytest.raises(QuestionsOpen):
        question_answer(reviewer=people.ren, submission=submission, key="check:moderation", why="無害です。")
    with pytest.raises(DatabaseError, match="another person than who wrote or edited it"), transaction.atomic():
        Review.objects.create(
            submission=submission, reviewer=people.ren, verdict="accept", text_sha256=submission.text_sha256
        )


def test_an_edit_of_an_edit_goes_back_to_the_writers_version(people: Cast) -> None:
    task = on_the_desk(people)
    own = task.current_submission
    edit(task, people.ren)
    task = make_review_held(Submission.objects.latest("id"), people.rin)
    second = edit(task, people.rin, text_of(task) + "おわり。")
    assert (second.version, second.edited_from, second.edited_by) == (3, own, people.rin)
    assert second.trace.totals["inserted"] == 8  # of both edits
    third = review_claim(reviewer=people.ren)  # who edited an earlier version, not this one
    assert third is not None and third.current_submission == second


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda text: text, EditChangesNothing),
        (lambda text: f"  {text}\r\n", EditChangesNothing),
        (lambda text: " ", TextEmpty),
        (lambda text: text * 100, TextTooLong),
        (lambda text: text + REFERENCE, GateBlocked),
        (lambda text: REFERENCE[:60] + text, GateBlocked),
    ],
)
def test_a_refused_edit_leaves_the_text_on_the_desk(
    people: Cast, change: Callable[[str], str], error: type[Exception]
) -> None:
    task = on_the_desk(people)
    with pytest.raises(error):
        edit(task, people.ren, change(text_of(task)))
    assert Submission.objects.count() == 1
    assert Task.objects.get(pk=task.pk).status == TaskStatus.IN_REVIEW


def test_a_blocked_edit_is_kept_as_a_report_and_marked_in_the_editors_own_text(people: Cast) -> None:
    task = on_the_desk(people)
    sent = "\n\n" + text_of(task) + REFERENCE
    with pytest.raises(GateBlocked) as refused:
        edit(task, people.ren, sent)
    report = GateReport.objects.get(occasion="edit")
    assert (report.task, report.submission, report.decision) == (task, None, "block")
    passage = max(refused.value.details["passages"], key=lambda one: one["end"] - one["start"])
    assert set(passage) == {"start", "end"}
    assert sent[passage["start"] : passage["end"]] in REFERENCE


def test_a_text_close_to_a_reference_waits_for_a_word_from_who_judges_the_edit(people: Cast) -> None:
    task = on_the_desk(people)
    submission = edit(task, people.ren, text_of(task) + "早朝の東福寺を訪れ、通天橋から谷を埋める雲を見ました。")
    assert [question.key for question in open_questions(submission)] == ["gate:close"]


def test_without_the_editors_word_nothing_is_edited(people: Cast) -> None:
    task = on_the_desk(people)
    with pytest.raises(NotAttested):
        edit(task, people.ren, is_attested=False)


def test_only_who_holds_the_text_edits_it(people: Cast) -> None:
    task = on_the_desk(people)
    for other, error in ((people.rin, ReviewNotHeld), (people.fumi, RoleMissing), (people.luna, RoleMissing)):
        with pytest.raises(error):
            edit(task, other, text_of(task) + REFERENCE)
    assert not GateReport.objects.filter(occasion="edit").exists()  # nobody learns what the gate says of a text


def test_an_accepted_text_is_not_edited_by_anybody(people: Cast) -> None:
    task = on_the_desk(people)
    review_accept(reviewer=people.ren, task=task)
    task.refresh_from_db()
    with pytest.raises(ReviewNotHeld):
        edit(task, people.ren, text_of(task) + REFERENCE)
    values = {field.name: getattr(task.current_submission, field.name) for field in Submission._meta.fields}
    for name in ("id", "public_id", "at"):
        values.pop(name)
    values |= {"version": 2, "origin": "reviewer", "edited_by": people.ren, "edited_from": task.current_submission}
    with pytest.raises(DatabaseError, match="on the desk of who edits it"), transaction.atomic():
        Submission.objects.create(**values)


@pytest.mark.parametrize(("policy", "may"), [("hidden", False), ("after_first_draft", True), ("visible", True)])
def test_who_has_opened_the_reference_edits_only_where_the_order_shows_it(people: Cast, policy: str, may: bool) -> None:
    task = on_the_desk(people, policy=policy)
    references_show(reviewer=people.ren, task=task, place="desk")
    if may:
        make_moderation(edit(task, people.ren))
        make_acceptance(Submission.objects.latest("id"), people.rin)
        assert CleanRule.objects.get(task=task).is_written_by_hand
        return
    with pytest.raises(ReferenceSeen):
        edit(task, people.ren)
    own = task.current_submission
    assert own is not None
    values = {"task": task, "writer": own.writer, "signature": own.signature, "text_sha256": "0" * 64}
    values |= {"version": 2, "origin": "reviewer", "edited_by": people.ren, "edited_from": own, "text": "別の文。"}
    with pytest.raises(DatabaseError, match="who has seen the reference"), transaction.atomic():
        Submission.objects.create(**values, character_count=4, is_attested=True, started_at=own.started_at)


def test_a_large_edit_needs_a_reason_and_so_does_the_writers_flag(people: Cast) -> None:
    task = on_the_desk(people, untrusted=1)
    submission = edit(
        task,
        people.ren,
        text_of(task)
        + "駅前の古い喫茶店では、いつも同じ席に座る人がいて、その人の読む新聞の向きまで覚えてしまいました。",
    )
    make_moderation(submission)
    keys = [question.key for question in open_questions(submission)]
    assert keys == ["trace:untrusted_events", "trace:edit_large"]
    held = make_review_held(submission, people.rin)
    with pytest.raises(QuestionsOpen):
        review_accept(reviewer=people.rin, task=held, answers={"trace:edit_large": "依頼者の指摘どおりです。"})
    review_accept(reviewer=people.rin, task=held, answers=dict.fromkeys(keys, "確かめました。"))
    assert CleanRule.objects.get(task=task).is_written_by_hand


def test_the_writer_cannot_call_an_edited_text_back_but_gets_it_back_when_it_is_returned(people: Cast) -> None:
    task = on_the_desk(people)
    submission = edit(task, people.ren)
    with pytest.raises(ReviewStarted):
        submission_recall(writer=people.wataru, task=task)
    held = make_review_held(submission, people.rin)
    review_return(
        reviewer=people.rin, task=held, reasons=["instruction_missed"], comment="もとの言い方に戻してください。"
    )
    again = make_submission(Task.objects.get(pk=task.pk), people.wataru, text=make_text())
    assert (again.version, again.origin, again.edited_by, again.edited_from) == (3, "editor", None, None)
