"""Acts on many rows at once: what was asked for, and how far it has come with each."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.models import PublicId
from vendors.models import User


class BulkJob(PublicId):
    """One act on all that a search found at one moment. `asked` is the search, as its address says it."""

    class Action(models.TextChoices):
        REJECT = "reject", _("Reject instructions")
        ACCEPT = "accept", _("Let held instructions through")
        CANCEL = "cancel", _("Withdraw tasks that nobody has begun")
        REQUEUE = "requeue", _("Put tasks back into the queue")

    class Status(models.TextChoices):
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        STOPPED = "stopped", _("stopped")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    action = models.CharField(max_length=10, choices=Action.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    asked = models.JSONField(default=dict)
    why = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    expected = models.PositiveIntegerField(db_default=0, help_text=_("How many rows were found at the start."))
    noting_up_to = models.BigIntegerField(null=True, help_text=_("The newest row found then, until all are noted."))

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(name="bulk_job_has_a_reason", condition=~Q(why=""))]
        indexes = [
            models.Index(name="bulk_job_going_on", fields=["status"], condition=Q(status__in=["running", "undoing"]))
        ]


class BulkItem(models.Model):
    """One row of a job, which changes with it in one transaction: so a job that was killed goes on, and does nothing twice.

    `before` is the status that the row had, for the way back; `code` is that of the error that kept it as it is.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        REFUSED = "refused", _("left as it is")
        UNDONE = "undone", _("undone")
        KEPT = "kept", _("not undone")

    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="items")
    target_id = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    before = models.CharField(max_length=20, blank=True)
    code = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="bulk_item_once", fields=["job", "target_id"])]
        indexes = [models.Index(name="bulk_item_by_state", fields=["job", "state", "id"])]
