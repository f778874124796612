"""Outputs that people wrote elsewhere and that came in a file: kept as what they are, and never part of `clean_record`."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collection.models import Instruction
from config.models import AppendOnly, PublicId


class OutputBatch(PublicId):
    """A file of outputs: under which licence, from where, and who vouches that people wrote them."""

    name = models.CharField(max_length=200)
    licence = models.CharField(max_length=100)
    source = models.CharField(max_length=500)
    attested_by = models.CharField(max_length=200, help_text=_("Who vouches that people wrote these texts."))
    file_sha256 = models.CharField(max_length=64)
    imported_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "output batches"
        constraints = [
            models.CheckConstraint(
                name="output_batch_is_vouched_for", condition=~Q(licence="") & ~Q(source="") & ~Q(attested_by="")
            )
        ]


class ImportedOutput(PublicId, AppendOnly):
    """One output of a file. It has no task, writer, agreement, trace or review, and nothing makes them up."""

    batch = models.ForeignKey(OutputBatch, on_delete=models.PROTECT, related_name="outputs")
    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="imported_outputs")
    line = models.PositiveIntegerField()
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    character_count = models.PositiveIntegerField()
    findings = models.JSONField(default=list, help_text=_("What looks like personal data in it."))
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(name="imported_output_once", fields=["instruction", "text_sha256"]),
            models.CheckConstraint(name="imported_output_is_not_empty", condition=~Q(text="")),
        ]
