"""What is known of how texts were written: the writer's word on recording, a trace's buckets, and what is usual for a writer."""

from dataclasses import dataclass, field
from typing import Any

from annotation.cleanroom.trace import Autosave, Bucket
from annotation.models import Draft, DraftRevision, Submission, Task, TraceBucket, TraceChoice, WritingTrace
from vendors.models import User

# Raised whenever the notice says something new; everybody is asked again.
NOTICE_VERSION = 1
# The flag of a text that was written without the record.
TRACE_OFF = "trace_off"

# `is_recorded` below as SQL, for statements that ask more at once.
IS_RECORDED = f"""
    coalesce((
        SELECT choice.is_recorded AND choice.notice_version = {NOTICE_VERSION}
        FROM annotation_tracechoice choice
        WHERE choice.writer_id = %(writer)s
        ORDER BY choice.id DESC
        LIMIT 1
    ), false)
"""


@dataclass(frozen=True, slots=True)
class TraceRead:
    """A draft's trace with the server's own copies of the draft, both in order."""

    buckets: list[Bucket]
    autosaves: list[Autosave]


@dataclass(frozen=True, slots=True)
class KeptTrace:
    """What was kept of how one text was written: its buckets, and for a text that was sent also its judgement.

    `is_off`: it was written without the record, as its writer had said. `cleared` holds the flags that a reviewer
    answered.
    """

    buckets: list[Bucket]
    is_sent: bool
    is_off: bool
    flags: list[str] = field(default_factory=list)
    totals: dict[str, Any] = field(default_factory=dict)
    cleared: frozenset[str] = frozenset()


def trace_choice_of(user: User) -> TraceChoice | None:
    """Return the writer's word on recording, or None when they have not been asked about what is recorded now."""
    newest = TraceChoice.objects.filter(writer=user.pk).order_by("-id").first()
    return newest if newest is not None and newest.notice_version == NOTICE_VERSION else None


def is_recorded(user: User) -> bool:
    """Tell whether the writer agreed to be recorded."""
    choice = trace_choice_of(user)
    return choice is not None and choice.is_recorded


def trace_read(draft: Draft, *, last_hash: str = "") -> TraceRead:
    """Return the draft's trace, up to the bucket with `last_hash` if one is given."""
    rows = TraceBucket.objects.filter(draft=draft).order_by("number")
    buckets = []
    for number, link, counts, own_hash in rows.values_list("number", "previous_hash", "counts", "bucket_hash"):
        buckets.append(Bucket.from_dict({**counts, "number": number, "previous_hash": link}))
        if own_hash == last_hash:
            break
    if not buckets:
        return TraceRead([], [])
    copies = DraftRevision.objects.filter(draft=draft, bucket_number__lte=buckets[-1].number).order_by("revision")
    autosaves = [
        Autosave(number, length, sha256, round((at - draft.opened_at).total_seconds() * 1000))
        for number, length, sha256, at in copies.values_list("bucket_number", "length", "text_sha256", "at")
    ]
    return TraceRead(buckets, autosaves)


def trace_get_for(user: User, task: Task) -> KeptTrace:
    """Return the record of the user's own text of a task: of the newest one sent, or of the draft."""
    own = Submission.objects.filter(task=task, writer=user.pk, edited_by=None)
    sent = own.select_related("trace").order_by("-version").first()
    if sent is not None:
        return trace_of_submission(sent)
    draft = Draft.objects.filter(task=task, writer=user.pk).first()
    if draft is None:
        return KeptTrace([], is_sent=False, is_off=not is_recorded(user))
    return KeptTrace(trace_read(draft).buckets, is_sent=False, is_off=not draft.is_recorded)


def trace_of_submission(submission: Submission) -> KeptTrace:
    """Return the record of a text that was sent. Four queries at most."""
    trace: WritingTrace | None = getattr(submission, "trace", None)
    if trace is None:
        return KeptTrace([], is_sent=True, is_off=False)
    draft = Draft.objects.filter(task=submission.task_id, writer=submission.writer_id).first()
    buckets = trace_read(draft, last_hash=trace.last_hash).buckets if draft and trace.last_hash else []
    return KeptTrace(
        buckets,
        is_sent=True,
        is_off=TRACE_OFF in trace.flags,
        flags=trace.flags,
        totals=trace.totals,
        cleared=frozenset(trace.clearances.values_list("flag", flat=True)),
    )
