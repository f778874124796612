"""Earning a qualification: the quiz, the trial texts, and the verdicts on them."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.audit import act_note
from config.errors import BadInput, Conflict, NotFound
from config.moves import Actor
from vendors.errors import QualificationStopped, QuizPaused, QuizUnanswered, TrialClosed
from vendors.models import Qualification, QuizAttempt, Role, Trial, User
from vendors.permissions import require_role
from vendors.selectors import JUDGES, Standing, standing_for
from vendors.services.qualifications import holding_begin

TRIAL_MAX_CHARACTERS = 20_000


@transaction.atomic
def quiz_answer(*, user: User, qualification: Qualification, answers: Sequence[Sequence[int]]) -> QuizAttempt:
    """Judge a quiz: `answers` are the chosen indices, question by question. Passed, with no trials to write, it is held.

    Locks the user, so that two sheets sent at once are one try. Raises QualificationStopped, QuizPaused, Conflict for a quiz
    that is passed already, and QuizUnanswered.
    """
    require_role(user, Role.WRITER)
    User.objects.select_for_update().get(pk=user.pk)
    standing = _open_standing(user, qualification)
    if standing.has_passed_quiz:
        raise Conflict()
    if standing.next_try_at is not None:
        raise QuizPaused()
    questions = standing.version.questions
    if len(answers) != len(questions) or not all(answers):
        raise QuizUnanswered()
    chosen = [sorted(set(answer)) for answer in answers]
    right = sum(sorted(question["right"]) == answer for question, answer in zip(questions, chosen, strict=True))
    attempt = QuizAttempt.objects.create(
        user=user,
        version=standing.version,
        answers=chosen,
        right_count=right,
        is_passed=right * 100 >= standing.version.pass_percent * len(questions),
    )
    if attempt.is_passed:
        _settle(user, qualification)
    return attempt


@transaction.atomic
def trial_save(*, user: User, qualification: Qualification, number: int, text: str, is_sent: bool = False) -> Trial:
    """Keep a trial text, and hand it in with `is_sent`. A text that was not accepted is followed by another round.

    Locks the user. Raises QualificationStopped, NotFound for a trial that there is not, TrialClosed while one waits or is
    accepted or before the quiz is passed, and BadInput for an empty or endless text.
    """
    require_role(user, Role.WRITER)
    User.objects.select_for_update().get(pk=user.pk)
    standing = _open_standing(user, qualification)
    line = next((line for line in standing.trials if line.number == number), None)
    if line is None:
        raise NotFound()
    if not standing.has_passed_quiz or line.is_waiting or line.is_accepted:
        raise TrialClosed()
    if len(text) > TRIAL_MAX_CHARACTERS or (is_sent and not text.strip()):
        raise BadInput(_("Write a text of at most %(most)s characters.") % {"most": f"{TRIAL_MAX_CHARACTERS:,}"})
    trial = line.trial
    if trial is None or trial.judged_at is not None:
        trial = Trial(user=user, version=standing.version, number=number, round=trial.round + 1 if trial else 1)
    trial.text = text
    trial.sent_at = timezone.now() if is_sent else None
    trial.save()
    return trial


@transaction.atomic
def trial_judge(*, trial: Trial, by: User, is_accepted: bool, note: str = "") -> Trial:
    """Say whether a trial text is good enough, and why not. Enough good ones give the qualification.

    Locks the trial. Raises Conflict for one that is judged, and BadInput for a refusal without a word to the writer.
    """
    require_role(by, *JUDGES)
    User.objects.select_for_update().get(pk=trial.user_id)
    locked = Trial.objects.select_for_update(of=("self",)).select_related("version__qualification").get(pk=trial.pk)
    if locked.judged_at is not None or locked.sent_at is None:
        raise Conflict()
    if not is_accepted and not note.strip():
        raise BadInput(_("Tell the writer what to change."))
    locked.is_accepted, locked.note = is_accepted, note.strip()[:1000]
    locked.judged_by, locked.judged_at = by, timezone.now()
    locked.save(update_fields=["is_accepted", "note", "judged_by", "judged_at"])
    what = "trial_accepted" if is_accepted else "trial_refused"
    act_note(by=by, act="judged", subject_kind="person", subject_id=locked.user.public_id, what=what)
    _settle(locked.user, locked.version.qualification)
    return locked


def _open_standing(user: User, qualification: Qualification) -> Standing:
    standing = standing_for(user, qualification)
    if standing.is_stopped:
        raise QualificationStopped()
    return standing


def _settle(user: User, qualification: Qualification) -> None:
    """Give the qualification if it is earned now, and nobody took it away."""
    standing = standing_for(user, qualification)
    if standing.is_earned and not standing.is_stopped:
        why = f"earned: version {standing.version.version}"
        holding_begin(qualification=qualification, user=user, by=Actor.system("qualification"), why=why)
