"""The clean room's tables: fingerprints of references, reports about texts, clearances."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.imports import ImportedOutput, OutputBatch
from annotation.models.writing import Submission
from collection.models import Instruction, Reference
from config.models import AppendOnly, PublicId
from vendors.models import User


class GateSettings(AppendOnly):
    """A version of the gate's thresholds; the newest row is in force."""

    version = models.PositiveIntegerField(unique=True)
    engine_version = models.CharField(max_length=40)
    thresholds = models.JSONField()
    why = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        verbose_name_plural = "gate settings"


class StopGrams(AppendOnly):
    """A version of the list of 8-grams that too many instructions' references share to mean anything.

    The newest is in force; the settings have a new version with it. `digest` is the list's own version, `grams` its bytes.
    """

    version = models.PositiveIntegerField(unique=True)
    digest = models.CharField(max_length=16)
    grams = models.BinaryField()
    instruction_count = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        verbose_name_plural = "stop-grams"


class ReferenceHash(models.Model):
    """The gate's index: a fingerprint and a reference that has it. The key covers the lookup by hash.

    Of what a segment holds there is nothing here. Without a foreign key in the database: it would look a reference up
    for each of its 150 rows, and no reference is ever deleted.
    """

    pk = models.CompositePrimaryKey("hash", "reference")
    hash = models.BigIntegerField()
    reference = models.ForeignKey(
        Reference, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        verbose_name_plural = "reference hashes"


class ReferenceFingerprint(models.Model):
    """That a reference is in the index, by which fingerprints and with how many hashes; written with its text."""

    reference = models.OneToOneField(Reference, on_delete=models.CASCADE, related_name="fingerprint")
    fingerprint_version = models.CharField(max_length=40)
    hash_count = models.PositiveIntegerField()


class IndexSegment(models.Model):
    """The part of the index that is a folder of files: every reference up to `position`. The newest row is in force."""

    name = models.CharField(max_length=60, unique=True)
    position = models.BigIntegerField()
    reference_count = models.PositiveBigIntegerField()
    row_count = models.PositiveBigIntegerField()
    at = models.DateTimeField(auto_now_add=True)


class InstructionHash(models.Model):
    """The index by which screening finds instructions that ask nearly the same; a withdrawn one leaves it."""

    pk = models.CompositePrimaryKey("hash", "instruction")
    hash = models.BigIntegerField()
    instruction = models.ForeignKey(Instruction, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "instruction hashes"


class OutputHash(models.Model):
    """The index by which the desk finds accepted outputs that a text nearly repeats."""

    pk = models.CompositePrimaryKey("hash", "submission")
    hash = models.BigIntegerField()
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "output hashes"


class GateReport(PublicId, AppendOnly):
    """How one text compared with every reference up to `watermark`, the highest position then known."""

    class Occasion(models.TextChoices):
        SUBMIT = "submit", _("at submission")
        EDIT = "edit", _("at a reviewer's edit")
        CLEARANCE = "clearance", _("at clearance")
        IMPORT = "import", _("at import")

    class Decision(models.TextChoices):
        PASS = "pass", _("passed")
        REVIEW = "review", _("to be judged")
        BLOCK = "block", _("blocked")

    task = models.ForeignKey(
        "annotation.Task", null=True, blank=True, on_delete=models.PROTECT, related_name="gate_reports"
    )
    output_batch = models.ForeignKey(
        OutputBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="gate_reports"
    )
    imported_output = models.ForeignKey(
        ImportedOutput, null=True, blank=True, on_delete=models.PROTECT, related_name="gate_reports"
    )
    submission = models.ForeignKey(
        Submission, null=True, blank=True, on_delete=models.PROTECT, related_name="gate_reports"
    )
    occasion = models.CharField(max_length=10, choices=Occasion.choices)
    decision = models.CharField(max_length=8, choices=Decision.choices)
    engine_version = models.CharField(max_length=40)
    settings_version = models.PositiveIntegerField()
    watermark = models.BigIntegerField()
    text_sha256 = models.CharField(max_length=64)
    scores = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)
    reasons_sha256 = models.CharField(max_length=64, help_text=_("Equal for two reports with the same reasons."))
    passages = models.JSONField(default=list)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                name="gate_report_names_submission",
                condition=Q(submission__isnull=False) | Q(imported_output__isnull=False) | Q(decision="block"),
            ),
            models.CheckConstraint(
                name="gate_report_of_a_task_or_a_file",
                condition=Q(task__isnull=False, output_batch__isnull=True, imported_output__isnull=True)
                | Q(task__isnull=True, submission__isnull=True, output_batch__isnull=False, occasion="import"),
            ),
        ]
        indexes = [models.Index(fields=["submission", "-id"], name="gate_report_newest")]


class GateAdjudication(AppendOnly):
    """A reviewer's word on a report that sent a text to judgement; it holds for later reports with equal reasons."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="adjudications")
    report = models.OneToOneField(GateReport, on_delete=models.PROTECT, related_name="adjudication")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=500)
    at = models.DateTimeField(auto_now_add=True)


class Clearance(PublicId):
    """One run of the check of every accepted text against all references up to `watermark`."""

    engine_version = models.CharField(max_length=40)
    settings_version = models.PositiveIntegerField()
    watermark = models.BigIntegerField()
    checked_count = models.PositiveIntegerField(default=0)
    blocked_count = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-id"], name="clearance_newest", condition=Q(finished_at__isnull=False))]
