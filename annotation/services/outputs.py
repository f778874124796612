"""The automatic checks of an output: personal data at once, moderation when the provider has been asked."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from annotation.models import OutputCheck, Submission, Task
from annotation.states import ReviewRank
from collection.gateway import ProviderError, text_moderate
from collection.screening import personal_data
from vendors.models import WorkOrder

PERSONAL_DATA = "personal_data"
MODERATION = "moderation"
MODERATION_VERSION = 1
UNAVAILABLE = [{"error": "unavailable"}]

# A job queued on commit is normally done long before; a provider that was away is asked again after a while.
PATIENCE = timedelta(seconds=10)
RETRY_AFTER = timedelta(minutes=10)
ASKED_FOR = timedelta(days=7)
SWEEP_SIZE = 200
FAILURES_IN_A_ROW = 3


def personal_data_check(*, submission: Submission) -> OutputCheck:
    """Look for personal data; whatever is found is for a reviewer to judge."""
    return OutputCheck.objects.create(
        submission=submission, check_id=PERSONAL_DATA, **personal_data_fields(submission.text)
    )


def personal_data_fields(text: str) -> dict[str, Any]:
    """Return what a check for personal data found in a text, as the fields of its row."""
    found = personal_data.find(text)
    return {
        "check_version": personal_data.VERSION,
        "outcome": OutputCheck.Outcome.HOLD if found else OutputCheck.Outcome.PASS,
        "findings": [asdict(finding) for finding in found],
    }


def output_moderate(*, submission_id: int) -> OutputCheck | None:
    """Ask the provider about a submission that has no answer yet; None when there is nothing to ask or to add.

    What could not be asked is held, never passed. Safe to run twice, and beside itself. Asks over the network.
    """
    submission = Submission.objects.filter(_unasked(), pk=submission_id).first()
    if submission is None:
        return None
    try:
        answer = text_moderate(submission.text)
    except ProviderError:
        return _moderation_write(submission, OutputCheck.Outcome.HOLD, UNAVAILABLE)
    if answer.flagged:
        found = [{"category": category} for category in answer.categories]
        return _moderation_write(submission, OutputCheck.Outcome.FAIL, found)
    return _moderation_write(submission, OutputCheck.Outcome.PASS, [])


def outputs_moderate_waiting(*, newest: int | None = None) -> int:
    """Ask about what was never asked, and again where nobody had answered; returns how many got an answer.

    With `newest`, looks at so many of the latest texts alone, which costs the same however many there are, and at what was
    never asked. Begins with the latest: jobs that are late go through the oldest, and would do the same beside it.
    """
    now = timezone.now()
    waiting = Submission.objects.filter(at__lt=now - PATIENCE, at__gt=now - ASKED_FOR)
    tried = OutputCheck.objects.filter(submission=OuterRef("pk"), check_id=MODERATION)
    if newest is None:
        waiting = waiting.filter(_unasked(), ~Exists(tried.filter(at__gt=now - RETRY_AFTER)))
    else:
        latest = Submission.objects.order_by("-pk").values("pk")[:newest]
        waiting = waiting.filter(~Exists(tried), pk__in=latest)
    answered = failures = 0
    for pk in list(waiting.order_by("-pk").values_list("pk", flat=True)[:SWEEP_SIZE]):
        check = output_moderate(submission_id=pk)
        if check is not None and check.findings == UNAVAILABLE:
            failures += 1
            if failures == FAILURES_IN_A_ROW:
                break
        else:
            answered, failures = answered + 1, 0
    return answered


def _unasked() -> Q:
    """Submissions without any answer: nothing written yet, or only that nobody answered."""
    answers = OutputCheck.objects.filter(submission=OuterRef("pk"), check_id=MODERATION).exclude(findings=UNAVAILABLE)
    return ~Q(Exists(answers))


@transaction.atomic
def _moderation_write(submission: Submission, outcome: str, findings: list[dict[str, str]]) -> OutputCheck | None:
    """Write what was found. Who comes after another's answer, or a reviewer's, adds only that the text failed."""
    Task.objects.select_for_update().get(pk=submission.task_id)  # as a verdict does
    if outcome != OutputCheck.Outcome.FAIL and not Submission.objects.filter(_unasked(), pk=submission.pk).exists():
        return None
    if outcome != OutputCheck.Outcome.PASS:
        by_risk = Task.objects.filter(current_submission=submission, work_order__review_rule=WorkOrder.ReviewRule.RISK)
        by_risk.update(review_rank=ReviewRank.FIRST)
    return OutputCheck.objects.create(
        submission=submission,
        check_id=MODERATION,
        check_version=MODERATION_VERSION,
        outcome=outcome,
        findings=findings,
    )
