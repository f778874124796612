"""Keeping a draft: every save has a revision, and carries the counts of how it came to be."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from annotation.cleanroom.trace import utf16_length
from annotation.errors import DraftTooLong, LeaseLost, StaleRevision
from annotation.models import Draft, DraftRevision, Task, TraceBucket
from annotation.services.traces import buckets_chain, draft_begin, trace_place
from annotation.states import TaskStatus
from vendors.models import User

KEPT_FOR = timedelta(days=90)
PURGED_AT_ONCE = 10_000
BUCKETS_AT_ONCE = 720  # two hours without a connection
# A draft may be far longer than an output while it is being worked on; this only keeps a whole book out.
DRAFT_LENGTHS = 10


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
    that they were told to go on from, and None where nobody was told. Locks the draft. Saving the same text again, as
    after a lost answer, succeeds. Raises LeaseLost, DraftTooLong, or StaleRevision with the text and revision that are kept.
    """
    text = text_clean(text)
    if len(text) > DRAFT_LENGTHS * settings.OUTPUT_MAX_CHARACTERS:
        raise DraftTooLong(characters=len(text))
    if task.status != TaskStatus.CLAIMED or task.writer_id != writer.pk:
        raise LeaseLost()
    sent = list(buckets)[:BUCKETS_AT_ONCE]
    try:
        draft = _draft_write(writer, task, text, base_revision, sent, link)
    except IntegrityError as refused:
        if "draft_one_per_writer" not in str(refused):
            # The database's own rule: the lease went to somebody else between the page's reading and this writing.
            raise LeaseLost() from refused
        # Another window began the draft at this very moment; now it is there, and its revision speaks.
        draft = _draft_write(writer, task, text, base_revision, sent, link)
    _lease_renew(writer, task)
    return draft


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


@transaction.atomic
def _draft_write(
    writer: User, task: Task, text: str, base_revision: int, sent: Sequence[Mapping[str, Any]], link: str | None
) -> Draft:
    """Write text, revision and buckets. Raises StaleRevision, or IntegrityError where the database refuses."""
    found = Draft.objects.select_for_update().filter(task=task, writer=writer).first()
    draft = found or draft_begin(task, writer)
    is_changed = draft.text != text
    if is_changed and found is not None and draft.revision != base_revision:
        raise StaleRevision(text=draft.text, revision=draft.revision, trace=trace_place(draft))
    buckets = buckets_chain(draft, sent, text_sha256(text), link) if draft.is_recorded else []
    if found is not None and not is_changed and not buckets:
        return draft
    draft.text = text
    draft.revision += is_changed
    draft.saved_at = timezone.now()
    draft.save()
    if is_changed:
        DraftRevision.objects.create(
            draft=draft,
            revision=draft.revision,
            text=text,
            text_sha256=text_sha256(text),
            length=utf16_length(text),
            bucket_number=draft.trace_number,
        )
    TraceBucket.objects.bulk_create(buckets)
    return draft


def _lease_renew(writer: User, task: Task) -> None:
    """Renew the lease once a tenth of it is gone: saving every two seconds need not write the task each time."""
    lease = timedelta(seconds=task.work_order.lease_seconds)
    if task.lease_expires_at is None or task.lease_expires_at < timezone.now() + lease * 0.9:
        held = Task.objects.filter(pk=task.pk, writer=writer, status=TaskStatus.CLAIMED)
        held.update(lease_expires_at=Now() + lease)
        task.lease_expires_at = timezone.now() + lease
