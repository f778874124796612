"""Qualifications: how they are earned, given and taken."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from config.access import RoleMissing
from config.errors import BadInput, Conflict, IllegalMove, NotFound
from tests.cast import Cast, cast
from tests.factories.qualifications import QUESTIONS, RIGHT, WRONG, make_qualification
from vendors.errors import QualificationNameTaken, QualificationStopped, QuizPaused, QuizUnanswered, TrialClosed
from vendors.models import Holding, HoldingTransition, Qualification, QualificationVersion, QuizAttempt, Trial
from vendors.selectors import Hands, hands_count, held_ids, standing_for
from vendors.services import (
    hands_set,
    holding_grant,
    holding_revoke,
    holding_suspend,
    qualification_publish,
    quiz_answer,
    trial_judge,
    trial_save,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def written(people: Cast, found: Qualification, number: int) -> Trial:
    return trial_save(user=people.wataru, qualification=found, number=number, text="自分の言葉。", is_sent=True)


def test_a_quiz_that_is_passed_gives_the_qualification(people: Cast) -> None:
    found = make_qualification(people.minato)
    attempt = quiz_answer(user=people.wataru, qualification=found, answers=RIGHT)
    assert (attempt.right_count, attempt.is_passed, attempt.answers) == (2, True, [[0], [0, 2]])
    assert held_ids(people.wataru) == {found.pk}
    log = HoldingTransition.objects.get()
    assert (log.from_status, log.to_status, log.actor_kind, log.why) == ("", "held", "system", "earned: version 1")
    with pytest.raises(Conflict):
        quiz_answer(user=people.wataru, qualification=found, answers=RIGHT)


def test_after_a_try_that_failed_there_is_a_pause(people: Cast) -> None:
    found = make_qualification(people.minato, pause_hours=2)
    assert not quiz_answer(user=people.wataru, qualification=found, answers=WRONG).is_passed
    with pytest.raises(QuizPaused):
        quiz_answer(user=people.wataru, qualification=found, answers=RIGHT)
    assert not held_ids(people.wataru)
    # The table is append-only: that the first try was three hours ago is written past its clock.
    field = QuizAttempt._meta.get_field("at")
    field.auto_now_add = False
    try:
        QuizAttempt.objects.create(
            user=people.wakana,
            version=found.versions.get(),
            answers=WRONG,
            right_count=0,
            is_passed=False,
            at=timezone.now() - timedelta(hours=3),
        )
    finally:
        field.auto_now_add = True
    assert quiz_answer(user=people.wakana, qualification=found, answers=RIGHT).is_passed


@pytest.mark.parametrize("answers", [[], [[0]], [[0], []], [[0], [0], [0]]])
def test_a_sheet_with_a_gap_is_no_try(people: Cast, answers: list[list[int]]) -> None:
    found = make_qualification(people.minato)
    with pytest.raises(QuizUnanswered):
        quiz_answer(user=people.wataru, qualification=found, answers=answers)
    assert not QuizAttempt.objects.exists()


def test_the_pass_mark_is_a_share_of_the_questions(people: Cast) -> None:
    found = make_qualification(people.minato, pass_percent=50)
    assert quiz_answer(user=people.wataru, qualification=found, answers=[[0], [0]]).is_passed


def test_trials_are_judged_and_enough_good_ones_give_the_qualification(people: Cast) -> None:
    found = make_qualification(people.minato, trials=["朝の習慣。", "旅の計画。", "手紙の返事。"], trials_needed=2)
    with pytest.raises(TrialClosed):  # not before the quiz
        written(people, found, 1)
    quiz_answer(user=people.wataru, qualification=found, answers=RIGHT)
    assert not held_ids(people.wataru)
    trial_judge(trial=written(people, found, 1), by=people.ren, is_accepted=True)
    refused = written(people, found, 2)
    with pytest.raises(TrialClosed):  # while it waits
        written(people, found, 2)
    with pytest.raises(BadInput):  # not without a word
        trial_judge(trial=refused, by=people.ren, is_accepted=False, note=" ")
    trial_judge(trial=refused, by=people.ren, is_accepted=False, note="具体的に。")
    assert not held_ids(people.wataru)
    again = written(people, found, 2)
    assert again.round == 2
    trial_judge(trial=again, by=people.minato, is_accepted=True)
    assert held_ids(people.wataru) == {found.pk}
    with pytest.raises(Conflict):
        trial_judge(trial=again, by=people.minato, is_accepted=False, note="やはり。")
    with pytest.raises(NotFound):
        written(people, found, 4)


def test_a_trial_text_can_be_kept_before_it_is_sent_and_stands_after(people: Cast) -> None:
    found = make_qualification(people.minato, questions=[], trials=["朝の習慣。"], trials_needed=1)
    trial_save(user=people.wataru, qualification=found, number=1, text="書き")
    kept = trial_save(user=people.wataru, qualification=found, number=1, text="書きかけ")
    assert (Trial.objects.count(), kept.sent_at) == (1, None)
    with pytest.raises(BadInput):
        trial_save(user=people.wataru, qualification=found, number=1, text=" ", is_sent=True)
    sent = written(people, found, 1)
    assert sent.pk == kept.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Trial.objects.filter(pk=sent.pk).update(judged_by=people.wataru, is_accepted=True, judged_at=timezone.now())
    with pytest.raises(Exception, match="sent_text_stands"), transaction.atomic():
        Trial.objects.filter(pk=sent.pk).update(text="別の文")


def test_an_operator_gives_and_takes_with_a_reason(people: Cast) -> None:
    found = make_qualification(people.minato)
    with pytest.raises(BadInput):
        holding_grant(qualification=found, user=people.wataru, by=people.minato, why=" ")
    holding = holding_grant(qualification=found, user=people.wataru, by=people.minato, why="前の仕事で知る。")
    holding_suspend(holding=holding, by=people.minato, why="手引きを読み直すまで。")
    assert not held_ids(people.wataru)
    with pytest.raises(QualificationStopped):  # it is not theirs to earn back
        quiz_answer(user=people.wataru, qualification=found, answers=RIGHT)
    holding_grant(qualification=found, user=people.wataru, by=people.minato, why="読み直した。")
    assert held_ids(people.wataru) == {found.pk}
    holding_revoke(holding=holding, by=people.aoi, why="写しがあった。")
    with pytest.raises(IllegalMove):
        holding_suspend(holding=holding, by=people.minato, why="もう一度。")
    log = HoldingTransition.objects.order_by("pk").values_list("to_status", "actor_id")
    held, minato, aoi = "held", str(people.minato.pk), str(people.aoi.pk)
    assert list(log) == [(held, minato), ("suspended", minato), (held, minato), ("revoked", aoi)]


@pytest.mark.parametrize("who", ["ren", "fumi", "luna", "wataru"])
def test_only_management_gives_and_takes(people: Cast, who: str) -> None:
    found = make_qualification(people.minato)
    holding = holding_grant(qualification=found, user=people.wakana, by=people.minato, why="よい。")
    by = getattr(people, who)
    with pytest.raises(RoleMissing):
        holding_grant(qualification=found, user=people.wataru, by=by, why="よい。")
    for take in (holding_suspend, holding_revoke):
        with pytest.raises(RoleMissing):
            take(holding=holding, by=by, why="だめ。")
    with pytest.raises(RoleMissing):
        qualification_publish(by=by, qualification=found, questions=QUESTIONS)


def test_a_new_version_asks_again_only_if_it_says_so(people: Cast) -> None:
    found = make_qualification(people.minato)
    quiz_answer(user=people.wataru, qualification=found, answers=RIGHT)
    holding_grant(qualification=found, user=people.wakana, by=people.minato, why="よい。")
    suspended = Holding.objects.get(user=people.wakana)
    holding_suspend(holding=suspended, by=people.minato, why="待つ。")
    qualification_publish(by=people.minato, qualification=found, questions=QUESTIONS)
    assert held_ids(people.wataru) == {found.pk}
    made = qualification_publish(by=people.minato, qualification=found, questions=QUESTIONS[:1], asks_again=True)
    assert made.version == 3
    assert not held_ids(people.wataru)
    quiz_answer(user=people.wataru, qualification=found, answers=[[0]])
    assert held_ids(people.wataru) == {found.pk}
    suspended.refresh_from_db()
    assert suspended.status == "suspended"


def test_versions_never_change_and_ask_something(people: Cast) -> None:
    found = make_qualification(people.minato)
    with pytest.raises(Exception, match="append_only"), transaction.atomic():
        QualificationVersion.objects.update(pass_percent=1)
    with pytest.raises(QualificationNameTaken):
        make_qualification(people.minato)
    broken = [{**QUESTIONS[0], "right": []}]
    for terms in ({}, {"questions": broken}, {"trials": ["書く。"]}, {"questions": QUESTIONS, "trials_needed": 1}):
        with pytest.raises(BadInput):
            qualification_publish(by=people.minato, qualification=found, **terms)


def test_the_hands_for_an_order_are_counted(people: Cast) -> None:
    found = make_qualification(people.minato)
    hands_set(user=people.wataru, languages=["ja", "en"], competences=["law"], by=people.luna)
    hands_set(user=people.wakana, languages=["en"], competences=["law", "languages"], by=people.minato)
    holding_grant(qualification=found, user=people.wataru, by=people.minato, why="よい。")
    counted = hands_count(people.kaede, language="ja", competence="law", qualification=found)
    assert counted == Hands(writers=2, speaking=1, competent=2, qualified=1, fitting=1)
    plain = hands_count(people.kaede, language="en")
    assert plain == Hands(writers=2, speaking=2, competent=2, qualified=2, fitting=2)
    assert hands_count(people.kaede, language="en", competence="language").fitting == 0


def test_a_standing_says_what_was_wrong_by_its_newest_try(people: Cast) -> None:
    found = make_qualification(people.minato, pause_hours=0)
    quiz_answer(user=people.wataru, qualification=found, answers=WRONG)
    newest = quiz_answer(user=people.wataru, qualification=found, answers=[[0], [0]])
    standing = standing_for(people.wataru, found)
    assert standing.attempt == newest
    assert (standing.has_passed_quiz, standing.next_try_at) == (False, None)
