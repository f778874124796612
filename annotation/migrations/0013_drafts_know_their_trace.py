"""Tells the drafts in hand where their trace stands and since when its clock runs."""

from django.db import migrations

FILL = """
WITH last AS (
    SELECT DISTINCT ON (draft_id) draft_id, number, bucket_hash, (counts ->> 'length')::integer AS length
    FROM annotation_tracebucket ORDER BY draft_id, number DESC
)
UPDATE annotation_draft draft
SET is_recorded = last.number IS NOT NULL,
    opened_at = LEAST(own.started_at, task.claimed_at),
    trace_number = COALESCE(last.number, 0),
    trace_hash = COALESCE(
        last.bucket_hash, encode(sha256(convert_to(format('trace %s %s', own.task_id, own.writer_id), 'UTF8')), 'hex')
    ),
    trace_length = COALESCE(last.length, 0)
FROM annotation_draft own
JOIN annotation_task task ON task.id = own.task_id
LEFT JOIN last ON last.draft_id = own.id
WHERE own.id = draft.id
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0012_writing_trace_bound_to_autosaves")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
