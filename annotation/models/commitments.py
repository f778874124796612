"""The log of commitments to references: what is in it can be proved later, and cannot be changed or left out."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collection.models import Reference
from config.models import AppendOnly, append_only

# Any fixed number that nothing else in this database locks: the end of the log, held to the end of a transaction.
LOG_LOCK = 0x4C4F47


class Commitment(AppendOnly):
    """A leaf of the log: SHA-256 of a secret salt and a reference's text. Positions are dense, from 0, in order of commits."""

    position = models.BigIntegerField(unique=True)
    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="commitments")
    value = models.BinaryField(max_length=32)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        triggers = [
            append_only(),
            pgtrigger.Trigger(
                name="next_position",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=pgtrigger.Func(
                    f"""
                    PERFORM pg_advisory_xact_lock({LOG_LOCK});
                    -- Planned each time: a plan from when the table was empty would read all of it, as long as a connection lives.
                    EXECUTE 'SELECT COALESCE(max(position) + 1, 0) FROM annotation_commitment' INTO NEW.position;
                    IF length(NEW.value) <> 32 THEN
                        RAISE EXCEPTION 'a commitment is 32 bytes' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
        ]


class CommitmentSalt(models.Model):
    """The salt that opens a commitment. It is destroyed with the text it was drawn for, and never before."""

    commitment = models.OneToOneField(Commitment, primary_key=True, on_delete=models.PROTECT, related_name="salt")
    value = models.BinaryField(max_length=32)

    class Meta:
        triggers = [
            pgtrigger.Protect(name="drawn_once", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="kept_while_the_text_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=pgtrigger.Func(
                    """
                    IF EXISTS (
                        SELECT 1 FROM annotation_commitment c
                        JOIN collection_reference r ON r.id = c.reference_id
                        WHERE c.id = OLD.commitment_id AND c.value = sha256(OLD.value || convert_to(r.text, 'UTF8'))
                    ) THEN
                        RAISE EXCEPTION 'commitment % still opens to the text that is stored', OLD.commitment_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN OLD;
                    """
                ),
            ),
        ]


class Checkpoint(AppendOnly):
    """The log at one size: its Merkle root, and the frontier from which it grows on."""

    size = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    frontier = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [models.CheckConstraint(name="checkpoint_is_of_something", condition=Q(size__gt=0))]


class CommitmentAudit(AppendOnly):
    """Which commitments were opened to an auditor, and by which seed they were drawn."""

    auditor = models.CharField(max_length=200, help_text=_("Who asked for them, in their own words."))
    seed = models.CharField(max_length=200)
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    positions = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)
