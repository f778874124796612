"""Setting the rules of an order for the words of its texts, and holding a text to them."""

from collections.abc import Collection, Sequence

from annotation.errors import ChecksUnsettled
from annotation.models import OrderRules, Task
from annotation.proofreading.catalogue import check_of
from annotation.proofreading.proofread import proofread
from annotation.proofreading.remarks import Term
from annotation.selectors.order_rules import order_rules_of
from annotation.selectors.remarks import PASTED, assignment_of, pasted_unnamed_of
from vendors.models import User, WorkOrder
from vendors.permissions import require_management


def order_rules_set(*, by: User, order: WorkOrder, terms: Sequence[Term], blocking: Collection[str]) -> OrderRules:
    """Let other rules hold from now on, for what is being written too. Raises RoleMissing."""
    require_management(by)
    pairs = [[term.unwanted, term.wanted] for term in terms]
    return OrderRules.objects.create(work_order=order, terms=pairs, blocking=sorted(blocking), by=by)


def order_rules_allow(writer: User, task: Task, text: str) -> None:
    """Raise ChecksUnsettled for a text on which a check remarks that the order makes blocking.

    `task` comes with its order and instruction, and may say itself that there is no such rule.
    """
    if not getattr(task, "has_blocking", True):
        return
    rules = order_rules_of(task.work_order_id)
    if not rules.blocking:
        return
    pasted = pasted_unnamed_of(writer, task) if PASTED in rules.blocking else []
    assignment = assignment_of(task, rules, pasted)
    open_ = [remark for remark in proofread(text, assignment) if remark.check_id in rules.blocking]
    if open_:
        named = dict.fromkeys(str(check_of(remark.check_id).name) for remark in open_)
        remarks = [{"check": one.check_id, "start": one.start, "end": one.end} for one in open_]
        raise ChecksUnsettled(ChecksUnsettled.message % {"checks": " · ".join(named)}, remarks=remarks)
