"""Keeping a draft: every save has a revision, and carries the counts of how it came to be."""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from annotation.cleanroom.trace import BUCKET_SECONDS, Bucket, MalformedTrace, bucket_hash
from annotation.errors import DraftTooLong, LeaseLost, StaleRevision
from annotation.models import Draft, DraftRevision, Task, TraceBucket
from annotation.states import TaskStatus
from vendors.models import User

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=90)
PURGED_AT_ONCE = 10_000
BUCKETS_AT_ONCE = 720  # two hours without a connection
# A draft may be far longer than an output while it is being worked on; this only keeps a whole book out.
DRAFT_LENGTHS = 10
NO_HASH = "0" * 64


def draft_save(
    *, writer: User, task: Task, text: str, base_revision: int, buckets: Iterable[Mapping[str, Any]] = ()
) -> Draft:
    """Save the text of the task in hand as the revision after `base_revision`, and renew the lease when it is due.

    `task` comes with its order. Locks the draft. Saving the same text again, as after a lost answer, succeeds. Raises
    LeaseLost, DraftTooLong, or StaleRevision with the text and revision that are kept.
    """
    text = text_clean(text)
    if len(text) > DRAFT_LENGTHS * settings.OUTPUT_MAX_CHARACTERS:
        raise DraftTooLong(characters=len(text))
    if task.status != TaskStatus.CLAIMED or task.writer_id != writer.pk:
        raise LeaseLost()
    try:
        with transaction.atomic():
            draft = _draft_lock(writer, task)
            _text_put(draft, text, base_revision)
            draft.active_seconds += _buckets_put(draft, buckets)
            draft.saved_at = timezone.now()
            draft.save(update_fields=["text", "revision", "saved_at", "active_seconds"])
    except IntegrityError as refused:
        # The database's own rule: the lease went to somebody else between the page's reading and this writing.
        raise LeaseLost() from refused
    _lease_renew(writer, task)
    return draft


def text_clean(text: str) -> str:
    """Return a text as it can be stored: one kind of line end, no NUL, no half of a surrogate pair."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def text_sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def next_bucket(draft: Draft) -> int:
    """Return the number of the next bucket of the draft's trace."""
    return _bucket_last(draft)[0] + 1


def trace_read(draft: Draft) -> list[Bucket]:
    """Return the draft's trace in order, each bucket with the link that was stored with it."""
    rows = TraceBucket.objects.filter(draft=draft).order_by("number").values_list("number", "previous_hash", "counts")
    return [Bucket.from_dict({**counts, "number": number, "previous_hash": link}) for number, link, counts in rows]


def trace_start(draft: Draft) -> str:
    """Return what the chain of this draft starts from, so that another draft's trace does not fit it."""
    return hashlib.sha256(f"trace {draft.task_id} {draft.writer_id}".encode()).hexdigest()


def drafts_purge() -> int:
    """Delete the server's copies of drafts that are older than `KEPT_FOR`; the hashes stay in the traces."""
    old = DraftRevision.objects.filter(at__lt=timezone.now() - KEPT_FOR).order_by("pk").values("pk")[:PURGED_AT_ONCE]
    count, _by_model = DraftRevision.objects.filter(pk__in=old).delete()
    return count


def _draft_lock(writer: User, task: Task) -> Draft:
    drafts = Draft.objects.select_for_update().filter(task=task, writer=writer)
    found = drafts.first()
    if found is not None:
        return found
    Draft.objects.bulk_create([Draft(task=task, writer=writer)], ignore_conflicts=True)
    return drafts.get()


def _text_put(draft: Draft, text: str, base_revision: int) -> None:
    """Set the text as a new revision, unless it is there already. Raises StaleRevision."""
    if draft.text == text:
        return
    if draft.revision != base_revision:
        raise StaleRevision(text=draft.text, revision=draft.revision, next_bucket=next_bucket(draft))
    draft.text = text
    draft.revision += 1
    DraftRevision.objects.create(draft=draft, revision=draft.revision, text=text, text_sha256=text_sha256(text))


def _buckets_put(draft: Draft, buckets: Iterable[Mapping[str, Any]]) -> int:
    """Chain new buckets to the draft's trace and return the seconds of writing in them.

    What came before comes again after a lost answer, and is passed over. A bucket of another form is dropped: the
    gap in the numbers will say so, and no text is refused for it.
    """
    sent = list(buckets)[:BUCKETS_AT_ONCE]
    if not sent:
        return 0
    number, link = _bucket_last(draft)
    rows, seconds = [], 0
    for values in sent:
        bucket = _bucket_read(values, link)
        if bucket is None or bucket.number <= number:
            continue
        number, before, link = bucket.number, link, bucket_hash(link, bucket)
        counts = {name: value for name, value in values.items() if name not in {"number", "previous_hash"}}
        rows.append(
            TraceBucket(
                draft=draft,
                number=number,
                counts={"draft_sha256": NO_HASH, **counts},
                previous_hash=before,
                bucket_hash=link,
            )
        )
        seconds += BUCKET_SECONDS * bucket.is_active
    TraceBucket.objects.bulk_create(rows)
    return seconds


def _bucket_read(values: Mapping[str, Any], link: str) -> Bucket | None:
    try:
        return Bucket.from_dict({"draft_sha256": NO_HASH, **values, "previous_hash": link})
    except (MalformedTrace, TypeError, AttributeError) as refused:
        log.warning("A bucket of a writing trace was not understood: %s", refused)
        return None


def _bucket_last(draft: Draft) -> tuple[int, str]:
    """Return the number and the hash of the draft's last bucket; 0 and the chain's start when there is none."""
    last = TraceBucket.objects.filter(draft=draft).order_by("-number").values_list("number", "bucket_hash").first()
    return last or (0, trace_start(draft))


def _lease_renew(writer: User, task: Task) -> None:
    """Renew the lease once a tenth of it is gone: saving every two seconds need not write the task each time."""
    lease = timedelta(seconds=task.work_order.lease_seconds)
    if task.lease_expires_at is None or task.lease_expires_at < timezone.now() + lease * 0.9:
        held = Task.objects.filter(pk=task.pk, writer=writer, status=TaskStatus.CLAIMED)
        held.update(lease_expires_at=Now() + lease)
        task.lease_expires_at = timezone.now() + lease
