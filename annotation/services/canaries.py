"""Texts that carry the mark of a model's answer as it was shown to somebody: a copy, and whose."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from annotation.cleanroom.canary import ORIGINAL, WordingMatch, marks_find, without_marks, wordings_match
from annotation.cleanroom.index import rank_rows
from annotation.models import Showing
from annotation.services.gate_settings import engine_in_force
from annotation.services.reference_index import index_look_up
from collection.models import Reference

CANARY = "canary"
MARKED_BEFORE = 40  # characters before a mark that are told as copied with it, at most
COMPARED = 10
# So unlikely must an agreement be by accident, whoever of those who saw the answer is asked, for one of them to be named.
CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class MarkedPassage:
    """A passage of a text that ends in the mark of a display: characters start to end, with the mark."""

    start: int
    end: int
    showing_id: int
    reference_id: int


@dataclass(frozen=True, slots=True)
class Suspect:
    """Somebody who saw the answer, with the displays to them and how far a leaked text agrees with their wording."""

    who: str
    showings: list[Showing]
    match: WordingMatch


@dataclass(frozen=True, slots=True)
class Leak:
    """What a leaked text says of one reference: displays named by a mark, and people by their wording, likeliest first."""

    reference_id: int
    marked: list[Showing]
    suspects: list[Suspect]
    original: WordingMatch

    @property
    def named(self) -> Suspect | None:
        """The one person whose wording agrees too well for an accident, clearly better than any other and the original."""
        if not self.suspects:
            return None
        best = self.suspects[0]
        others = [suspect.match for suspect in self.suspects[1:]] + [self.original]
        is_clear = all(best.match.agreeing > other.agreeing for other in others)
        return best if is_clear and best.match.chance * len(self.suspects) <= CHANCE else None


def marked_passages(text: str) -> tuple[MarkedPassage, ...]:
    """Return the passages of a text that end in a mark which was really given out. No mark, no query."""
    found = marks_find(text)
    if not found:
        return ()
    rows = Showing.objects.filter(mark__in={mark for *_place, mark in found}).values_list("mark", "pk", "reference")
    known = {mark: (pk, reference) for mark, pk, reference in rows}
    passages = []
    last = 0
    for start, end, mark in found:
        if mark in known:
            passages.append(MarkedPassage(max(last, start - MARKED_BEFORE), end, *known[mark]))
        last = end
    return tuple(passages)


def canary_reasons(passages: Sequence[MarkedPassage]) -> list[dict[str, Any]]:
    """Return the marks as a stored report tells its reasons: one for each display."""
    named = {passage.showing_id: passage.reference_id for passage in passages}
    return [
        {"code": CANARY, "outcome": "block", "reference": reference, "numbers": {"showing": showing}}
        for showing, reference in sorted(named.items())
    ]


def canary_told(passages: Sequence[MarkedPassage]) -> list[dict[str, int]]:
    """Return the passages as a stored report tells them; where they stand in the reference, nobody asked."""
    nowhere = {"reference_start": 0, "reference_end": 0, "characters": 0}
    return [{"reference": one.reference_id, "start": one.start, "end": one.end, **nowhere} for one in passages]


def leak_trace(text: str) -> list[Leak]:
    """Return for each reference that a text may have leaked from what it says of who saw it; the surest first.

    References are those that a mark names and the most likely ones by the gate's index; such as were shown to nobody
    are left out.
    """
    marked = list(
        Showing.objects.filter(pk__in={passage.showing_id for passage in marked_passages(text)})
        .select_related("user")
        .order_by("pk")
    )
    found = index_look_up(engine_in_force().fingerprint(without_marks(text)).all())
    near = rank_rows(found.hashes, found.references, limit=COMPARED)
    wanted = Q(pk__in=near) | Q(pk__in=[row.reference_id for row in marked])
    leaks = []
    for reference in Reference.objects.filter(wanted, showings__isnull=False).distinct().order_by("pk"):
        own = [row for row in marked if row.reference_id == reference.pk]
        suspects, original = _suspects(reference, text)
        if own or original.seen:
            leaks.append(Leak(reference.pk, own, suspects, original))
    return sorted(leaks, key=_unsureness)


def _suspects(reference: Reference, text: str) -> tuple[list[Suspect], WordingMatch]:
    """Those who saw the reference, likeliest first, and how far the text agrees with the answer as it is stored."""
    rows: dict[int, list[Showing]] = {}
    for row in reference.showings.select_related("user").order_by("pk"):
        rows.setdefault(row.wording, []).append(row)
    matches = wordings_match(reference.text, text, [*rows, ORIGINAL])
    original = next(match for match in matches if match.wording == ORIGINAL)
    suspects = [
        Suspect(rows[match.wording][0].user.name, rows[match.wording], match) for match in matches if match != original
    ]
    return suspects, original


def _unsureness(leak: Leak) -> tuple[bool, float, int]:
    best = leak.suspects[0].match.chance if leak.suspects else math.inf
    return not leak.marked, best, leak.reference_id
