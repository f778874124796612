"""Whom we tell of what happened: an organisation's addresses, and a row for everything that goes there."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.models import PublicId
from vendors.models.people import Organisation, User


class Event(models.TextChoices):
    ORDER_ISSUED = "order.issued", _("An order is issued")
    TASK_RETURNED = "task.returned", _("A text is returned to its writer")
    TASK_ACCEPTED = "task.accepted", _("A text is accepted")
    RELEASE_PUBLISHED = "release.published", _("A release is published")


class Webhook(PublicId):
    """An address that is told of events by a signed POST. The secret is shown once and kept encrypted."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="webhooks")
    url = models.URLField(_("web address"), max_length=500)
    events = models.JSONField(default=list)
    sealed_secret = models.BinaryField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]


class Delivery(PublicId):
    """One event on its way to one address. `next_at` is when it is tried next; null when it arrived or was given up."""

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    event = models.CharField(max_length=40, choices=Event.choices)
    body = models.TextField(help_text="JSON, the same at every attempt.")
    at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="What the address answered.")
    last_error = models.CharField(max_length=40, blank=True, help_text="Why there was no answer, as a code.")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["next_at"], name="delivery_due", condition=Q(next_at__isnull=False))]
