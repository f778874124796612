"""Letters that say what must be done before a day: pay before the sixty days end, write before an order is due."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from vendors.models import WorkOrder
from vendors.progress import progress_by_order
from vendors.selectors import due_list, lead_list, money_people_list
from vendors.services.letters import letters_queue
from vendors.states import WorkOrderStatus

WARN_DAYS = 14
SOON_DAYS = 3


@transaction.atomic
def due_alerts_send() -> int:
    """Write to everybody who pays, once a day, while something is due within two weeks; returns how many letters are new."""
    today = timezone.localdate()
    due = due_list(today, WARN_DAYS)
    if not due:
        return 0
    people = money_people_list()
    return letters_queue("due", people, reverse("vendors:statements"), key=str(today), due=due, days=WARN_DAYS)


@transaction.atomic
def due_soon_send() -> int:
    """Write to the leads whose running order is due within three days and not all written, once for each due date."""
    today = timezone.localdate()
    soon = WorkOrder.objects.filter(
        status=WorkOrderStatus.ACTIVE, due_on__range=(today, today + timedelta(days=SOON_DAYS))
    ).select_related("vendor")
    orders = {order.pk: order for order in soon}
    written = 0
    for pk, progress in progress_by_order({pk: order.quantity for pk, order in orders.items()}).items():
        order = orders[pk]
        if progress.waiting:
            path, key = reverse("vendors:order", args=[order.public_id]), f"{order.public_id}:{order.due_on}"
            leads = lead_list(order.vendor)
            written += letters_queue("due_soon", leads, path, key=key, order=order, waiting=progress.waiting)
    return written
