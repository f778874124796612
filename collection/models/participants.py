"""Participants, the terms they were shown, and what they agreed to."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.models import AppendOnly, PublicId


class Participant(PublicId):
    """A visitor who consented: a random id and nothing that names a person."""

    recovery_hash = models.CharField(max_length=128, blank=True)
    recovery_made_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=8, default="ja")
    created_at = models.DateTimeField(auto_now_add=True)
    barred_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-barred_at"], name="participant_barred", condition=~models.Q(barred_at=None))]
        constraints = [
            models.UniqueConstraint(
                name="participant_by_recovery", fields=["recovery_hash"], condition=~models.Q(recovery_hash="")
            )
        ]


class BarDecision(AppendOnly):
    """That no more questions are taken from a participant, or again; the newest holds, and `barred_at` says it shortly."""

    class Kind(models.TextChoices):
        BARRED = "barred", _("barred from asking")
        READMITTED = "readmitted", _("let in again")

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="bar_decisions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    why = models.CharField(max_length=500)
    decided_by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [models.CheckConstraint(name="bar_has_a_reason", condition=~models.Q(why=""))]


class Terms(models.Model):
    """A version of the terms in both languages. Until it is published it is a draft; afterwards it never changes."""

    version = models.PositiveIntegerField(unique=True)
    body_ja = models.TextField()
    body_en = models.TextField()
    sha256_ja = models.CharField(max_length=64)
    sha256_en = models.CharField(max_length=64)
    allows_release = models.BooleanField(
        default=True, help_text=_("These terms allow instructions to be released as training data.")
    )
    changes_ja = models.TextField(blank=True)
    changes_en = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-version"]
        verbose_name_plural = "terms"
        constraints = [
            models.UniqueConstraint(
                name="terms_one_draft",
                fields=["published_at"],
                condition=models.Q(published_at__isnull=True),
                nulls_distinct=False,
            )
        ]
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
