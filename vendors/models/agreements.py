"""Versioned documents: agreements that writers sign and guidelines that orders are pinned to."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.models import AppendOnly, PublicId
from vendors.models.people import User

FINAL_ONCE_PUBLISHED = pgtrigger.Protect(
    name="published_is_final",
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Q(old__published_at__isnull=False),
)


class Agreement(PublicId):
    """A version of the writers' agreement. The newest published version is in force."""

    version = models.PositiveIntegerField(unique=True)
    body_ja = models.TextField()
    body_en = models.TextField()
    sha256_ja = models.CharField(max_length=64)
    sha256_en = models.CharField(max_length=64)
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-version"]
        triggers = [FINAL_ONCE_PUBLISHED]


class Signature(PublicId, AppendOnly):
    """Who signed which text of the agreement, when and from where."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="signatures")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    language = models.CharField(max_length=8)
    text_sha256 = models.CharField(max_length=64)
    name_as_signed = models.CharField(_("your name, as a signature"), max_length=150)
    address = models.GenericIPAddressField(null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [models.UniqueConstraint(name="signature_once", fields=["user", "agreement"])]


class SignatureRevocation(AppendOnly):
    """Ends a signature: nothing that its signer starts from then on is clean."""

    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="revocation")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=500)
    at = models.DateTimeField(auto_now_add=True)


class Guideline(PublicId):
    """A writing guideline under one name; its text lives in versions."""

    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class GuidelineVersion(PublicId):
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    body_ja = models.TextField()
    body_en = models.TextField()
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["guideline", "-version"]
        constraints = [models.UniqueConstraint(name="guideline_version_once", fields=["guideline", "version"])]
        triggers = [FINAL_ONCE_PUBLISHED]

    def __str__(self) -> str:
        return f"{self.guideline} {self.version}"
