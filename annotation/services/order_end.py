"""When an order has come to its end by itself."""

from annotation.models import Task
from annotation.selectors.lots import has_passed_by_lot
from annotation.states import TaskStatus
from vendors.models import WorkOrder
from vendors.services import work_order_complete
from vendors.states import WorkOrderStatus

FINAL = {TaskStatus.ACCEPTED, TaskStatus.REJECTED, TaskStatus.CANCELLED, TaskStatus.REVOKED}
WAITED_FOR = [status for status in TaskStatus if status not in FINAL]


def order_complete_if_done(*, order: WorkOrder) -> None:
    """Complete an active order with its last decided task; what passed with its lot is decided. The caller holds the order."""
    if order.status != WorkOrderStatus.ACTIVE:
        return
    waiting = Task.objects.filter(work_order=order, status__in=WAITED_FOR)
    if order.inspection == WorkOrder.Inspection.LOT:
        waiting = waiting.exclude(has_passed_by_lot())
    if not waiting.exists():
        work_order_complete(order=order, by=None)
