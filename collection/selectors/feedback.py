"""What readers thought of the answers."""

from collection.models import AnswerFeedback, Instruction, Reference


def feedback_newest(reference: Reference) -> AnswerFeedback | None:
    """The row that holds, if the reader ever said anything."""
    return reference.feedback.order_by("-pk").first()


def feedback_counts(instruction: Instruction) -> dict[str, int]:
    """How many thumbs point up and down over the answers to an instruction; the newest of each answer counts."""
    newest = AnswerFeedback.objects.filter(reference__instruction=instruction).order_by("reference_id", "-pk")
    verdicts = list(newest.distinct("reference_id").values_list("verdict", flat=True))
    return {verdict: verdicts.count(verdict) for verdict in ("up", "down")}
