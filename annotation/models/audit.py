"""The audit: who saw, changed, exported or unmasked what. One chain of hashes over the rows that say so."""

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config.models import AppendOnly, append_only
from vendors.models import User


class AuditAct(models.TextChoices):
    SAW = "saw", _("saw")
    CHANGED = "changed", pgettext_lazy("an act", "changed")
    JUDGED = "judged", _("judged")
    EXPORTED = "exported", _("exported")
    UNMASKED = "unmasked", _("unmasked")
    AGREED = "agreed", _("agreed or signed")


class AuditNote(AppendOnly):
    """An act that no other table keeps, such as a file taken out. `details` holds no text that may have to be erased."""

    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=10, choices=AuditAct.choices)
    subject_kind = models.CharField(max_length=20, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    why = models.CharField(max_length=500, blank=True)
    details = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)


class AuditEntry(AppendOnly):
    """A link of the chain: that a row of an append-only table existed, what it said in short, and its content's digest.

    `source` and `source_id` name the row, which alone keeps the fact; `digest` is the SHA-256 of its columns. `entry_hash`
    covers everything here and the entry before. Positions are dense, from 1; a job writes them, in batches.
    """

    position = models.BigIntegerField(primary_key=True)
    source = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    at = models.DateTimeField()
    act = models.CharField(max_length=10, choices=AuditAct.choices)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.CharField(max_length=200, blank=True)
    subject_kind = models.CharField(max_length=20, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    digest = models.BinaryField(max_length=32)
    previous_hash = models.BinaryField(max_length=32)
    entry_hash = models.BinaryField(max_length=32)

    class Meta(AppendOnly.Meta):
        constraints = [models.UniqueConstraint(name="audit_entry_once", fields=["source", "source_id"])]
        indexes = [
            models.Index(name="audit_by_actor", fields=["actor_id", "-position"]),
            models.Index(name="audit_by_subject", fields=["subject_id", "-position"]),
            models.Index(name="audit_by_act", fields=["act", "-position"]),
            BrinIndex(name="audit_by_time", fields=["at"], autosummarize=True),
        ]
        triggers = [
            append_only(),
            pgtrigger.Trigger(
                name="follows_the_last",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last", "record")],
                func=pgtrigger.Func(
                    """
                    -- Planned each time: a plan from when the table was empty would read all of it, as long as a connection lives.
                    EXECUTE 'SELECT position, entry_hash FROM annotation_auditentry ORDER BY position DESC LIMIT 1' INTO last;
                    IF NEW.position <> COALESCE(last.position, 0) + 1
                        OR NEW.previous_hash <> COALESCE(last.entry_hash, decode(repeat('00', 32), 'hex')) THEN
                        RAISE EXCEPTION 'entry % of the audit does not follow the last', NEW.position
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
        ]

    @property
    def short_hash(self) -> str:
        """The first digits of its hash, as people compare them."""
        return bytes(self.entry_hash)[:4].hex()
