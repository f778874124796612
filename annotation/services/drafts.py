"""Keeping a draft: every save has a revision, and carries the counts of how it came to be."""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
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
    sent = list(buckets)[:BUCKETS_AT_ONCE]
    try:
        draft = _draft_write(writer, task, text, base_revision, sent)
    except IntegrityError as refused:
        if "draft_one_per_writer" not in str(refused):
            # The database's own rule: the lease went to somebody else between the page's reading and this writing.
            raise LeaseLost() from refused
        # Another window began the draft at this very moment; now it is there, and its revision speaks.
        draft = _draft_write(writer, task, text, base_revision, sent)
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


def trace_place(task: Task, draft: Draft | None) -> tuple[int, int]:
    """Return where an editor that opens now goes on: the next bucket's number, and the milliseconds since the claim.

    The trace's time never goes back, though the task may have been claimed again since.
    """
    elapsed = int((timezone.now() - task.claimed_at).total_seconds() * 1000) if task.claimed_at else 0
    last = TraceBucket.objects.filter(draft=draft).order_by("-number").first() if draft else None
    if last is None:
        return 1, elapsed
    return last.number + 1, max(elapsed, last.counts["started_ms"])


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


@transaction.atomic
def _draft_write(writer: User, task: Task, text: str, base_revision: int, sent: Sequence[Mapping[str, Any]]) -> Draft:
    """Write text, revision and buckets. Raises StaleRevision, or IntegrityError where the database refuses."""
    found = Draft.objects.select_for_update().filter(task=task, writer=writer).first()
    draft = found or Draft(task=task, writer=writer)
    is_changed = draft.text != text
    if is_changed and found is not None and draft.revision != base_revision:
        raise StaleRevision(text=draft.text, revision=draft.revision, next_bucket=next_bucket(draft))
    buckets = _buckets_chain(draft, sent, text)
    if found is not None and not is_changed and not buckets:
        return draft
    draft.text = text
    draft.revision += is_changed
    draft.active_seconds += BUCKET_SECONDS * sum(is_active for _row, is_active in buckets)
    draft.saved_at = timezone.now()
    draft.save()
    if is_changed:
        DraftRevision.objects.create(draft=draft, revision=draft.revision, text=text, text_sha256=text_sha256(text))
    TraceBucket.objects.bulk_create([row for row, _is_active in buckets])
    return draft


def _buckets_chain(draft: Draft, sent: Sequence[Mapping[str, Any]], text: str) -> list[tuple[TraceBucket, bool]]:
    """Return rows that go on the draft's chain, each with whether anything was written in it.

    What came before comes again after a lost answer, and is passed over. A bucket of another form is dropped: the
    gap in the numbers will say so, and no text is refused for it. Browsers that cannot hash leave the digest out;
    the last bucket then stands for the text it came with.
    """
    if not sent:
        return []
    number, link = _bucket_last(draft)
    rows = []
    for place, values in enumerate(sent):
        default = text_sha256(text) if place == len(sent) - 1 else NO_HASH
        bucket = _bucket_read({"draft_sha256": default, **values, "previous_hash": link})
        if bucket is None or bucket.number <= number:
            continue
        number, before, link = bucket.number, link, bucket_hash(link, bucket)
        counts = {name: value for name, value in vars(bucket).items() if name not in {"number", "previous_hash"}}
        row = TraceBucket(draft=draft, number=number, counts=counts, previous_hash=before, bucket_hash=link)
        rows.append((row, bucket.is_active))
    return rows


def _bucket_read(values: Mapping[str, Any]) -> Bucket | None:
    try:
        return Bucket.from_dict(values)
    except (MalformedTrace, TypeError, AttributeError) as refused:
        log.warning("A bucket of a writing trace was not understood: %s", refused)
        return None


def _bucket_last(draft: Draft) -> tuple[int, str]:
    """Return the number and the hash of the draft's last bucket; 0 and the chain's start when there is none."""
    if draft._state.adding:
        return 0, trace_start(draft)
    last = TraceBucket.objects.filter(draft=draft).order_by("-number").values_list("number", "bucket_hash").first()
    return last or (0, trace_start(draft))


def _lease_renew(writer: User, task: Task) -> None:
    """Renew the lease once a tenth of it is gone: saving every two seconds need not write the task each time."""
    lease = timedelta(seconds=task.work_order.lease_seconds)
    if task.lease_expires_at is None or task.lease_expires_at < timezone.now() + lease * 0.9:
        held = Task.objects.filter(pk=task.pk, writer=writer, status=TaskStatus.CLAIMED)
        held.update(lease_expires_at=Now() + lease)
        task.lease_expires_at = timezone.now() + lease
