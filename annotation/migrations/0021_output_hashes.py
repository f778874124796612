"""The index by which the desk finds accepted outputs that a text nearly repeats."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0020_rules_readings_examples"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutputHash",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "hash", "submission", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("hash", models.BigIntegerField()),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="annotation.submission"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "output hashes",
            },
        ),
    ]
