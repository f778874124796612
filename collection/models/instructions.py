"""Instructions, where they came from, and what screening found in them."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collection.models.participants import Consent, Participant
from collection.states import INSTRUCTION_MOVES, InstructionStatus
from collection.texts import CATEGORY_LABELS, LANGUAGE_LABELS
from config.models import AppendOnly, PublicId, Transition, legal_moves
from config.text_search import Pairs


class ImportBatch(PublicId):
    """Instructions that came as a file, and the licence that allows their use."""

    name = models.CharField(max_length=200)
    licence = models.CharField(max_length=100)
    source = models.CharField(max_length=500, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    imported_by = models.CharField(max_length=200, blank=True)
    imported_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    is_practice = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "import batches"
        constraints = [models.CheckConstraint(name="import_has_licence", condition=~Q(licence=""))]


class Instruction(PublicId):
    """What a participant asked, or an import brought: `instruction` and an optional `input`."""

    class CategoryBy(models.TextChoices):
        RULE = "rule", _("by rule")
        OPERATOR = "operator", _("by hand")
        FILE = "file", _("by its file")

    participant = models.ForeignKey(
        Participant, null=True, blank=True, on_delete=models.PROTECT, related_name="instructions"
    )
    consent = models.ForeignKey(Consent, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    import_batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="instructions"
    )
    status = models.CharField(max_length=12, choices=InstructionStatus.choices, default=InstructionStatus.RECEIVED)
    instruction = models.TextField()
    input = models.TextField(blank=True)
    language = models.CharField(max_length=8, default="ja")
    category = models.CharField(max_length=40, blank=True)
    category_by = models.CharField(
        max_length=10, choices=CategoryBy.choices, blank=True, help_text=_("Who says that it is of this category.")
    )
    text_sha256 = models.CharField(max_length=64)
    duplicate_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="duplicates"
    )
    family = models.UUIDField(
        null=True,
        blank=True,
        help_text=_("Public id of the earliest instruction that asks nearly the same; empty for the earliest itself."),
    )
    is_practice = models.BooleanField(
        default=False, help_text=_("Made with the practice provider or by the demonstration.")
    )
    checks_run = models.JSONField(default=dict, blank=True, help_text=_("The screening checks that ran, by version."))
    created_at = models.DateTimeField(auto_now_add=True)
    screened_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="instruction_has_one_origin",
                condition=Q(participant__isnull=False, consent__isnull=False, import_batch__isnull=True)
                | Q(participant__isnull=True, consent__isnull=True, import_batch__isnull=False),
            ),
            models.CheckConstraint(
                name="instruction_withdrawn_is_empty",
                condition=~Q(status="withdrawn") | Q(instruction="", input="", withdrawn_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "id"], name="instruction_by_status"),
            models.Index(fields=["text_sha256"], name="instruction_by_hash"),
            models.Index(fields=["-created_at"], name="instruction_newest"),
            GinIndex(
                Pairs("instruction", "input"), name="instruction_pairs", fastupdate=True, gin_pending_list_limit=16384
            ),
        ]
        triggers = [legal_moves(INSTRUCTION_MOVES)]

    @property
    def language_label(self) -> Promise | str:
        return LANGUAGE_LABELS.get(self.language, self.language)

    @property
    def category_label(self) -> Promise | str:
        """In words; a category that only its file knows keeps its own name."""
        return CATEGORY_LABELS.get(self.category, self.category)


class InstructionTransition(Transition):
    subject = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="transitions")


class ScreeningFinding(AppendOnly):
    """What one screening check found in one instruction; offsets count characters of the field."""

    class Severity(models.TextChoices):
        NOTE = "note", _("note")
        HOLD = "hold", _("hold")
        REJECT = "reject", _("reject")

    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="findings")
    check_id = models.CharField(max_length=40)
    check_version = models.PositiveSmallIntegerField(default=1)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    field = models.CharField(max_length=12, blank=True)
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)


class Redaction(AppendOnly):
    """That a passage of an instruction was destroyed, where and by whom; never what it said."""

    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="redactions")
    check_id = models.CharField(max_length=40, blank=True)
    field = models.CharField(max_length=12)
    start = models.PositiveIntegerField()
    places = models.PositiveSmallIntegerField(help_text=_("How often it stood in the instruction, input and answers."))
    actor_id = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)
