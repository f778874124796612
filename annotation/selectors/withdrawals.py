"""The withdrawal list as a release tells it: which records must no longer be used, since when and why. Never a text."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from annotation.models import Task
from collection.selectors import withdrawal_list

TOGETHER = 1000


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One instruction that was taken back, and the ids of the records that a release may have made of it."""

    instruction: UUID
    records: tuple[UUID, ...]
    since: datetime
    reason: str


def withdrawal_with_records_list() -> Iterator[Withdrawal]:
    """Every withdrawal with its records, oldest first, in constant memory.

    A record carries the id of its task. Tasks that never had a text handed in could be in no release and are left out.
    """
    tombstones = withdrawal_list()
    while batch := list(islice(tombstones, TOGETHER)):
        records: dict[int, list[UUID]] = defaultdict(list)
        tasks = Task.objects.filter(
            instruction__in=[one.instruction_id for one in batch], current_submission__isnull=False
        )
        for instruction_id, public_id in tasks.order_by("pk").values_list("instruction_id", "public_id"):
            records[instruction_id].append(public_id)
        for one in batch:
            yield Withdrawal(one.public_id, tuple(records[one.instruction_id]), one.since, one.reason)


def withdrawal_entries() -> Iterator[dict[str, Any]]:
    """The same list as objects of JSON, as a release and the command print them."""
    for one in withdrawal_with_records_list():
        yield {
            "id": str(one.instruction),
            "reason": one.reason,
            "records": [str(record) for record in one.records],
            "since": one.since.isoformat(timespec="seconds"),
        }
