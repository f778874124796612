"""Models whose outputs may be used for training, and what they wrote for a synthetic release: never part of `clean_record`."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collection.models import Instruction, Reference
from config.models import AppendOnly, PublicId

# OpenAI's models, whose terms forbid it: how their names begin, after whatever a registry puts before them, and what tells
# them and those trained on their texts wherever it stands. PostgreSQL and Python read both alike.
OPENAI_NAME = (
    r"(^|[/:@])(gpt-|chatgpt|o[1-9]($|[-:@.])|davinci|babbage|curie|codex|computer-use|dall-e|sora-|whisper-|tts-1"
    r"|omni-moderation|(text|code)-(davinci|curie|babbage|ada|embedding|moderation|search|similarity))"
    r"|openai|chatgpt|(^|[^a-z])gpt-?(oss|[0-9])"
)
OPENAI_HOST = r"(^|\.)(openai\.(com|org)|chatgpt\.com|openai\.azure\.(com|us|cn)|cognitiveservices\.azure\.com)$"


class SyntheticModel(AppendOnly):
    """A model, under which licence and from where, and somebody's word that its outputs may train other models.

    A new word on the same model is a new row; the newest is in force.
    """

    name = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    licence = models.CharField(max_length=100)
    source = models.URLField(max_length=500)
    is_training_allowed = models.BooleanField()
    confirmed_by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(name="synthetic_model_version", fields=["name", "version"]),
            models.CheckConstraint(
                name="synthetic_model_is_vouched_for", condition=~Q(licence="") & ~Q(source="") & ~Q(confirmed_by="")
            ),
            # Plain signs alone, so that no letter only looks like one of those below.
            models.CheckConstraint(
                name="synthetic_model_is_plain", condition=Q(name__regex=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$")
            ),
            models.CheckConstraint(name="synthetic_model_is_not_openai", condition=~Q(name__iregex=OPENAI_NAME)),
        ]

    def __str__(self) -> str:
        return self.name


class SyntheticOutput(PublicId, AppendOnly):
    """That a model wrote an output for an instruction. The text is its reference's, where all model text is."""

    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="synthetic_outputs")
    reference = models.OneToOneField(Reference, on_delete=models.PROTECT, related_name="synthetic_output")
    model = models.ForeignKey(SyntheticModel, on_delete=models.PROTECT, related_name="outputs")
    server_host = models.CharField(max_length=253)
    findings = models.JSONField(default=list, help_text=_("What looks like personal data in it."))
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(name="synthetic_output_once", fields=["instruction", "model"]),
            models.CheckConstraint(
                name="synthetic_output_is_not_openai", condition=~Q(server_host__iregex=OPENAI_HOST)
            ),
        ]


class SyntheticRecord(models.Model):
    """A row of the view `synthetic_record`, the only thing that the role `hitode_synthetic` may read."""

    id = models.UUIDField(primary_key=True)
    instruction = models.TextField()
    input = models.TextField()
    output = models.TextField()
    language = models.CharField(max_length=8)
    category = models.CharField(max_length=40)
    source = models.CharField(max_length=12)
    licence = models.CharField(max_length=100)
    output_sha256 = models.CharField(max_length=64)
    is_demonstration = models.BooleanField()
    model = models.CharField(max_length=100)
    model_licence = models.CharField(max_length=100)
    model_source = models.CharField(max_length=500)
    server_host = models.CharField(max_length=253)
    generated_on = models.CharField(max_length=10)

    class Meta:
        managed = False
        db_table = "synthetic_record"


class CleanInstruction(models.Model):
    """A row of the view `clean_instruction`: an instruction for which the rules of `clean_record` about instructions hold."""

    instruction = models.OneToOneField(
        Instruction, primary_key=True, on_delete=models.DO_NOTHING, related_name="clean_instruction"
    )
    source = models.CharField(max_length=12)
    licence = models.CharField(max_length=100)
    is_demonstration = models.BooleanField()

    class Meta:
        managed = False
        db_table = "clean_instruction"
