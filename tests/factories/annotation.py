"""Rows of the hall for tests. What has rules goes through the services."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from annotation.models import Submission, Task
from annotation.services.queue import task_claim
from annotation.services.submissions import submission_send
from collection.models import ImportBatch, Instruction
from collection.states import InstructionStatus
from tests.cast import Cast
from tests.factories.collection import make_import_batch
from tests.factories.vendors import make_active_order
from vendors.models import User, WorkOrder

# Written for the tests by a person; long enough for every range, and unlike anything the references say.
TEXT = (
    "朝の市場では、まず魚を見る。目が澄んでいて、えらが赤いものを選ぶと、その日の昼まで味が落ちない。"
    "店の人に聞けば、どう煮るかまで教えてくれるので、遠慮なく話しかけるとよい。"
)

_serial = count(1)


def make_instructions(number: int, *, language: str = "ja", batch: ImportBatch | None = None) -> list[Instruction]:
    """Eligible instructions of an import, in one statement."""
    batch = batch or make_import_batch()
    rows = []
    for _ in range(number):
        serial = next(_serial)
        rows.append(
            Instruction(
                import_batch=batch,
                status=InstructionStatus.ELIGIBLE,
                instruction=f"魚の選び方を、初めて市場に行く人に説明してください。({serial})",
                language=language,
                text_sha256=f"{serial:064x}",
            )
        )
    return Instruction.objects.bulk_create(rows)


def make_open_order(cast: Cast, *, quantity: int = 3, sango: bool = False, **fields: Any) -> WorkOrder:
    """An active order of Kaede's, or of its rival's, with one queued task for each of its own new instructions."""
    make_instructions(quantity, language=fields.get("language", "ja"))
    vendor, lead = (cast.sango, cast.riku) if sango else (cast.kaede, cast.luna)
    return make_active_order(by=cast.minato, lead=lead, vendor=vendor, quantity=quantity, **fields)


def make_claim(writer: User) -> Task:
    """The next task, which there must be."""
    task = task_claim(writer=writer)
    assert task is not None
    return task


def make_submission(writer: User, *, text: str = "") -> Submission:
    """A text handed in for the writer's next task."""
    task = make_claim(writer)
    return submission_send(
        writer=writer, task=task, text=text or f"{TEXT}{next(_serial)}", base_revision=0, is_attested=True
    )


def lease_end(task: Task, *, seconds_ago: int = 1) -> None:
    """Let a task's lease have ended."""
    Task.objects.filter(pk=task.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=seconds_ago))
