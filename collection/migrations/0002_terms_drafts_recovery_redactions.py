"""Lets terms be drafted, participants come back with a code, and passages of an instruction be destroyed."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collection", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Redaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("check_id", models.CharField(blank=True, max_length=40)),
                ("field", models.CharField(max_length=12)),
                ("start", models.PositiveIntegerField()),
                (
                    "places",
                    models.PositiveSmallIntegerField(
                        help_text="How often it stood in the instruction, input and answers."
                    ),
                ),
                ("actor_id", models.CharField(max_length=64)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "instruction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redactions",
                        to="collection.instruction",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="instruction",
            name="checks_run",
            field=models.JSONField(blank=True, default=dict, help_text="The screening checks that ran, by version."),
        ),
        migrations.AddField(
            model_name="participant",
            name="recovery_made_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="terms",
            name="changes_en",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="terms",
            name="changes_ja",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="terms",
            name="published_by",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recovery_hash", ""), _negated=True),
                fields=("recovery_hash",),
                name="participant_by_recovery",
            ),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.UniqueConstraint(
                condition=models.Q(("published_at__isnull", True)),
                fields=("published_at",),
                name="terms_one_draft",
                nulls_distinct=False,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="redaction",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="50b72368b58b3df7be7991c374318c942a32aa37",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_c9b4d",
                    table="collection_redaction",
                    when="BEFORE",
                ),
            ),
        ),
    ]
