"""The shapes of tasks, texts, reviews, imports and releases as the API gives and takes them. None has a model's words."""

from typing import Any

from rest_framework import serializers

from annotation.models import InstructionSkip, Release, Review, Task
from annotation.states import ReleaseStatus, TaskStatus
from collection.models import ImportBatch

MOST_BUCKETS = 720
MOST_LINES = 1000


class Text(serializers.CharField):
    """A text as it stands, blanks and all; an empty one too."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **facts)


class OrderRef(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="public_id")
    min_characters = serializers.IntegerField()
    max_characters = serializers.IntegerField()
    reference_policy = serializers.CharField()


class TaskShape(serializers.ModelSerializer[Task]):
    id = serializers.UUIDField(source="public_id")
    status = serializers.ChoiceField(TaskStatus.choices)
    instruction = serializers.CharField(source="instruction.instruction")
    input = serializers.CharField(source="instruction.input")
    category = serializers.CharField(source="instruction.category")
    is_practice = serializers.BooleanField(source="instruction.is_practice")
    order = OrderRef(source="work_order")
    lease_ends_at = serializers.DateTimeField(source="lease_expires_at", allow_null=True)

    class Meta:
        model = Task
        fields = (
            "id", "status", "instruction", "input", "language", "category", "is_practice", "order", "rework_round",
            "claimed_at", "lease_ends_at",
        )  # fmt: skip


class DraftShape(serializers.Serializer[Any]):
    text = Text()
    revision = serializers.IntegerField()
    saved_at = serializers.DateTimeField(allow_null=True)


class PlaceSaid(serializers.Serializer[Any]):
    """A comment at a place; `start` and `end` count code points of the text."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    comment = serializers.CharField()


class ReviewSaid(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(Review.Verdict.choices)
    reasons = serializers.ListField(child=serializers.CharField())
    comment = serializers.CharField()
    places = PlaceSaid(many=True)
    at = serializers.DateTimeField()


class OwnTask(serializers.Serializer[Any]):
    task = TaskShape()
    draft = DraftShape(allow_null=True)
    reviews = ReviewSaid(many=True)


class Claimed(serializers.Serializer[Any]):
    task = TaskShape(allow_null=True, help_text="The task in hand now, or null if there is none to take up.")
    reason = serializers.CharField(
        help_text="Why there is none: barred, no_agreement, unsigned, no_order, language, held, seen or done; or empty."
    )
    next_lease_ends_at = serializers.DateTimeField(allow_null=True)


class Traced(serializers.Serializer[Any]):
    """What says how a text came to be. A text without it is asked about in review."""

    buckets = serializers.ListField(
        child=serializers.DictField(),
        max_length=MOST_BUCKETS,
        default=list,
        help_text="The writing trace since the last save.",
    )
    link = Text(default="", help_text="The hash that the buckets go on from.")


class DraftSent(Traced):
    text = Text()
    base_revision = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, help_text="The revision that the text was made from."
    )


class TextSent(DraftSent):
    is_attested = serializers.BooleanField(help_text="The writer wrote the text themselves, without generative AI.")
    claims_next = serializers.BooleanField(default=False)


class TracePlace(serializers.Serializer[Any]):
    is_recorded = serializers.BooleanField()
    next_bucket = serializers.IntegerField()
    link = serializers.CharField()
    length = serializers.IntegerField()
    elapsed_ms = serializers.IntegerField()


class DraftSaved(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    saved_at = serializers.DateTimeField(allow_null=True)
    lease_ends_at = serializers.DateTimeField(allow_null=True)
    trace = TracePlace()


class SubmissionShape(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="public_id")
    version = serializers.IntegerField()
    characters = serializers.IntegerField(source="character_count")
    at = serializers.DateTimeField()


class Sent(serializers.Serializer[Any]):
    submission = SubmissionShape()
    next = TaskShape(allow_null=True)


class Lease(serializers.Serializer[Any]):
    lease_ends_at = serializers.DateTimeField(allow_null=True)


class Skip(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(InstructionSkip.Reason.choices)
    note = serializers.CharField(max_length=300, allow_blank=True, default="")


class QueueFigures(serializers.Serializer[Any]):
    waiting = serializers.IntegerField(source="waiting_count")
    held = serializers.IntegerField(source="held_count")
    oldest_at = serializers.DateTimeField(allow_null=True)
    done_today = serializers.IntegerField()


class Passage(serializers.Serializer[Any]):
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class QuestionShape(serializers.Serializer[Any]):
    key = serializers.CharField()
    kind = serializers.CharField()
    code = serializers.CharField()


class ReasonShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    label_ja = serializers.CharField()
    label_en = serializers.CharField()


class ReviewedText(SubmissionShape):
    text = serializers.CharField()


class Desk(serializers.Serializer[Any]):
    """A text to judge. `passages` are those of the text that stand close to a model's, in code points."""

    task = TaskShape()
    submission = ReviewedText()
    passages = Passage(many=True)
    questions = QuestionShape(many=True)
    reasons = ReasonShape(many=True)
    rework_left = serializers.IntegerField()
    held_until = serializers.DateTimeField(allow_null=True)


class MaybeDesk(serializers.Serializer[Any]):
    review = Desk(allow_null=True)


class PlaceSent(serializers.Serializer[Any]):
    passage = serializers.CharField(max_length=2000, trim_whitespace=False)
    at = serializers.IntegerField(min_value=0, max_value=10**7)
    comment = serializers.CharField(max_length=500)


class VerdictSent(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(Review.Verdict.choices)
    reasons = serializers.ListField(child=serializers.CharField(max_length=40), max_length=40, default=list)
    comment = serializers.CharField(max_length=4000, allow_blank=True, default="")
    answers = serializers.DictField(
        child=serializers.CharField(max_length=500),
        default=dict,
        help_text="Why each open question does not count, by its key.",
    )
    places = serializers.ListField(child=PlaceSent(), max_length=50, default=list)
    seconds = serializers.IntegerField(min_value=0, max_value=86_400, default=0)


class VerdictGiven(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(Review.Verdict.choices)
    undo_until = serializers.DateTimeField(allow_null=True, help_text="Until then the desk can take it back.")


class Why(serializers.Serializer[Any]):
    why = serializers.CharField(max_length=500, allow_blank=True, default="")


class ReferenceSent(serializers.Serializer[Any]):
    model = serializers.CharField(max_length=100)
    text = serializers.CharField(max_length=100_000, trim_whitespace=False)


class LineSent(serializers.Serializer[Any]):
    instruction = serializers.CharField(max_length=20_000, trim_whitespace=False)
    input = Text(max_length=20_000, default="")
    language = serializers.ChoiceField(["ja", "en"], required=False)
    category = serializers.CharField(max_length=40, required=False)
    reference = ReferenceSent(required=False)


class ImportSent(serializers.Serializer[Any]):
    licence = serializers.CharField(max_length=100, help_text="The licence that allows their use, such as CC-BY-4.0.")
    source = serializers.CharField(max_length=500, allow_blank=True, default="")  # type: ignore[assignment]
    name = serializers.CharField(max_length=200)
    lines = serializers.ListField(child=LineSent(), max_length=MOST_LINES, min_length=1)


class RefusedLine(serializers.Serializer[Any]):
    line = serializers.IntegerField(source="number")
    reason = serializers.CharField()


class StatusCounts(serializers.DictField):
    def get_attribute(self, batch: ImportBatch) -> dict[str, int]:
        counts: dict[str, int] = self.context["statuses"].get(batch.pk, {})
        return counts


class ImportShape(serializers.ModelSerializer[ImportBatch]):
    """`statuses` counts the instructions by what screening made of them so far. Needs them, by key, in its context."""

    id = serializers.UUIDField(source="public_id")
    statuses = StatusCounts(child=serializers.IntegerField())

    class Meta:
        model = ImportBatch
        fields = (
            "id",
            "name",
            "licence",
            "source",
            "imported_count",
            "refused_count",
            "created_at",
            "revoked_at",
            "statuses",
        )


class Imported(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True, help_text="Null if no line could be taken.")
    read = serializers.IntegerField()
    imported = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    references = serializers.IntegerField()
    refused = RefusedLine(many=True)


class ReleaseShape(serializers.ModelSerializer[Release]):
    id = serializers.UUIDField(source="public_id")
    status = serializers.ChoiceField(ReleaseStatus.choices)

    class Meta:
        model = Release
        fields = (
            "id", "name", "status", "record_count", "is_demonstration", "data_sha256", "created_at", "built_at", "published_at",
        )  # fmt: skip
