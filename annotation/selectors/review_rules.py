"""What an order's rule of review says of one text: when it is read, and by how many."""

import hashlib
import hmac
from typing import Final

from annotation.models import Review, Task
from annotation.states import ReviewRank
from vendors.models import User, WorkOrder

Rule = WorkOrder.ReviewRule
# Whoever has had fewer texts judged than this counts as new.
NEW_UNTIL: Final = 10


def is_drawn(task: Task) -> bool:
    """Whether the task is in the order's random share.

    The draw is a keyed hash (HMAC-SHA256 of the task's public id under the order's own key): nobody without the key can
    tell beforehand, and whoever has it draws the same tasks again, however often one comes back.
    """
    order = task.work_order
    drawn = hmac.digest(bytes.fromhex(order.review_key), task.public_id.bytes, hashlib.sha256)
    return int.from_bytes(drawn[:8]) * 100 < order.review_share << 64


def review_rank_of(task: Task, writer: User, *, is_doubtful: bool) -> ReviewRank:
    """Return when a text that is handed in now is read. `is_doubtful`: a flag, a close call or a check on hold.

    No query but for an order that reads by risk, of a text without doubt: one.
    """
    rule = task.work_order.review_rule
    if rule == Rule.SHARE:
        return ReviewRank.FIRST if is_drawn(task) else ReviewRank.LATER
    if rule == Rule.RISK and (is_doubtful or _is_new(writer)):
        return ReviewRank.FIRST
    return ReviewRank.ORDINARY


def readers_wanted(task: Task) -> int:
    """How many reviewers read a text of the task, one who decides between two aside. `task` comes with its order."""
    order = task.work_order
    is_spared = order.review_rule == Rule.SHARE and task.review_rank == ReviewRank.LATER
    return 1 if is_spared else order.reviewers_each


def _is_new(writer: User) -> bool:
    judged = Review.objects.filter(submission__writer=writer.pk)
    return judged[:NEW_UNTIL].count() < NEW_UNTIL
