"""When an order has come to its end by itself."""

from annotation.models import Task
from annotation.selectors.lots import has_passed_by_lot
from annotation.states import TaskStatus
from vendors.models import WorkOrder
from vendors.services import work_order_complete
from vendors.states import WorkOrderStatus

FINAL = (TaskStatus.ACCEPTED, TaskStatus.REJECTED, TaskStatus.CANCELLED, TaskStatus.REVOKED)


def order_complete_if_done(*, order: WorkOrder) -> None:
    """Complete an active order with its last decided task; what passed with its lot is decided. The caller holds the order."""
    if order.status != WorkOrderStatus.ACTIVE:
        return
    if not Task.objects.filter(work_order=order).exclude(status__in=FINAL).exclude(has_passed_by_lot()).exists():
        work_order_complete(order=order, by=None)
