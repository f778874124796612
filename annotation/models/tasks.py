"""The queue: one narrow row for every wanted output."""

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.states import TASK_MOVES, ReviewRank, TaskStatus
from collection.models import Instruction
from config.models import AppendOnly, PublicId, Transition, legal_moves
from vendors.models import Organisation, User, WorkOrder

# Whoever is shown a model's answer and whoever writes for its instruction take the same lock, so that neither overlooks
# the other.
SIGHT_LOCK = "PERFORM pg_advisory_xact_lock(hashtextextended('sight ' || {user} || ' ' || {instruction}, 0));"


class Task(PublicId):
    """One wanted output: a slot of a work order for one instruction.

    The writer's lease is the pair `writer`, `lease_expires_at` while the task is in hand; the reviewer's is
    `reviewer`, `review_expires_at` while it is in review. `vendor`, `language`, `priority` and `due_on` repeat
    the order's.
    """

    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="tasks")
    vendor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="tasks")
    slot = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=12, choices=TaskStatus.choices, default=TaskStatus.QUEUED)
    is_open = models.BooleanField(default=True, help_text="The order is active: the task may be claimed.")
    language = models.CharField(max_length=8)
    priority = models.SmallIntegerField(default=0)
    due_on = models.DateField()
    writer = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    claimed_at = models.DateTimeField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    reviewer = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    review_expires_at = models.DateTimeField(null=True, blank=True)
    current_submission = models.OneToOneField(
        "annotation.Submission", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    review_rank = models.PositiveSmallIntegerField(choices=ReviewRank.choices, default=ReviewRank.ORDINARY)
    rework_round = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="task_slot_once", fields=["work_order", "instruction", "slot"]),
            models.UniqueConstraint(
                name="task_one_in_hand_per_writer", fields=["writer"], condition=Q(status="claimed")
            ),
            models.CheckConstraint(
                name="task_in_hand_has_lease",
                condition=~Q(status="claimed") | Q(writer__isnull=False, lease_expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="task_in_review_has_lease",
                condition=~Q(status="in_review") | Q(reviewer__isnull=False, review_expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="task_delivered_has_submission",
                condition=~Q(status__in=["submitted", "in_review", "accepted", "returned", "rejected"])
                | Q(current_submission__isnull=False, writer__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["work_order", "-priority", "due_on", "id"],
                name="task_claim",
                condition=Q(status="queued", is_open=True),
            ),
            models.Index(fields=["vendor", "lease_expires_at"], name="task_lease", condition=Q(status="claimed")),
            models.Index(
                fields=["review_rank", "submitted_at", "id"],
                name="task_review",
                condition=Q(status__in=["submitted", "in_review"]),
            ),
            models.Index(fields=["writer", "status"], name="task_by_writer"),
            models.Index(fields=["work_order", "status"], name="task_by_order"),
        ]
        triggers = [
            legal_moves(TASK_MOVES),
            pgtrigger.Trigger(
                name="draw_record_salt",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__status="accepted"),
                func=pgtrigger.Func(
                    """
                    INSERT INTO annotation_recordsalt (task_id, value)
                    VALUES (NEW.id, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))
                    ON CONFLICT (task_id) DO NOTHING;
                    RETURN NULL;
                    """
                ),
            ),
            pgtrigger.Trigger(
                name="destroy_record_salt",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__status="revoked"),
                func=pgtrigger.Func("DELETE FROM annotation_recordsalt WHERE task_id = NEW.id; RETURN NULL;"),
            ),
            pgtrigger.Trigger(
                name="claimable",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__status="claimed") & pgtrigger.Q(old__status__df="claimed")
                | pgtrigger.Q(new__status="claimed", old__writer__df=pgtrigger.F("new__writer")),
                func=pgtrigger.Func(
                    f"""
                    {SIGHT_LOCK.format(user="NEW.writer_id", instruction="NEW.instruction_id")}
                    IF EXISTS (
                        SELECT 1 FROM annotation_showing shown
                        JOIN vendors_workorder o ON o.id = NEW.work_order_id
                        WHERE shown.instruction_id = NEW.instruction_id AND shown.user_id = NEW.writer_id
                            AND o.reference_policy = 'hidden'
                    ) THEN
                        RAISE EXCEPTION 'who has seen the reference cannot claim task %', NEW.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF EXISTS (
                        SELECT 1 FROM collection_reference r
                        WHERE r.instruction_id = NEW.instruction_id AND r.position IS NOT NULL
                            AND NOT EXISTS (SELECT 1 FROM annotation_commitment c WHERE c.reference_id = r.id)
                    ) THEN
                        RAISE EXCEPTION 'a reference of task % is not in the log of commitments', NEW.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
        ]


class TaskTransition(Transition):
    subject = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="transitions")

    class Meta(Transition.Meta):
        # Rows come in the order of their times: so small an index finds the last hours, and costs a claim nothing.
        indexes = [BrinIndex(fields=["at"], name="task_transition_at", pages_per_range=16, autosummarize=True)]


SKIP_SHORT = {
    "expert": _("Needs an expert"),
    "unclear": _("Unclear"),
    "unanswerable": _("Unanswerable"),
    "harmful": _("Harmful"),
    "personal_data": _("Personal data"),
    "other": _("Other"),
}


class InstructionSkip(AppendOnly):
    """A writer's word that an instruction is not for them; it is not offered to them again."""

    class Reason(models.TextChoices):
        EXPERT = "expert", _("It needs knowledge that I do not have.")
        UNCLEAR = "unclear", _("I cannot tell what is asked.")
        UNANSWERABLE = "unanswerable", _("It cannot be answered.")
        HARMFUL = "harmful", _("It asks for something harmful.")
        PERSONAL_DATA = "personal_data", _("It contains personal data.")
        OTHER = "other", _("Another reason")

        @property
        def short(self) -> str:
            """A word or two for it."""
            return str(SKIP_SHORT[self.value])

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="skips")
    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="skips")
    writer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [models.UniqueConstraint(name="instruction_skip_once", fields=["writer", "instruction"])]


class SkipAnswer(AppendOnly):
    """An operator's word that an instruction stays in the queue, whatever writers said of it until then."""

    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="skip_answers")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=300)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(fields=["instruction", "at"], name="skip_answer_newest")]
