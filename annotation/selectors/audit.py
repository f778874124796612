"""The audit as its page and its file show it: found by person, act, subject and day, with what each row says."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotation.models import AuditEntry
from annotation.selectors.audit_sources import SOURCE_OF
from config.errors import NotFound
from vendors.models import User
from vendors.selectors import JAPAN, seat_get_for

# The entries name everybody: they are for those who answer for the operation.
AUDIT_ROLES = ("owner", "manager")
PEOPLE_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What an address asks for; an empty part asks for nothing. `who` is part of a name or address, or a participant's id."""

    who: str = ""
    act: str = ""
    about: str = ""
    source: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An entry, the name of who acted ("" for the system and for participants), and what its row says."""

    entry: AuditEntry
    who: str
    detail: dict[str, Any]


def audit_list_for(user: User, chosen: AuditFilter) -> QuerySet[AuditEntry]:
    """The entries, newest first. Raises `NotFound` for anybody but owners and managers."""
    seat = seat_get_for(user)
    if seat is None or not seat.has_role(*AUDIT_ROLES):
        raise NotFound()
    found = AuditEntry.objects.order_by("-position")
    if chosen.who:
        found = found.filter(_acted(chosen.who))
    if chosen.act:
        found = found.filter(act=chosen.act)
    if chosen.source:
        found = found.filter(source=chosen.source)
    if chosen.about:
        found = found.filter(subject_id=chosen.about.strip().lower())
    if chosen.since:
        found = found.filter(at__gte=_midnight(chosen.since))
    if chosen.until:
        found = found.filter(at__lt=_midnight(chosen.until + timedelta(days=1)))
    return found


def audit_lines(entries: Sequence[AuditEntry]) -> list[AuditLine]:
    """What the entries' rows say, read from the rows: one query for people and one for each table among them."""
    people = {entry.actor_id for entry in entries if entry.actor_kind == "user" and entry.actor_id.isdigit()}
    names = {str(pk): name for pk, name in User.objects.filter(pk__in=people).values_list("pk", "name")}
    details = _details(entries)
    return [
        AuditLine(
            entry,
            entry.actor_id if entry.actor_kind == "named" else names.get(entry.actor_id, ""),
            details.get((entry.source, entry.source_id), {}),
        )
        for entry in entries
    ]


def _details(entries: Sequence[AuditEntry]) -> dict[tuple[str, int], dict[str, Any]]:
    wanted: dict[str, list[int]] = defaultdict(list)
    for entry in entries:
        wanted[entry.source].append(entry.source_id)
    parts: list[str] = []
    values: list[Any] = []
    for code, keys in wanted.items():
        if (source := SOURCE_OF.get(code)) is not None:
            parts.append(f"SELECT %s, t.id, {source.detail} FROM {source.table} t WHERE t.id = ANY(%s)")
            values += [code, keys]
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return {(code, pk): _object(detail) for code, pk, detail in cursor.fetchall()}


def _object(detail: Any) -> dict[str, Any]:
    return dict(json.loads(detail)) if isinstance(detail, str) else dict(detail)


def _acted(who: str) -> Q:
    people = User.objects.filter(Q(name__icontains=who) | Q(email__icontains=who)).values_list("pk", flat=True)
    named = [str(pk) for pk in people[:PEOPLE_AT_MOST]]
    return Q(actor_kind="user", actor_id__in=named) | Q(actor_id=who)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min), JAPAN)
