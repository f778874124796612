"""The one table that holds text a model wrote. Nothing here ever reaches a release."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collection.models.instructions import Instruction
from collection.states import REFERENCE_MOVES, ReferenceStatus
from config.models import PublicId, Transition, legal_moves


class ReferenceQuerySet(models.QuerySet["Reference"]):
    def answers(self) -> "ReferenceQuerySet":
        """Those that answered somebody, or came with their instruction. One generated for a synthetic release did neither:
        the gate compares with it, and whoever may read the answer to an instruction does not read that.
        """
        return self.exclude(provider=Reference.Provider.SYNTHETIC)


class Reference(PublicId):
    """A model's answer to an instruction: internal, and the clean room's yardstick.

    `position` numbers the stored texts in the order in which they were committed, so that "all references
    up to a watermark" has one meaning. Costs are micro-dollars.
    """

    class Provider(models.TextChoices):
        OPENAI = "openai", "OpenAI"
        COMPATIBLE = "compatible", _("compatible server")
        PRACTICE = "practice", _("practice provider")
        IMPORT = "import", _("import")
        SYNTHETIC = "synthetic", _("generated for a synthetic release")

    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="references")
    status = models.CharField(max_length=12, choices=ReferenceStatus.choices, default=ReferenceStatus.PENDING)
    provider = models.CharField(max_length=12, choices=Provider.choices)
    model = models.CharField(max_length=100)
    text = models.TextField(blank=True)
    text_sha256 = models.CharField(max_length=64, blank=True)
    position = models.BigIntegerField(null=True, blank=True, unique=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    process = models.IntegerField(
        null=True, blank=True, help_text="Who streams it, by its number of `config/presence.py`."
    )
    finish_reason = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    provider_request_id = models.CharField(max_length=200, blank=True)
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost_microusd = models.BigIntegerField(default=0)
    is_usage_estimated = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    first_token_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reference_text_is_positioned",
                condition=Q(text="") | Q(position__isnull=False),
                violation_error_message=_("A stored model text needs its position."),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "created_at"], name="reference_by_status"),
            models.Index(fields=["id"], name="reference_erased", condition=Q(text="", position__isnull=False)),
        ]
        triggers = [legal_moves(REFERENCE_MOVES)]


class ReferenceTransition(Transition):
    subject = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="transitions")
