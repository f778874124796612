"""What the two sides write to each other about an order or one of its tasks."""

import pgtrigger
from django.db import models
from django.db.models import Q

from annotation.models.tasks import Task
from config.models import PublicId
from vendors.models import Role, User, WorkOrder


class Message(PublicId):
    """One message. Without a task it belongs to the order's own thread, which whoever sees the order reads.

    Its words never change; they are deleted with the instruction that they were about.
    """

    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="messages")
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.PROTECT, related_name="messages")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=Role.choices)
    is_by_operator = models.BooleanField()
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["work_order", "id"], name="message_by_order", condition=Q(task__isnull=True)),
            models.Index(fields=["task", "id"], name="message_by_task", condition=Q(task__isnull=False)),
        ]
        triggers = [pgtrigger.Protect(name="words_stand", operation=pgtrigger.Update)]


class MessageMark(models.Model):
    """How far somebody has read a thread: up to the message with the key `newest`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    work_order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="+")
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    newest = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="message_mark_once", fields=["user", "work_order", "task"], nulls_distinct=False
            )
        ]
