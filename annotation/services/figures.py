"""Makes the dashboard's summaries: everything the first time, then the last hours anew."""

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from annotation.models import DayVerdicts, FiguresState, HourFigure
from annotation.selectors.counts import counts_kept, counts_make
from annotation.selectors.operations import clean_count
from collection.models import Installation

# What is stored late in a transaction that began before is counted by the next time.
COUNTED_AGAIN = timedelta(hours=1)
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

_ONLY_FROM = " ".join(
    f"AND (step.to_status <> '{to}' OR step.from_status = '{before}')" for to, before in HourFigure.ONLY_FROM.items()
)
_HOURS = f"""
INSERT INTO annotation_hourfigure (hour, event, vendor_id, category, count)
SELECT date_trunc('hour', i.created_at, 'UTC'), 'collected', NULL::bigint, i.category, count(*)
FROM collection_instruction i
WHERE i.created_at >= %(since)s AND (NOT i.is_practice OR %(is_demonstration)s)
GROUP BY 1, 4
UNION ALL
SELECT date_trunc('hour', step.at, 'UTC'), step.to_status, t.vendor_id, i.category, count(*)
FROM annotation_tasktransition step
JOIN annotation_task t ON t.id = step.subject_id
JOIN collection_instruction i ON i.id = t.instruction_id
WHERE step.at >= %(since)s AND (NOT i.is_practice OR %(is_demonstration)s)
    AND step.to_status IN ('submitted', 'accepted', 'returned', 'rejected') {_ONLY_FROM}
GROUP BY 1, 2, 3, 4
"""
_DAYS = """
INSERT INTO annotation_dayverdicts
    (day, vendor_id, writer_id, reviewer_id, guideline_version_id, category, verdict, is_first, count, seconds)
SELECT (r.at AT TIME ZONE 'Asia/Tokyo')::date, t.vendor_id, s.writer_id, r.reviewer_id, o.guideline_version_id, i.category,
    r.verdict, s.version = 1, count(*), sum(r.seconds)
FROM annotation_review r
JOIN annotation_submission s ON s.id = r.submission_id
JOIN annotation_task t ON t.id = s.task_id
JOIN vendors_workorder o ON o.id = t.work_order_id
JOIN collection_instruction i ON i.id = t.instruction_id
WHERE r.at >= %(day)s::date::timestamp AT TIME ZONE 'Asia/Tokyo' AND (NOT i.is_practice OR %(is_demonstration)s)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
_OUTCOMES = """
SELECT 'gate', decision, count(DISTINCT task_id) FROM annotation_gatereport WHERE task_id IS NOT NULL GROUP BY 2
UNION ALL
SELECT 'traces', CASE WHEN flags = '[]'::jsonb THEN 'unflagged' ELSE 'flagged' END, count(DISTINCT s.task_id)
FROM annotation_writingtrace w JOIN annotation_submission s ON s.id = w.submission_id GROUP BY 2
"""
_JAPAN = timedelta(hours=9)
# Every rule of every record is asked for it, which takes a second or two at 52,000: every other run counts it.
CLEAN_STANDS = timedelta(seconds=40)


@transaction.atomic
def figures_refresh(*, everything: bool = False) -> FiguresState | None:
    """Bring the summaries up to now; `everything` counts all the past again. None while another process does it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('figures', 0))")
        if not cursor.fetchone()[0]:
            return None
        now = timezone.now()
        before = None if everything else FiguresState.objects.first()
        since = before.made_at - COUNTED_AGAIN if before else BEGINNING
        since = since.replace(minute=0, second=0, microsecond=0)
        day = (since + _JAPAN).date()
        HourFigure.objects.filter(hour__gte=since).delete()
        DayVerdicts.objects.filter(day__gte=day).delete()
        # Practice is all there is in a demonstration, and nothing anywhere else, as in the ninth clean rule.
        is_demonstration = Installation.objects.filter(is_demonstration=True).exists()
        cursor.execute(_HOURS, {"since": since, "is_demonstration": is_demonstration})
        cursor.execute(_DAYS, {"day": day, "is_demonstration": is_demonstration})
        cursor.execute(_OUTCOMES)
        outcomes: dict[str, dict[str, int]] = {"gate": {}, "traces": {}}
        for kind, code, count in cursor.fetchall():
            outcomes[kind][code] = count
    counts = counts_make()
    defaults: dict[str, object] = {"made_at": now, "outcomes": outcomes, "counts": counts_kept(counts)}
    if before is None or before.clean_at is None or now - before.clean_at > CLEAN_STANDS:
        defaults |= {"clean_count": clean_count(), "clean_at": now}
    state, _made = FiguresState.objects.update_or_create(pk=1, defaults=defaults)
    return state
