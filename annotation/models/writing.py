"""What writers make: drafts, the record of their making, and what they hand in."""

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models.tasks import SIGHT_LOCK, Task
from config.models import AppendOnly, PublicId, append_only
from config.text_search import Pairs
from vendors.models import Signature, User


class TraceChoice(AppendOnly):
    """A writer's word on the writing trace: recorded, or off because of assistive technology, dictation or a wish of theirs.

    Nothing is recorded before there is one. The newest counts, and only for the notice that was shown; a draft keeps the
    one it was begun under, unless recording is turned off.
    """

    writer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="trace_choices")
    is_recorded = models.BooleanField()
    notice_version = models.PositiveSmallIntegerField()
    at = models.DateTimeField(auto_now_add=True)


class Draft(models.Model):
    """A writer's text in the making. It outlives the lease; the database lets nobody change it without one.

    `opened_at` is where the trace's clock starts: when the task was first in the writer's hands. `trace_number`,
    `trace_hash` and `trace_length` are those of the trace's last bucket.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="drafts")
    writer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField()
    is_recorded = models.BooleanField(default=False)
    saved_at = models.DateTimeField(null=True, blank=True)
    trace_number = models.PositiveIntegerField(default=0)
    trace_hash = models.CharField(max_length=64, blank=True)
    trace_length = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="draft_one_per_writer", fields=["task", "writer"])]
        triggers = [
            pgtrigger.Trigger(
                name="only_with_lease",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__text__df=pgtrigger.F("new__text")),
                func=pgtrigger.Func(
                    """
                    IF NOT EXISTS (
                        SELECT 1 FROM annotation_task t
                        WHERE t.id = NEW.task_id AND t.status = 'claimed' AND t.writer_id = NEW.writer_id
                    ) THEN
                        RAISE EXCEPTION 'draft % belongs to a task that its writer does not hold', NEW.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                    """
                ),
            )
        ]


class DraftRevision(models.Model):
    """The server's own timestamped copy of a draft. Its text is purged after a set time; what the trace is held to stays.

    `length` is in UTF-16 units, as the trace counts; `bucket_number` is the last bucket that had come by then.
    """

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="revisions")
    revision = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    text_sha256 = models.CharField(max_length=64)
    length = models.PositiveIntegerField(default=0)
    bucket_number = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="draft_revision_once", fields=["draft", "revision"])]
        indexes = [models.Index(name="draft_revision_purge", fields=["at"], condition=~models.Q(text=""))]
        triggers = [
            pgtrigger.Trigger(
                name="kept_as_saved",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=pgtrigger.Func(
                    """
                    IF NEW.text <> '' OR to_jsonb(NEW) - 'text' <> to_jsonb(OLD) - 'text' THEN
                        RAISE EXCEPTION 'the copy % of a draft can lose its text and nothing else', OLD.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                    """
                ),
            )
        ]


class TraceBucket(AppendOnly):
    """Counts and timings of ten seconds of writing; each carries the hash of the one before."""

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="buckets")
    number = models.PositiveIntegerField()
    counts = models.JSONField()
    previous_hash = models.CharField(max_length=64, blank=True)
    bucket_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [models.UniqueConstraint(name="trace_bucket_once", fields=["draft", "number"])]


class Submission(PublicId, AppendOnly):
    """One immutable version of an output, vouched for by the person who wrote it.

    A reviewer's edit names who edited it and the version of the writer's own that it goes back to.
    """

    class Origin(models.TextChoices):
        EDITOR = "editor", _("written in the editor")
        REVIEWER = "reviewer", _("edited by a reviewer")
        IMPORT = "import", _("imported human text")

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="submissions")
    version = models.PositiveSmallIntegerField(default=1)
    writer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    edited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    edited_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="edits")
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.EDITOR)
    signature = models.ForeignKey(Signature, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    character_count = models.PositiveIntegerField()
    active_seconds = models.PositiveIntegerField(default=0)
    is_attested = models.BooleanField(help_text=_("The writer confirmed: written by me, without generative AI."))
    started_at = models.DateTimeField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(name="submission_version_once", fields=["task", "version"]),
            models.CheckConstraint(name="submission_is_attested", condition=models.Q(is_attested=True)),
            models.CheckConstraint(name="submission_is_not_empty", condition=~models.Q(text="")),
            models.CheckConstraint(
                name="submission_edit_is_whole",
                condition=models.Q(origin="reviewer", edited_by__isnull=False, edited_from__isnull=False)
                | models.Q(~models.Q(origin="reviewer"), edited_by__isnull=True, edited_from__isnull=True),
            ),
        ]
        # What is handed in waits in the index's list, and a job sorts it in: no writer waits for that.
        indexes = [
            GinIndex(Pairs("text"), name="submission_pairs", fastupdate=True, gin_pending_list_limit=65536),
        ]
        triggers = [
            append_only(),
            pgtrigger.Trigger(
                name="edit_of_what_is_on_the_desk",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__origin="reviewer"),
                func=pgtrigger.Func(
                    """
                    IF NOT EXISTS (
                        SELECT 1
                        FROM annotation_submission own
                        JOIN annotation_task t ON t.id = own.task_id
                        WHERE own.id = NEW.edited_from_id
                            AND own.task_id = NEW.task_id
                            AND own.writer_id = NEW.writer_id
                            AND own.edited_by_id IS NULL
                            AND NEW.edited_by_id <> NEW.writer_id
                            AND t.status = 'in_review'
                            AND t.reviewer_id = NEW.edited_by_id
                    ) THEN
                        RAISE EXCEPTION 'an edit changes a text that is on the desk of who edits it, and is not their own'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
            pgtrigger.Trigger(
                name="reference_unseen",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("author", "bigint"), ("asked", "bigint")],
                func=pgtrigger.Func(
                    f"""
                    author := COALESCE(NEW.edited_by_id, NEW.writer_id);
                    SELECT instruction_id INTO asked FROM annotation_task WHERE id = NEW.task_id;
                    {SIGHT_LOCK.format(user="author", instruction="asked")}
                    IF EXISTS (
                        SELECT 1 FROM annotation_showing shown
                        JOIN annotation_task t ON t.id = NEW.task_id
                        JOIN vendors_workorder o ON o.id = t.work_order_id
                        WHERE shown.instruction_id = asked AND shown.user_id = author AND o.reference_policy = 'hidden'
                    ) THEN
                        RAISE EXCEPTION 'who has seen the reference cannot write for task %', NEW.task_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
        ]


class WritingTrace(AppendOnly):
    """The judgement of a submission's trace: sums, and flags that keep it back until a reviewer clears them.

    No recorder runs at the review desk: of an edit, the sums are the server's own count of what it changed in the
    writer's version, whose trace counts as well.
    """

    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="trace")
    is_complete = models.BooleanField()
    flags = models.JSONField(default=list, help_text=_("Codes of the flags raised; empty when none."))
    totals = models.JSONField(default=dict)
    last_hash = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(auto_now_add=True)


class TraceFlagClearance(AppendOnly):
    """A reviewer's reason why one flag of a trace does not speak against the text."""

    trace = models.ForeignKey(WritingTrace, on_delete=models.PROTECT, related_name="clearances")
    flag = models.CharField(max_length=40)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=500)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [models.UniqueConstraint(name="trace_flag_cleared_once", fields=["trace", "flag"])]
