"""Enters the references that were stored before there was a log of commitments."""

import hashlib
import secrets

from django.db import migrations

BATCH = 2000


def references_enter(apps, schema_editor):
    """In the order in which they were stored; what was erased since has nothing to commit to but still needs its place."""
    reference_model = apps.get_model("collection", "Reference")
    commitment_model = apps.get_model("annotation", "Commitment")
    salt_model = apps.get_model("annotation", "CommitmentSalt")
    entered = commitment_model.objects.values("reference")
    stored = reference_model.objects.filter(position__isnull=False).exclude(pk__in=entered).order_by("position")
    rows = list(stored.values_list("pk", flat=True))
    for at in range(0, len(rows), BATCH):
        texts = dict(reference_model.objects.filter(pk__in=rows[at : at + BATCH]).values_list("pk", "text"))
        for pk in rows[at : at + BATCH]:
            salt = secrets.token_bytes(32)
            value = hashlib.sha256(salt + texts[pk].encode()).digest()
            entry = commitment_model.objects.create(position=0, reference_id=pk, value=value)
            if texts[pk]:
                salt_model.objects.create(commitment=entry, value=salt)


class Migration(migrations.Migration):
    dependencies = [("annotation", "0010_commitments")]

    operations = [migrations.RunPython(references_enter, migrations.RunPython.noop)]
