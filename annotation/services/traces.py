"""The writing trace on the server: the chain of its buckets, what it says of a submission, and the writer's word on it."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from annotation.cleanroom.trace import Autosave, Bucket, MalformedTrace, bucket_hash, is_digest, utf16_length
from annotation.cleanroom.trace_habits import Usual, usual_of
from annotation.cleanroom.trace_score import score
from annotation.models import Draft, DraftRevision, Task, TraceBucket, TraceChoice, WritingTrace
from annotation.selectors.traces import NOTICE_VERSION, TRACE_OFF, TraceRead, is_recorded, trace_read
from annotation.states import TaskStatus
from vendors.models import User

log = logging.getLogger(__name__)

NO_HASH = "0" * 64
# Beside the flags of the clean room: a reviewer has to answer it before the text may leave.
LOOKS_COPIED = "looks_copied"

USUAL_FROM = 50  # of a writer's newest accepted texts
USUAL_KEPT_SECONDS = 3600
LINK_DIGITS = 16  # an editor may send so many digits of a hash that it was told, to save the network
IDLE_SECONDS = 30  # without a trace, a longer gap between two autosaves is no writing


def trace_start(task_id: int, writer_id: int) -> str:
    """Return what the chain of a draft starts from, so that another draft's trace does not fit it."""
    return hashlib.sha256(f"trace {task_id} {writer_id}".encode()).hexdigest()


class Linked(NamedTuple):
    """A bucket that goes on a chain, with its own hash."""

    bucket: Bucket
    hash: str

    def row(self) -> dict[str, Any]:
        """The columns of its `TraceBucket`, all but the draft."""
        bucket = self.bucket
        return {
            "number": bucket.number,
            "counts": bucket.counts(),
            "previous_hash": bucket.previous_hash,
            "bucket_hash": self.hash,
        }


def draft_begin(task: Task, writer: User, *, has_agreed: bool | None = None) -> Draft:
    """Return a draft that was not saved yet: its clock starts with the claim, and it is recorded if the writer agreed.

    `has_agreed` saves a query to who knows it.
    """
    return Draft(
        task=task,
        writer=writer,
        opened_at=task.claimed_at or timezone.now(),
        is_recorded=is_recorded(writer) if has_agreed is None else has_agreed,
        trace_hash=trace_start(task.pk, writer.pk),
    )


def trace_place(draft: Draft) -> dict[str, Any]:
    """Return where an editor goes on: the next bucket's number, the hash before it, the length it starts from, and the clock.

    The clock starts when the task was first in the writer's hands, and never goes back, though the task may have been
    claimed again since.
    """
    elapsed = timezone.now() - draft.opened_at
    return {
        "is_recorded": draft.is_recorded,
        "next_bucket": draft.trace_number + 1,
        "link": draft.trace_hash,
        "length": draft.trace_length,
        "elapsed_ms": max(0, round(elapsed.total_seconds() * 1000)),
    }


def buckets_chain(draft: Draft, sent: Sequence[Mapping[str, Any]], text_sha256: str, link: str | None) -> list[Linked]:
    """Return what goes on the draft's chain, and bring the draft's own place in it forward.

    What came before comes again after a lost answer, and is passed over; what another window wrote meanwhile stands
    before what this one sends. A bucket of another form is dropped: the gap in the numbers will say so, and no text is
    refused for it. The last bucket stands for the text it came with. A `link` that is not the hash of the bucket before,
    or its first digits, is kept as it came, and breaks the chain.
    """
    buckets = [bucket for values in sent if (bucket := _bucket_read(values, draft.trace_hash)) is not None]
    if not buckets:
        return []
    buckets[-1] = _with_digest(buckets[-1], text_sha256)
    is_behind = buckets[0].number <= draft.trace_number
    expected = draft.trace_hash
    if is_behind:
        expected, buckets = _unstored(draft, buckets)
    chain = []
    for place, bucket in enumerate(buckets):
        before = link if place == 0 and link is not None and not _is_told(link, expected) else draft.trace_hash
        kept = bucket.linked(before if is_digest(before) else NO_HASH)
        draft.trace_hash = bucket_hash(draft.trace_hash, kept)
        draft.trace_number, draft.trace_length = kept.number, kept.length
        chain.append(Linked(kept, draft.trace_hash))
    return chain


def _is_told(link: str, expected: str) -> bool:
    return len(link) >= LINK_DIGITS and expected.startswith(link)


def trace_judge(
    draft: Draft, writer: User, *, more: Sequence[Linked] = (), copied: Autosave | None = None
) -> dict[str, Any]:
    """Return the fields of the submission's `WritingTrace`, all but the submission, and how long it was written at.

    `more` are buckets, and `copied` a copy of the draft, that are not stored yet.
    """
    new = [copied] if copied is not None else []
    if not draft.is_recorded:
        seconds = _seconds_between(draft, new)
        return {"is_complete": False, "flags": [TRACE_OFF], "totals": {"active_seconds": seconds}, "last_hash": ""}
    kept = trace_read(draft) if draft.pk is not None else TraceRead([], [])
    read = TraceRead(kept.buckets + [linked.bucket for linked in more], kept.autosaves + new)
    judged = score(
        read.buckets,
        utf16_length(draft.text),
        text_sha256=hashlib.sha256(draft.text.encode()).hexdigest(),
        first_hash=trace_start(draft.task_id, draft.writer_id),
        autosaves=read.autosaves,
        usual=usual_for(writer),
    )
    flags = [flag.value for flag in judged.flags] + [LOOKS_COPIED] * judged.needs_question
    return {
        "is_complete": judged.is_complete,
        "flags": flags,
        "totals": judged.to_dict(),
        "last_hash": draft.trace_hash if read.buckets else "",
    }


def usual_for(writer: User) -> Usual:
    """Return what is usual for the writer, learnt from their newest accepted texts; kept for an hour."""
    key = f"annotation:usual:{writer.pk}"
    known: Usual | None = cache.get(key)
    if known is None:
        accepted = WritingTrace.objects.filter(
            submission__writer=writer.pk, submission__task__status=TaskStatus.ACCEPTED
        )
        known = usual_of(accepted.order_by("-id").values_list("totals", flat=True)[:USUAL_FROM])
        cache.set(key, known, USUAL_KEPT_SECONDS)
    return known


@transaction.atomic
def trace_choose(*, writer: User, is_recorded: bool) -> TraceChoice:
    """Put the writer's word on recording on record. A no holds at once, a yes from the next text on."""
    if not is_recorded:
        Draft.objects.filter(writer=writer, is_recorded=True, task__status=TaskStatus.CLAIMED).update(is_recorded=False)
    return TraceChoice.objects.create(writer=writer, is_recorded=is_recorded, notice_version=NOTICE_VERSION)


def _bucket_read(values: Mapping[str, Any], link: str) -> Bucket | None:
    try:
        return Bucket.from_dict({"draft_sha256": NO_HASH, **values, "previous_hash": link})
    except (MalformedTrace, TypeError, AttributeError) as refused:
        log.warning("A bucket of a writing trace was not understood: %s", refused)
        return None


def _with_digest(bucket: Bucket, text_sha256: str) -> Bucket:
    return replace(bucket, draft_sha256=text_sha256) if bucket.draft_sha256 == NO_HASH else bucket


def _unstored(draft: Draft, sent: Sequence[Bucket]) -> tuple[str, list[Bucket]]:
    """Return the link that the sender was told, and what of it is new. From the first that differs all is renumbered."""
    stored = TraceBucket.objects.filter(draft=draft, number__gte=sent[0].number)
    known = {number: (link, counts) for number, link, counts in stored.values_list("number", "previous_hash", "counts")}
    expected = known[sent[0].number][0] if sent[0].number in known else NO_HASH
    for place, bucket in enumerate(sent):
        if bucket.number > draft.trace_number:
            return expected, list(sent[place:])
        if _told(bucket.counts()) != _told(known.get(bucket.number, ("", {}))[1]):
            after = draft.trace_number + 1
            return expected, [replace(new, number=after + more) for more, new in enumerate(sent[place:])]
    return expected, []


def _told(counts: Mapping[str, Any]) -> dict[str, Any]:
    """A bucket without its digest: a browser may have had no time to reckon it when it sent the bucket first."""
    return {name: value for name, value in counts.items() if name != "draft_sha256"}


def _seconds_between(draft: Draft, new: Sequence[Autosave]) -> int:
    """Return how long a draft without a trace was written at, as far as its autosaves tell."""
    times: list[datetime] = []
    if draft.pk is not None:
        times += DraftRevision.objects.filter(draft=draft).order_by("revision").values_list("at", flat=True)
    times += [draft.opened_at + timedelta(milliseconds=autosave.at_ms) for autosave in new]
    return round(sum(min((after - before).total_seconds(), IDLE_SECONDS) for before, after in pairwise(times)))
