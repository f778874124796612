"""The index by which screening finds instructions that ask nearly the same."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0003_default_review_reasons"),
        ("collection", "0002_terms_drafts_recovery_redactions"),
    ]

    operations = [
        migrations.CreateModel(
            name="InstructionHash",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "hash", "instruction", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("hash", models.BigIntegerField()),
                (
                    "instruction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="collection.instruction"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "instruction hashes",
            },
        ),
    ]
