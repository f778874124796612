"""The operator's search: instructions, records, people, orders, participants and releases, each as far as its seeker may see it.

No reference is ever read here: a model's answer is opened on the page of a record, which writes that down.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from annotation.models import GateReport, Release, Submission, Task, WritingTrace
from annotation.selectors.counts import AGE_LIMITS, WAITING, age_span
from annotation.selectors.happened import Happened, happened_read, tasks_it_happened_to
from annotation.selectors.operations import OPERATING_ROLES, release_list_for
from annotation.states import TaskStatus
from collection import selectors as public
from collection.models import Instruction, Participant
from collection.selectors.participants import participant_list_for
from config.text_search import having_words, newest_having, words_of
from vendors.models import User, WorkOrder
from vendors.selectors import MANAGEMENT, people_list_for, seat_get_for, work_order_list_for

KINDS = ("instruction", "record", "person", "order", "participant", "release")
ROWS_OF_EACH = 5
ROWS_A_PAGE = 25
_ID = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}")
_ZEROS, _ENDS = "0" * 32, "f" * 32


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What an address asks for: words or an id, and of instructions and records their status, language, category, order.

    `guideline` is the id of a version, `gate` a decision of the gate on any text of a record, `trace` "flagged" or "unflagged";
    `waits` names one count of the dashboard's ages, such as "to_judge-2"; `happened` what happened when, as `happened_name` does.
    """

    text: str = ""
    kind: str = ""
    status: str = ""
    language: str = ""
    category: str = ""
    order: str = ""
    vendor: str = ""
    writer: str = ""
    reviewer: str = ""
    guideline: str = ""
    gate: str = ""
    trace: str = ""
    waits: str = ""
    happened: str = ""

    @property
    def words(self) -> list[str]:
        return words_of(self.text)

    @property
    def id_range(self) -> tuple[UUID, UUID] | None:
        """The ids that begin as the text does, if it looks like the beginning of one."""
        text = self.text.strip().lower()
        if not _ID.fullmatch(text):
            return None
        digits = text.replace("-", "")
        if not 8 <= len(digits) <= 32:
            return None
        return UUID((digits + _ZEROS)[:32]), UUID((digits + _ENDS)[:32])

    @property
    def is_too_short(self) -> bool:
        """One character alone finds nothing: nearly everything would have it."""
        return bool(self.text.strip()) and not self.words

    @property
    def is_empty(self) -> bool:
        narrowed = (self.status, self.language, self.category, self.of_records, self.waits, self.happened)
        return not any((self.text.strip(), *narrowed))

    @property
    def of_records(self) -> str:
        """What only records have: an order with its vendor and guideline, people who wrote or judged, what was found."""
        return self.order or self.vendor or self.writer or self.reviewer or self.guideline or self.gate or self.trace

    @property
    def waiting(self) -> tuple[str, int] | None:
        """The kind of what waits and the place of its count, if `waits` names one."""
        kind, _dash, at = self.waits.partition("-")
        fits = kind in WAITING and at.isdecimal() and len(at) == 1 and int(at) <= len(AGE_LIMITS)
        return (kind, int(at)) if fits else None


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. `text` is its longest text, whose passage with the words is shown; `at` is its own time."""

    kind: str
    url: str
    title: str
    text: str
    language: str
    status: str
    status_label: str
    note: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one kind; `more` says that there is more than was asked for."""

    kind: str
    hits: list[Hit]
    more: bool


def search_for(user: User, chosen: SearchFilter, *, start: int = 0) -> list[Found]:
    """What a person finds: a few of each kind, or a page of the kind that was chosen, from `start` on. A query for each kind."""
    if chosen.is_empty or chosen.is_too_short:
        return []
    kinds = [chosen.kind] if chosen.kind in KINDS else [kind for kind in KINDS if _fits(kind, chosen)]
    rows = ROWS_A_PAGE if chosen.kind in KINDS else ROWS_OF_EACH
    found = [_found(user, kind, chosen, start if chosen.kind else 0, rows) for kind in kinds]
    return [one for one in found if one.hits or chosen.kind]


def instructions_found(user: User, chosen: SearchFilter) -> QuerySet[Instruction]:
    """The instructions, newest first; none for who may not see them."""
    found = public.instruction_list_for(
        user, status=chosen.status, language=chosen.language, category=chosen.category
    ).select_related("import_batch")
    if chosen.order:
        found = found.filter(tasks__work_order__number=chosen.order).distinct()
    if chosen.waits:
        found = _waiting(found, chosen, "instruction")
    if chosen.happened:
        when = _when(chosen, "instruction")
        found = found.filter(created_at__gte=when.start, created_at__lt=when.end) if when else found.none()
    if chosen.id_range:
        return found.filter(_in(chosen, "public_id") | _in(chosen, "family"))
    return having_words(found, chosen.words, "instruction", "input")


def records_found(user: User, chosen: SearchFilter) -> QuerySet[Task]:
    """The records whose present text has the words, newest first; none for anybody but the operator's people."""
    seat = seat_get_for(user)
    if seat is None or not seat.has_role(*OPERATING_ROLES):
        return Task.objects.none()
    found = Task.objects.select_related("instruction", "work_order__vendor", "current_submission").order_by("-pk")
    if chosen.status in TaskStatus.values:
        found = found.filter(status=chosen.status)
    if chosen.language:
        found = found.filter(language=chosen.language)
    if chosen.category:
        found = found.filter(instruction__category=chosen.category)
    if chosen.order:
        found = found.filter(work_order__number=chosen.order)
    if chosen.vendor:
        found = found.filter(vendor__name=chosen.vendor)
    if chosen.writer:  # who judges does not know who wrote
        found = found.filter(writer__public_id=chosen.writer) if seat.has_role(*MANAGEMENT) else found.none()
    if chosen.reviewer:
        found = found.filter(reviewer__public_id=chosen.reviewer)
    if chosen.guideline:
        found = found.filter(work_order__guideline_version__public_id=chosen.guideline)
    if chosen.gate:
        found = found.filter(Exists(GateReport.objects.filter(task=OuterRef("pk"), decision=chosen.gate)))
    if chosen.trace:
        traces = WritingTrace.objects.filter(submission__task=OuterRef("pk"))
        found = found.filter(
            Exists(traces.filter(flags=[]) if chosen.trace == "unflagged" else traces.exclude(flags=[]))
        )
    if chosen.waits:
        found = _waiting(found, chosen, "record")
    if chosen.happened:
        when = _when(chosen, "record")
        found = found.filter(pk__in=tasks_it_happened_to(when)) if when else found.none()
    if chosen.id_range:
        ids = _in(chosen, "public_id") | _in(chosen, "instruction__public_id") | _in(chosen, "submissions__public_id")
        return found.filter(ids).distinct()
    if chosen.words:
        texts = having_words(Submission.objects.order_by(), chosen.words, "text").values_list("pk", flat=True)
        found = found.filter(current_submission__in=list(texts))
    return found


def _fits(kind: str, chosen: SearchFilter) -> bool:
    """Whether a kind has what is filtered by: people have no category."""
    if chosen.status and chosen.status not in TaskStatus.values and kind == "record":
        return False
    if chosen.happened:
        return _when(chosen, kind) is not None
    if chosen.waits:
        return kind == ("instruction" if chosen.waiting and chosen.waiting[0] == "held" else "record")
    if kind == "instruction":
        others = replace(chosen, order="")
        return not others.of_records
    return kind == "record" or not (chosen.status or chosen.language or chosen.category or chosen.of_records)


def _waiting(found: QuerySet[Any], chosen: SearchFilter, kind: str) -> QuerySet[Any]:
    """Those that have waited as long as the address says; none where it names something else that waits."""
    if chosen.waiting is None or (chosen.waiting[0] == "held") != (kind == "instruction"):
        return found.none()
    return found.filter(age_span(*chosen.waiting, timezone.now()))


def _when(chosen: SearchFilter, kind: str) -> Happened | None:
    """What the address says happened when, if it happens to rows of this kind."""
    when = happened_read(chosen.happened)
    return when if when and kind == ("instruction" if when.is_of_instructions else "record") else None


def _found(user: User, kind: str, chosen: SearchFilter, start: int, rows: int) -> Found:
    query, hit = _FINDERS[kind]
    wanted = start + rows + 1
    if kind in _TEXTS and chosen.words and not chosen.id_range:
        of, columns = _TEXTS[kind]
        found = newest_having(query(user, replace(chosen, text="")), chosen.words, columns, wanted=wanted, of=of)[
            start:
        ]
    else:
        found = list(query(user, chosen)[start:wanted])
    return Found(kind, [hit(row) for row in found[:rows]], len(found) > rows)


def _in(chosen: SearchFilter, name: str) -> Q:
    first, last = chosen.id_range or (None, None)
    return Q(**{f"{name}__gte": first, f"{name}__lte": last})


def _people(user: User, chosen: SearchFilter) -> QuerySet[User]:
    found = people_list_for(user)
    if chosen.id_range:
        return found.filter(_in(chosen, "public_id"))
    for word in chosen.words:
        named = Q(name__icontains=word) | Q(email__icontains=word)
        found = found.filter(named | Q(memberships__organisation__name__icontains=word))
    return found.distinct()


def _orders(user: User, chosen: SearchFilter) -> QuerySet[WorkOrder]:
    found = work_order_list_for(user)
    if chosen.id_range:
        return found.filter(_in(chosen, "public_id"))
    for word in chosen.words:
        named = Q(number__icontains=word) | Q(title__icontains=word)
        found = found.filter(named | Q(vendor__name__icontains=word))
    return found


def _participants(user: User, chosen: SearchFilter) -> QuerySet[Participant]:
    found = participant_list_for(user)
    return found.filter(_in(chosen, "public_id")) if chosen.id_range else found.none()


def _releases(user: User, chosen: SearchFilter) -> QuerySet[Release]:
    found = release_list_for(user)
    if chosen.id_range:
        return found.filter(_in(chosen, "public_id"))
    for word in chosen.words:
        found = found.filter(name__icontains=word)
    return found


def _instruction_hit(one: Instruction) -> Hit:
    text = f"{one.instruction}\n{one.input}".strip()
    url = reverse("collection:instruction", args=[one.public_id])
    origin = one.import_batch.name if one.import_batch else ""
    return Hit(
        "instruction", url, "", text, one.language, one.status, str(one.get_status_display()), origin, one.created_at
    )


def _record_hit(one: Task) -> Hit:
    text = one.current_submission.text if one.current_submission else ""
    url = reverse("annotation:record", args=[one.public_id])
    note = f"{one.work_order.number} · {one.work_order.vendor}"
    label, at = str(one.get_status_display()), one.decided_at or one.submitted_at or one.created_at
    return Hit("record", url, one.instruction.instruction, text, one.language, one.status, label, note, at)


def _person_hit(one: User) -> Hit:
    url = reverse("vendors:person", args=[one.public_id])
    held: list[Any] = getattr(one, "seen_memberships", [])
    roles = " · ".join(f"{each.organisation} ({each.get_role_display()})" for each in held)
    return Hit("person", url, one.name, one.email, "", "", "", roles, one.date_joined)


def _order_hit(one: WorkOrder) -> Hit:
    url = reverse("vendors:order", args=[one.public_id])
    label = str(one.get_status_display())
    return Hit("order", url, f"{one.number} {one.title}", "", "", one.status, label, str(one.vendor), one.created_at)


def _participant_hit(one: Participant) -> Hit:
    url = reverse("collection:participant", args=[one.public_id])
    return Hit("participant", url, str(one.public_id), "", "", "", "", "", one.created_at)


def _release_hit(one: Release) -> Hit:
    url = reverse("annotation:release", args=[one.public_id])
    return Hit("release", url, one.name, "", "", one.status, str(one.get_status_display()), "", one.created_at)


# Where the words of a kind stand: the model with the texts, the way to it, and the columns.
_TEXTS: dict[str, tuple[tuple[type[Model], str], tuple[str, ...]]] = {
    "instruction": ((Instruction, "pk"), ("instruction", "input")),
    "record": ((Submission, "current_submission"), ("current_submission__text",)),
}
_FINDERS: dict[str, tuple[Callable[[User, SearchFilter], QuerySet[Any]], Callable[[Any], Hit]]] = {
    "instruction": (instructions_found, _instruction_hit),
    "record": (records_found, _record_hit),
    "person": (_people, _person_hit),
    "order": (_orders, _order_hit),
    "participant": (_participants, _participant_hit),
    "release": (_releases, _release_hit),
}
