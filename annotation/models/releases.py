"""Releases, and the two views that say what is clean."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models.tasks import Task
from annotation.states import RELEASE_MOVES, ReleaseStatus
from config.models import PublicId, Transition, legal_moves


class Release(PublicId):
    """A numbered dataset version, as a build left it in a folder."""

    name = models.CharField(max_length=80, unique=True)
    status = models.CharField(max_length=12, choices=ReleaseStatus.choices, default=ReleaseStatus.DRAFT)
    is_demonstration = models.BooleanField(default=False)
    record_count = models.PositiveIntegerField(default=0)
    data_sha256 = models.CharField(max_length=64, blank=True)
    manifest = models.JSONField(default=dict)
    folder = models.CharField(max_length=1000, blank=True, help_text=_("Where the build left it."))
    files = models.JSONField(
        default=list, help_text=_("What was in the folder when it was published: path, bytes, sha256.")
    )
    created_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    built_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        triggers = [legal_moves(RELEASE_MOVES)]

    def __str__(self) -> str:
        return self.name


class ReleaseTransition(Transition):
    subject = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="transitions")


class RecordSalt(models.Model):
    """32 random bytes of an accepted task: its record's leaf in a release is hashed with them.

    They are drawn at acceptance and destroyed at revocation, so that nobody can try texts against the leaf of a record that
    was taken back. The database does both: see the triggers of Task.
    """

    task = models.OneToOneField(Task, primary_key=True, on_delete=models.PROTECT, related_name="record_salt")
    value = models.BinaryField(max_length=32)

    class Meta:
        triggers = [pgtrigger.Protect(name="drawn_once", operation=pgtrigger.Update)]


class CleanRule(models.Model):
    """A row of the view `clean_rule`: for a delivered task, which of the clean rules hold."""

    task = models.OneToOneField(Task, primary_key=True, on_delete=models.DO_NOTHING, related_name="clean_rule")
    is_consented = models.BooleanField(_("consent or licence"))
    is_screened = models.BooleanField(_("instruction screened"))
    is_signed = models.BooleanField(_("writer under agreement"))
    is_written_by_hand = models.BooleanField(_("written by hand"))
    is_accepted = models.BooleanField(_("accepted by another person"))
    is_gated = models.BooleanField(_("compared with every reference"))
    is_checked = models.BooleanField(_("no personal data, moderation passed"))
    is_unrevoked = models.BooleanField(_("nothing withdrawn, revoked or cancelled"))
    is_allowed_here = models.BooleanField(_("not practice text outside a demonstration"))

    class Meta:
        managed = False
        db_table = "clean_rule"

    @property
    def is_clean(self) -> bool:
        return all(getattr(self, field.name) for field in self._meta.fields if field.name.startswith("is_"))


class CleanRecord(models.Model):
    """A row of the view `clean_record`, the only thing that the role `hitode_export` may read."""

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
    salt = models.BinaryField()
    writer = models.BigIntegerField()
    editor = models.BigIntegerField(null=True)
    reviewer = models.BigIntegerField()
    written_on = models.CharField(max_length=10)
    active_seconds = models.PositiveIntegerField()
    trace = models.CharField(max_length=20)
    engine = models.CharField(max_length=40)
    settings = models.PositiveIntegerField()
    watermark = models.BigIntegerField()
    decision = models.CharField(max_length=8)
    reference_policy = models.CharField(max_length=20)
    is_reference_shown = models.BooleanField()
    terms = models.PositiveIntegerField(null=True)
    agreement = models.PositiveIntegerField()
    guideline = models.PositiveIntegerField()

    class Meta:
        managed = False
        db_table = "clean_record"
