"""An organisation's webhooks and what went to them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from vendors.models import Delivery, Role, Webhook
from vendors.selectors.seats import MANAGEMENT, one_of, seat_get_for

WEBHOOK_ROLES = (*MANAGEMENT, Role.LEAD)


def webhook_list_for(user: Any) -> QuerySet[Webhook]:
    """The webhooks of the person's own organisation that are in use, newest first."""
    seat = seat_get_for(user)
    if seat is None or not seat.has_role(*WEBHOOK_ROLES):
        return Webhook.objects.none()
    return Webhook.objects.filter(organisation=seat.organisation.pk, ended_at__isnull=True)


def webhook_get_for(user: Any, public_id: UUID) -> Webhook:
    """One of them; raises NotFound."""
    return one_of(webhook_list_for(user), public_id)


def delivery_list(webhook: Webhook) -> QuerySet[Delivery]:
    """What went to a webhook that the person may see, newest first."""
    return webhook.deliveries.order_by("-pk")


def delivery_get_for(user: Any, public_id: UUID) -> Delivery:
    """One delivery to a webhook of the person's own organisation; raises NotFound."""
    return one_of(Delivery.objects.filter(webhook__in=webhook_list_for(user)), public_id)
