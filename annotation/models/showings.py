"""Who was shown a model's answer: a row for each display, without which there is none."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models.tasks import SIGHT_LOCK, Task
from collection.models import Instruction, Reference
from config.models import AppendOnly, append_only
from vendors.models import User

# A task whose text may still be written by the one who holds it.
_OPEN = "('claimed', 'returned', 'submitted', 'in_review')"


class Showing(AppendOnly):
    """One display of one reference to one person.

    `mark` is hidden in the text as it was displayed, `wording` chose its spelling: a copy leads back here. The wording is
    the same whenever a person opens the same reference, so that two displays tell nothing about it.
    """

    class Place(models.TextChoices):
        DESK = "desk", _("at the review desk")
        RECORD = "record", _("on the page of the record")
        WRITING = "writing", _("beside the writer's own text")

    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="showings")
    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.PROTECT, related_name="showings")
    place = models.CharField(max_length=40, choices=Place.choices)
    why = models.CharField(max_length=500, blank=True)
    mark = models.BigIntegerField(unique=True)
    wording = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        indexes = [
            models.Index(fields=["instruction", "user"], name="showing_by_instruction"),
        ]
        triggers = [
            append_only(),
            pgtrigger.Trigger(
                name="not_to_who_must_not_see",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=pgtrigger.Func(
                    f"""
                    SELECT instruction_id INTO NEW.instruction_id FROM collection_reference WHERE id = NEW.reference_id;
                    {SIGHT_LOCK.format(user="NEW.user_id", instruction="NEW.instruction_id")}
                    IF EXISTS (
                        SELECT 1 FROM annotation_task t
                        JOIN vendors_workorder o ON o.id = t.work_order_id
                        WHERE t.instruction_id = NEW.instruction_id AND t.writer_id = NEW.user_id
                            AND t.status IN {_OPEN} AND o.reference_policy = 'hidden'
                    ) THEN
                        RAISE EXCEPTION 'the reference is hidden from who writes for this instruction'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF NEW.place = 'writing' AND NOT EXISTS (
                        SELECT 1 FROM annotation_task t
                        JOIN vendors_workorder o ON o.id = t.work_order_id
                        LEFT JOIN annotation_draft d ON d.task_id = t.id AND d.writer_id = t.writer_id
                        WHERE t.id = NEW.task_id AND t.writer_id = NEW.user_id AND t.status = 'claimed'
                            AND t.instruction_id = NEW.instruction_id
                            AND (
                                o.reference_policy = 'visible'
                                OR o.reference_policy = 'after_first_draft'
                                    AND length(btrim(d.text, E' \\t\\n\\r')) >= o.min_characters
                            )
                    ) THEN
                        RAISE EXCEPTION 'the order of task % does not show its reference to the writer now', NEW.task_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
        ]
