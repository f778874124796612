"""Taking a reader's thumb on an answer."""

from django.db import transaction

from collection.errors import TextRefused
from collection.models import AnswerFeedback, Instruction, Reference
from collection.selectors import feedback_newest
from collection.states import ReferenceStatus
from config.errors import NotFound


@transaction.atomic
def feedback_give(*, instruction: Instruction, verdict: str, reason: str = "") -> AnswerFeedback:
    """Add a row for the newest answer to the participant's own instruction; saying the same again adds nothing.

    Raises `NotFound` where there is no answer to judge, and `TextRefused` for a reason that does not fit the verdict.
    """
    if verdict not in AnswerFeedback.Verdict.values or (reason and reason not in AnswerFeedback.REASONS[verdict]):
        raise TextRefused(field="reason" if verdict in AnswerFeedback.Verdict.values else "verdict")
    judged = (
        Reference.objects.answers()
        .filter(instruction=instruction)
        .exclude(status__in=[ReferenceStatus.PENDING, ReferenceStatus.STREAMING, ReferenceStatus.FAILED])
    )
    reference = judged.exclude(text="").order_by("-pk").first()
    if reference is None:
        raise NotFound()
    newest = feedback_newest(reference)
    if newest is not None and (newest.verdict, newest.reason) == (verdict, reason):
        return newest
    return AnswerFeedback.objects.create(reference=reference, verdict=verdict, reason=reason)
