"""Participants, the terms they were shown, and what they agreed to."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.models import AppendOnly, PublicId


class Participant(PublicId):
    """A visitor who consented: a random id and nothing that names a person."""

    recovery_hash = models.CharField(max_length=128, blank=True)
    language = models.CharField(max_length=8, default="ja")
    created_at = models.DateTimeField(auto_now_add=True)
    barred_at = models.DateTimeField(null=True, blank=True)


class Terms(models.Model):
    """A version of the terms in both languages. Once published it never changes."""

    version = models.PositiveIntegerField(unique=True)
    body_ja = models.TextField()
    body_en = models.TextField()
    sha256_ja = models.CharField(max_length=64)
    sha256_en = models.CharField(max_length=64)
    allows_release = models.BooleanField(
        default=True, help_text=_("These terms allow instructions to be released as training data.")
    )
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-version"]
        verbose_name_plural = "terms"
        triggers = [
            pgtrigger.Protect(
                name="published_is_final",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            )
        ]


class Consent(AppendOnly):
    """One decision of a participant about one version of the terms; the newest row holds."""

    class Kind(models.TextChoices):
        GIVEN = "given", _("given")
        WITHDRAWN = "withdrawn", _("withdrawn")

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="consents")
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    language = models.CharField(max_length=8)
    text_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(fields=["participant", "-at"], name="consent_newest")]
