"""How an order or a vendor stands: what was written, accepted at once, returned and why, how fast, by when, for how much."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import get_language

from annotation.models import GateReport, ReviewReason, Submission, Task
from annotation.states import TaskStatus
from vendors.models import Earning, WorkOrder
from vendors.selectors import JAPAN

DAYS = 28
PACE_DAYS = 14  # the pace is that of so many days
WEEKS = 8

# A week of Japan, as the date of its Monday; the columns are named as the fields of `Week`.
_WEEK = "date_trunc('week', {} AT TIME ZONE 'Asia/Tokyo')::date"
BY_WEEK = f"""
    WITH verdicts AS (
        SELECT {_WEEK.format("t.decided_at")} AS week, count(*) AS decided,
            count(*) FILTER (WHERE t.status = 'accepted' AND t.rework_round = 0) AS at_once
        FROM annotation_task t
        WHERE t.work_order_id = ANY(%(orders)s) AND t.decided_at >= %(since)s
            AND (t.status IN ('accepted', 'rejected') OR t.rework_round > 0)
        GROUP BY 1
    ), gate AS (
        SELECT {_WEEK.format("g.at")} AS week, count(*) AS gated, count(*) FILTER (WHERE g.decision <> 'pass') AS close
        FROM annotation_gatereport g JOIN annotation_task t ON t.id = g.task_id
        WHERE t.work_order_id = ANY(%(orders)s) AND g.occasion = 'submit' AND g.at >= %(since)s
        GROUP BY 1
    ), inspected AS (
        SELECT {_WEEK.format("r.at")} AS week, round((extract(epoch FROM percentile_cont(0.5)
            WITHIN GROUP (ORDER BY r.at - COALESCE(own.at, s.at))) / 3600)::numeric, 1)::float AS hours
        FROM annotation_review r
        JOIN annotation_submission s ON s.id = r.submission_id
        LEFT JOIN annotation_submission own ON own.id = s.edited_from_id
        JOIN annotation_task t ON t.id = s.task_id
        WHERE t.work_order_id = ANY(%(orders)s) AND r.at >= %(since)s
        GROUP BY 1
    ), cost AS (
        SELECT week, sum(net)::bigint AS paid, count(*) AS outputs, sum(characters)::bigint AS characters
        FROM (
            SELECT min({_WEEK.format("e.received_at")}) AS week, sum(e.amount) AS net, max(s.character_count) AS characters
            FROM vendors_earning e JOIN annotation_submission s ON s.public_id = e.submission_id
            WHERE e.work_order_id = ANY(%(orders)s) AND e.received_at >= %(since)s
            GROUP BY e.submission_id HAVING sum(e.amount) > 0
        ) lines GROUP BY week
    )
    SELECT week AS starts_on, COALESCE(decided, 0) AS decided, COALESCE(at_once, 0) AS at_once,
        COALESCE(gated, 0) AS gated, COALESCE(close, 0) AS close, hours AS inspection_hours,
        COALESCE(paid, 0) AS paid, COALESCE(outputs, 0) AS outputs, COALESCE(characters, 0) AS characters
    FROM verdicts FULL JOIN gate USING (week) FULL JOIN inspected USING (week) FULL JOIN cost USING (week)
"""
WRITTEN = (TaskStatus.SUBMITTED, TaskStatus.IN_REVIEW, TaskStatus.ACCEPTED, TaskStatus.RETURNED, TaskStatus.REJECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How good and how dear: rates in percent and money in integer yen before tax, None where there is nothing yet.

    `outputs` and `characters` are what is paid for, with what a lot or a date passed before anybody accepted it.
    """

    decided: int = 0
    at_once: int = 0
    gated: int = 0
    close: int = 0
    paid: int = 0
    outputs: int = 0
    characters: int = 0

    @property
    def at_once_percent(self) -> int | None:
        return 100 * self.at_once // self.decided if self.decided else None

    @property
    def close_percent(self) -> int | None:
        return 100 * self.close // self.gated if self.gated else None

    @property
    def cost_each(self) -> int | None:
        return self.paid // self.outputs if self.outputs else None

    @property
    def cost_100_characters(self) -> int | None:
        return 100 * self.paid // self.characters if self.characters else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Week(Rates):
    """One week's share of the rates: by the day of the verdict, of the gate's word, and of receipt for what is paid."""

    starts_on: date
    inspection_hours: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Rates):
    """Counts of outputs, by day and by week, and their rates in all."""

    ordered: int
    written: int
    accepted: int
    returned: Mapping[str, int]
    by_day: Mapping[date, tuple[int, int]]
    by_week: Sequence[Week]
    inspection: timedelta | None
    due_on: date | None
    finished_on: date | None

    @property
    def left(self) -> int:
        return max(0, self.ordered - self.written)

    @property
    def pace(self) -> float:
        """Written in a day, of late."""
        return _recent(self.by_day) / PACE_DAYS

    @property
    def is_late(self) -> bool:
        return self.finished_on is not None and self.due_on is not None and self.finished_on > self.due_on


def standing_of(orders: QuerySet[WorkOrder]) -> Standing:
    """The standing of orders that the caller may see. The same number of queries however many there are."""
    keys = list(orders.filter(issued_at__isnull=False).values_list("pk", flat=True))
    tasks = Task.objects.filter(work_order__in=keys)
    decided = Q(status__in=(TaskStatus.ACCEPTED, TaskStatus.REJECTED)) | Q(rework_round__gt=0)
    accepted = Q(status=TaskStatus.ACCEPTED)
    counts = tasks.aggregate(
        ordered=Count("pk", filter=~Q(status=TaskStatus.CANCELLED)),
        written=Count("pk", filter=Q(status__in=WRITTEN)),
        accepted=Count("pk", filter=accepted),
        at_once=Count("pk", filter=accepted & Q(rework_round=0)),
        decided=Count("pk", filter=decided),
        due_on=Max("due_on", filter=~Q(status__in=(TaskStatus.ACCEPTED, TaskStatus.REJECTED, TaskStatus.CANCELLED))),
    )
    # The newest word of the gate at each submission: a text that needed a person's look was close to a model's.
    submitted = GateReport.objects.filter(task__in=tasks, occasion=GateReport.Occasion.SUBMIT)
    gate = submitted.aggregate(all=Count("pk"), close=Count("pk", filter=~Q(decision=GateReport.Decision.PASS)))
    by_day = _by_day(tasks)
    lines = Earning.objects.filter(work_order__in=keys)
    paid_for = lines.values("submission_id").annotate(net=Sum("amount")).filter(net__gt=0).values("submission_id")
    outputs = Submission.objects.filter(public_id__in=paid_for).aggregate(
        count=Count("pk"), characters=Sum("character_count")
    )
    return Standing(
        ordered=counts["ordered"],
        written=counts["written"],
        accepted=counts["accepted"],
        at_once=counts["at_once"],
        decided=counts["decided"],
        returned=_returned(keys),
        close=gate["close"],
        gated=gate["all"],
        by_day=by_day,
        by_week=_by_week(keys),
        inspection=_inspection(keys),
        due_on=counts["due_on"],
        finished_on=_finished_on(by_day, counts["ordered"] - counts["written"]),
        paid=lines.aggregate(net=Sum("amount"))["net"] or 0,
        outputs=outputs["count"],
        characters=outputs["characters"] or 0,
    )


def _by_day(tasks: QuerySet[Task]) -> dict[date, tuple[int, int]]:
    """Written and accepted on each of the latest days in Japan, empty days too."""
    today = timezone.now().astimezone(JAPAN).date()
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    since = datetime.combine(days[0], time.min, JAPAN)
    written: dict[date, int] = {}
    accepted: dict[date, int] = {}
    rows = tasks.filter(submitted_at__gte=since, status__in=WRITTEN).values_list("submitted_at", "decided_at", "status")
    for submitted_at, decided_at, status in rows.iterator():
        if submitted_at is None:
            continue
        day = submitted_at.astimezone(JAPAN).date()
        written[day] = written.get(day, 0) + 1
        if status == TaskStatus.ACCEPTED and decided_at is not None:
            day = decided_at.astimezone(JAPAN).date()
            accepted[day] = accepted.get(day, 0) + 1
    return {day: (written.get(day, 0), accepted.get(day, 0)) for day in days}


def _by_week(orders: list[int]) -> list[Week]:
    """The latest weeks in Japan, each from its Monday, empty weeks too."""
    today = timezone.now().astimezone(JAPAN).date()
    first = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    begins = datetime.combine(first, time.min, JAPAN)
    with connection.cursor() as cursor:
        cursor.execute(BY_WEEK, {"orders": orders, "since": begins})
        names = [column.name for column in cursor.description]
        weeks = [Week(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
    told = {week.starts_on: week for week in weeks}
    days = (first + timedelta(weeks=week) for week in range(WEEKS))
    return [told.get(day, Week(starts_on=day)) for day in days]


def _recent(by_day: Mapping[date, tuple[int, int]]) -> int:
    today = max(by_day)
    return sum(written for day, (written, _accepted) in by_day.items() if (today - day).days < PACE_DAYS)


def _finished_on(by_day: Mapping[date, tuple[int, int]], left: int) -> date | None:
    """When the last output will be written at the pace of late; None without a pace."""
    today = max(by_day)
    if left <= 0:
        return today
    recent = _recent(by_day)
    return today + timedelta(days=-(-left * PACE_DAYS // recent)) if recent else None


def _returned(orders: list[int]) -> dict[str, int]:
    """How often each reason was given for a return or a rejection, in the reader's language, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT reason, count(*)
            FROM annotation_review r
            JOIN annotation_submission s ON s.id = r.submission_id
            JOIN annotation_task t ON t.id = s.task_id
            CROSS JOIN LATERAL jsonb_array_elements_text(r.reasons) reason
            WHERE t.work_order_id = ANY(%s) AND r.verdict <> 'accept'
            GROUP BY reason ORDER BY count(*) DESC, reason
            """,
            [orders],
        )
        found: list[tuple[str, int]] = cursor.fetchall()
    return _named(found)


def reason_counts(given: Iterable[list[str]]) -> dict[str, int]:
    """How often each reason was given, in the reader's language, the most frequent first."""
    return _named(Counter(code for codes in given for code in codes).most_common())


def _named(found: Iterable[tuple[str, int]]) -> dict[str, int]:
    label = "label_ja" if (get_language() or "ja").startswith("ja") else "label_en"
    labels = dict(ReviewReason.objects.values_list("code", label))
    return {labels.get(code, code): count for code, count in found}


def _inspection(orders: list[int]) -> timedelta | None:
    """The median time from delivery to the verdict on it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY r.at - COALESCE(own.at, s.at))
            FROM annotation_review r
            JOIN annotation_submission s ON s.id = r.submission_id
            LEFT JOIN annotation_submission own ON own.id = s.edited_from_id
            JOIN annotation_task t ON t.id = s.task_id
            WHERE t.work_order_id = ANY(%s)
            """,
            [orders],
        )
        row: tuple[Any] = cursor.fetchone()
    found: timedelta | None = row[0]
    return found
