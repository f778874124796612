"""Adds who says of what category an instruction is, and the decisions that bar participants and let them in again."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collection", "0004_reference_erased"),
    ]

    operations = [
        migrations.CreateModel(
            name="BarDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("barred", "barred from asking"), ("readmitted", "let in again")], max_length=10
                    ),
                ),
                ("why", models.CharField(max_length=500)),
                ("decided_by", models.CharField(max_length=200)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="instruction",
            name="category_by",
            field=models.CharField(
                blank=True,
                choices=[("rule", "by rule"), ("operator", "by hand"), ("file", "by its file")],
                help_text="Who says that it is of this category.",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(
                condition=models.Q(("barred_at", None), _negated=True), fields=["-barred_at"], name="participant_barred"
            ),
        ),
        migrations.AddField(
            model_name="bardecision",
            name="participant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="bar_decisions", to="collection.participant"
            ),
        ),
        migrations.AddConstraint(
            model_name="bardecision",
            constraint=models.CheckConstraint(condition=models.Q(("why", ""), _negated=True), name="bar_has_a_reason"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bardecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c8f53ac81b6c1e2fa34a29b2801716d7ac8d6a67",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_6dee4",
                    table="collection_bardecision",
                    when="BEFORE",
                ),
            ),
        ),
    ]
