"""Partners whose own forms ask through our API: their keys, what came through them, and how much of it in a day."""

from django.db import models
from django.db.models import Q

from collection.models.participants import Participant
from config.models import PublicId


class PartnerKey(PublicId):
    """A partner's way in. The key itself is shown once; only its hash is kept."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, help_text="The first signs of the key, to tell one from another.")
    key_sha256 = models.CharField(max_length=64, unique=True)
    allowed_origins = models.JSONField(default=list, help_text="Origins whose scripts may call the API with this key.")
    daily_questions = models.PositiveIntegerField(default=200)
    created_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="partner_key_name_once", fields=["name"], condition=Q(revoked_at__isnull=True))
        ]


class PartnerParticipant(models.Model):
    """A participant who consented at a partner's form; only that partner can speak for them."""

    participant = models.OneToOneField(
        Participant, primary_key=True, on_delete=models.PROTECT, related_name="partner_link"
    )
    partner = models.ForeignKey(PartnerKey, on_delete=models.PROTECT, related_name="participants")


class PartnerDay(models.Model):
    """How many questions a partner asked in a day; one conditional statement counts."""

    partner = models.ForeignKey(PartnerKey, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    asked = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="partner_day_once", fields=["partner", "day"])]
