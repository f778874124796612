"""Adds the writer's word on recording, and ties the server's copies of a draft to its trace; a copy can lose its text alone."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0011_commit_to_references"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TraceChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_recorded", models.BooleanField()),
                ("notice_version", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="draftrevision",
            name="kept_as_saved",
        ),
        migrations.RemoveField(
            model_name="draft",
            name="active_seconds",
        ),
        migrations.AddField(
            model_name="draft",
            name="opened_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="draft",
            name="is_recorded",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="draft",
            name="trace_hash",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="draft",
            name="trace_length",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="draft",
            name="trace_number",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="draftrevision",
            name="bucket_number",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="draftrevision",
            name="length",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="draftrevision",
            name="text",
            field=models.TextField(blank=True),
        ),
        migrations.AddIndex(
            model_name="draftrevision",
            index=models.Index(
                condition=models.Q(("text", ""), _negated=True), fields=["at"], name="draft_revision_purge"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="draftrevision",
            trigger=pgtrigger.compiler.Trigger(
                name="kept_as_saved",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF NEW.text <> '' OR to_jsonb(NEW) - 'text' <> to_jsonb(OLD) - 'text' THEN\n                        RAISE EXCEPTION 'the copy % of a draft can lose its text and nothing else', OLD.id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                    ",
                    hash="42d9d12f51375989160c70be125b1b99cf81605a",
                    operation="UPDATE",
                    pgid="pgtrigger_kept_as_saved_4ddac",
                    table="annotation_draftrevision",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="tracechoice",
            name="writer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="trace_choices", to=settings.AUTH_USER_MODEL
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tracechoice",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="46ef1a00a549dd8486d0583519620833800dff3b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_32131",
                    table="annotation_tracechoice",
                    when="BEFORE",
                ),
            ),
        ),
    ]
