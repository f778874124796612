"""Makes the dashboard's summaries: everything the first time, then the last hours anew."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from annotation.models import DayVerdicts, FiguresState, HourFigure, NotClean
from annotation.selectors.counts import counts_kept, counts_make
from annotation.services.not_clean import facts_now, marks_now, not_clean_follow, not_clean_look_again
from annotation.states import TaskStatus
from collection.models import Installation

Outcomes = dict[str, dict[str, int]]

# What is stored late in a transaction that began before is counted by the next time.
COUNTED_AGAIN = timedelta(hours=1)
# When all records must be looked at again, so long in each run: nothing else on the page waits for it.
LOOK_SECONDS = 15.0
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
    (day, vendor_id, writer_id, reviewer_id, guideline_version_id, work_order_id, category, verdict, is_first, count, seconds)
SELECT (r.at AT TIME ZONE 'Asia/Tokyo')::date, t.vendor_id, s.writer_id, r.reviewer_id, o.guideline_version_id, o.id, i.category,
    r.verdict, s.version = 1, count(*), sum(r.seconds)
FROM annotation_review r
JOIN annotation_submission s ON s.id = r.submission_id
JOIN annotation_task t ON t.id = s.task_id
JOIN vendors_workorder o ON o.id = t.work_order_id
JOIN collection_instruction i ON i.id = t.instruction_id
WHERE r.at >= %(day)s::date::timestamp AT TIME ZONE 'Asia/Tokyo' AND (NOT i.is_practice OR %(is_demonstration)s)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
"""
# Each record once for each finding: what an earlier report or trace had found of it is counted already.
_OUTCOMES = """
SELECT 'gate', l.decision, count(DISTINCT l.task_id) FROM annotation_gatereport l
WHERE l.task_id IS NOT NULL AND l.id > %(gate_after)s AND l.id <= %(gate_until)s AND NOT EXISTS (
    SELECT FROM annotation_gatereport earlier
    WHERE earlier.task_id = l.task_id AND earlier.decision = l.decision AND earlier.id <= %(gate_after)s
)
GROUP BY 2
UNION ALL
SELECT 'traces', CASE WHEN l.flags = '[]'::jsonb THEN 'unflagged' ELSE 'flagged' END, count(DISTINCT s.task_id)
FROM annotation_writingtrace l JOIN annotation_submission s ON s.id = l.submission_id
WHERE l.id > %(traces_after)s AND l.id <= %(traces_until)s AND NOT EXISTS (
    SELECT FROM annotation_submission own JOIN annotation_writingtrace earlier ON earlier.submission_id = own.id
    WHERE own.task_id = s.task_id AND (earlier.flags = '[]'::jsonb) = (l.flags = '[]'::jsonb)
        AND earlier.id <= %(traces_after)s
)
GROUP BY 2
"""
_LOGS = {"gate": "annotation_gatereport", "traces": "annotation_writingtrace"}
_NO_END = 2**63 - 1
_JAPAN = timedelta(hours=9)


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
    _throughput_count(since.replace(minute=0, second=0, microsecond=0))
    looked = before.looked if before else {}
    known: dict[str, int] = looked.get("marks", {})
    marks, facts = marks_now(known), facts_now()
    settled = _added(looked.get("settled", {}), _outcomes(known, marks))
    counts = counts_make()
    again = looked.get("again") if facts == looked.get("facts") else 0
    if again != 0:
        not_clean_follow(known)
    if again is not None:
        again = not_clean_look_again(again, seconds=LOOK_SECONDS if looked else math.inf)
    state, _made = FiguresState.objects.update_or_create(
        pk=1,
        defaults={
            "made_at": now,
            "outcomes": _added(settled, _outcomes(marks)),
            "counts": counts_kept(counts),
            "clean_count": max(0, counts.tasks.get(TaskStatus.ACCEPTED, 0) - NotClean.objects.count()),
            "clean_at": now,
            "looked": {"marks": marks, "facts": facts, "settled": settled, "again": again},
        },
    )
    return state


def _throughput_count(since: datetime) -> None:
    """Count anew what happened in each hour from `since` on, a whole hour, and on each day from that day on."""
    day = (since + _JAPAN).date()
    HourFigure.objects.filter(hour__gte=since).delete()
    DayVerdicts.objects.filter(day__gte=day).delete()
    # Practice is all there is in a demonstration, and nothing anywhere else, as in the ninth clean rule.
    is_demonstration = Installation.objects.filter(is_demonstration=True).exists()
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, {"since": since, "is_demonstration": is_demonstration})
        cursor.execute(_DAYS, {"day": day, "is_demonstration": is_demonstration})


def _outcomes(after: Mapping[str, int], until: Mapping[str, int] | None = None) -> Outcomes:
    """What was found between two marks of records that it had not been found of up to the first; without a second up to now."""
    span = {f"{kind}_after": after.get(log, 0) for kind, log in _LOGS.items()}
    span |= {f"{kind}_until": until.get(log, 0) if until is not None else _NO_END for kind, log in _LOGS.items()}
    found: Outcomes = {kind: {} for kind in _LOGS}
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, span)
        for kind, code, count in cursor.fetchall():
            found[kind][code] = count
    return found


def _added(some: Mapping[str, Mapping[str, int]], more: Outcomes) -> Outcomes:
    return {
        kind: {
            code: some.get(kind, {}).get(code, 0) + more[kind].get(code, 0)
            for code in {*some.get(kind, {}), *more[kind]}
        }
        for kind in _LOGS
    }
