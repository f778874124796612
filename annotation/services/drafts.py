"""Keeping a draft: every save has a revision, and carries the counts of how it came to be."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, IntegrityError
from django.utils import timezone

from annotation.cleanroom.trace import Autosave, utf16_length
from annotation.errors import DraftTooLong, LeaseLost, StaleRevision
from annotation.models import Draft, DraftRevision, Task
from annotation.selectors.shown import DRAFT_COLUMNS
from annotation.services.draft_sql import DRAFT_READ, DRAFT_SAVE
from annotation.services.traces import Linked, buckets_chain, draft_begin, trace_place
from annotation.states import TaskStatus
from config.errors import NotFound
from vendors.models import User

KEPT_FOR = timedelta(days=90)
PURGED_AT_ONCE = 10_000
BUCKETS_AT_ONCE = 720  # two hours without a connection
# A draft may be far longer than an output while it is being worked on; this only keeps a whole book out.
DRAFT_LENGTHS = 10


@dataclass(frozen=True, slots=True)
class DraftChange:
    """A save that was worked out and allowed, and is not yet written: `draft` is what it will be, without a key if new."""

    draft: Draft
    kept_revision: int
    kept_trace_number: int
    text_sha256: str
    buckets: Sequence[Linked]  # those that are new to the trace

    @property
    def is_changed(self) -> bool:
        """Whether the words are others than those that are kept."""
        return self.draft.revision != self.kept_revision

    @property
    def copied(self) -> Autosave | None:
        """The server's own copy of the words, which comes with every revision."""
        draft = self.draft
        at_ms = round((timezone.now() - draft.opened_at).total_seconds() * 1000)
        length = utf16_length(draft.text)
        return Autosave(draft.trace_number, length, self.text_sha256, at_ms) if self.is_changed else None

    def values(self) -> dict[str, Any]:
        """The parameters of the statements that write it."""
        draft = self.draft
        return {
            "task": draft.task_id,
            "writer": draft.writer_id,
            "text": draft.text,
            "text_sha256": self.text_sha256,
            "length": utf16_length(draft.text),
            "revision": draft.revision,
            "kept_revision": self.kept_revision,
            "opened_at": draft.opened_at,
            "is_recorded": draft.is_recorded,
            "trace_number": draft.trace_number,
            "trace_hash": draft.trace_hash,
            "trace_length": draft.trace_length,
            "kept_trace_number": self.kept_trace_number,
            "buckets": orjson.dumps([linked.row() for linked in self.buckets]).decode(),
        }


def draft_save(
    *,
    writer: User,
    task: Task,
    text: str,
    base_revision: int,
    buckets: Iterable[Mapping[str, Any]] = (),
    link: str | None = None,
) -> Draft:
    """Save the text of the task in hand as the revision after `base_revision`, and renew the lease when it is due.

    `task` comes with its order. `buckets` go on the draft's trace, unless the writer agreed to none; `link` is the hash
    that they were told to go on from, and None where nobody was told. Saving the same text again, as after a lost
    answer, succeeds. Raises LeaseLost, DraftTooLong, or StaleRevision with the text and revision that are kept.
    """
    sent = list(buckets)
    for _ in range(2):  # again when another window wrote between our reading and our writing: then its revision speaks
        change = draft_prepare(
            writer=writer, task=task, text=text, base_revision=base_revision, buckets=sent, link=link
        )
        if _draft_write(change, task):
            return change.draft
    raise LeaseLost()


def draft_restore(*, writer: User, task: Task, revision: int) -> Draft:
    """Put an earlier copy back as the draft's newest text; what stood there stays among the copies.

    The trace is told of it as of an undo. `task` comes with its order. Raises NotFound, and what `draft_save` raises.
    """
    draft = Draft.objects.filter(task=task, writer=writer).first()
    copies = DraftRevision.objects.filter(draft=draft, revision=revision).exclude(text="")
    text = copies.values_list("text", flat=True).first()
    if draft is None or text is None:
        raise NotFound()
    put_back = {
        "number": draft.trace_number + 1,
        "started_ms": trace_place(draft)["elapsed_ms"],
        "deleted": utf16_length(draft.text),
        "undone": utf16_length(text),
        "length": utf16_length(text),
    }
    return draft_save(writer=writer, task=task, text=text, base_revision=draft.revision, buckets=[put_back])


def draft_prepare(
    *,
    writer: User,
    task: Task,
    text: str,
    base_revision: int,
    buckets: Iterable[Mapping[str, Any]] = (),
    link: str | None = None,
) -> DraftChange:
    """Work out a save without writing it. Raises as `draft_save` does."""
    text = text_clean(text)
    if len(text) > DRAFT_LENGTHS * settings.OUTPUT_MAX_CHARACTERS:
        raise DraftTooLong(characters=len(text))
    if task.status != TaskStatus.CLAIMED or task.writer_id != writer.pk:
        raise LeaseLost()
    draft = _draft_read(task, writer)
    kept_revision, kept_trace_number = draft.revision, draft.trace_number
    is_changed = draft.text != text
    if is_changed and draft.pk is not None and draft.revision != base_revision:
        raise StaleRevision(text=draft.text, revision=draft.revision, trace=trace_place(draft))
    hashed = text_sha256(text)
    sent = list(buckets)[:BUCKETS_AT_ONCE]
    chain = buckets_chain(draft, sent, hashed, link) if draft.is_recorded else []
    draft.text = text
    draft.revision += is_changed
    return DraftChange(draft, kept_revision, kept_trace_number, hashed, chain)


def text_clean(text: str) -> str:
    """Return a text as it can be stored: one kind of line end, no NUL, no half of a surrogate pair."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def text_sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def drafts_purge() -> int:
    """Take the text out of the server's copies that are older than `KEPT_FOR`; what the traces are held to stays."""
    old = DraftRevision.objects.filter(at__lt=timezone.now() - KEPT_FOR).exclude(text="")
    return DraftRevision.objects.filter(pk__in=old.order_by("at").values("pk")[:PURGED_AT_ONCE]).update(text="")


def _draft_read(task: Task, writer: User) -> Draft:
    """Return the draft as it is kept, or one that begins now. The one that came with the task is good once: then it is old."""
    came: list[Any] | None = task.__dict__.pop("kept_draft", None)
    has_agreed, *kept = came or DRAFT_READ.rows(task=task.pk, writer=writer.pk)[0]
    if kept[0] is None:
        return draft_begin(task, writer, has_agreed=has_agreed)
    return Draft.from_db(DEFAULT_DB_ALIAS, DRAFT_COLUMNS, kept)


def _draft_write(change: DraftChange, task: Task) -> bool:
    """Write a change, and renew the lease when it is due; False if the draft or the lease is not what it was."""
    draft = change.draft
    lease = timedelta(seconds=task.work_order.lease_seconds)
    # Once a tenth of it is gone: saving every two seconds need not write the task each time.
    is_lease_due = task.lease_expires_at is None or task.lease_expires_at < timezone.now() + lease * 0.9
    if draft.pk is not None and not change.is_changed and not change.buckets and not is_lease_due:
        return True
    try:
        written = DRAFT_SAVE.transact(
            **change.values(), lease_seconds=task.work_order.lease_seconds, is_lease_due=is_lease_due
        )
    except IntegrityError:  # the draft's own trigger: the lease went to somebody else at this very moment
        return False
    if not written:
        return False
    draft.pk, draft.started_at, draft.saved_at, renewed_until = written[0]
    draft._state.adding, draft._state.db = False, DEFAULT_DB_ALIAS
    task.lease_expires_at = renewed_until or task.lease_expires_at
    return True
