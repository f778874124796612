"""The demonstration, told once on the test database: something on every page, and nothing a real database would keep."""

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from annotation.demonstration import PASSWORD, SIGN_INS
from annotation.models import CleanRecord, Commitment, GateReport, Submission, Task, WritingTrace
from annotation.states import TaskStatus
from collection.models import Installation, Instruction, Reference
from collection.states import InstructionStatus
from tests.demonstration import Told
from vendors.models import Earning, Signature, User, WorkOrder

# A month of work, and the models of every language, are behind the first of these: minutes on a machine that is busy.
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]


DEMONSTRATION = Told(of_this_run=True)


@pytest.fixture
def demonstration() -> None:
    DEMONSTRATION.put()


def test_the_demonstration_has_work_in_every_state_and_a_month_behind_it(demonstration: None) -> None:
    now = timezone.now()
    assert set(Task.objects.values_list("status", flat=True)) == set(TaskStatus.values)
    assert {"eligible", "held", "rejected", "withdrawn"} <= set(Instruction.objects.values_list("status", flat=True))
    assert Instruction.objects.count() >= 80
    first = Instruction.objects.order_by("created_at").first()
    assert first is not None and (now - first.created_at).days >= 28
    assert not Instruction.objects.filter(created_at__gt=now).exists()
    assert not Task.objects.filter(decided_at__gt=now).exists()
    for signature in Signature.objects.all():
        assert not Task.objects.filter(writer=signature.user, claimed_at__lt=signature.at).exists()
    assert not Commitment.objects.filter(reference__instruction__tasks__claimed_at__lt=F("at")).exists()
    # Every accepted text is clean, and earned its price once.
    assert CleanRecord.objects.count() == Task.objects.filter(status=TaskStatus.ACCEPTED).count() > 30
    assert Earning.objects.count() == Task.objects.filter(status__in=("accepted", "revoked")).count()
    # One text was written elsewhere and waits for a reviewer to ask about it; the gate has refused, and has doubted.
    (flagged,) = WritingTrace.objects.exclude(flags=[])
    assert flagged.submission.task.status == TaskStatus.SUBMITTED
    assert set(GateReport.objects.values_list("decision", flat=True)) == set(GateReport.Decision.values)
    assert Submission.objects.filter(gate_reports__decision=GateReport.Decision.BLOCK).count() == 0
    doubted = Submission.objects.filter(gate_reports__decision=GateReport.Decision.REVIEW).distinct()
    assert set(doubted.values_list("task__status", flat=True)) == {TaskStatus.SUBMITTED, TaskStatus.ACCEPTED}
    assert {order.status for order in WorkOrder.objects.all()} >= {"draft", "issued", "active"}
    for sign_in in SIGN_INS:
        if sign_in.email:
            assert User.objects.get(email=sign_in.email).check_password(PASSWORD)


def test_nothing_of_the_demonstration_is_clean_in_a_real_database(demonstration: None) -> None:
    assert all(CleanRecord.objects.values_list("is_demonstration", flat=True))
    assert not Instruction.objects.exclude(status=InstructionStatus.WITHDRAWN).filter(is_practice=False).exists()
    texts = set(Reference.objects.exclude(text="").values_list("text", flat=True))
    assert texts and not texts & set(CleanRecord.objects.values_list("output", flat=True))
    import pgtrigger

    with pgtrigger.ignore():
        Installation.objects.update(is_demonstration=False)
    assert CleanRecord.objects.count() == 0


def test_a_database_that_holds_anything_is_refused(demonstration: None) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("seed_demo", verbosity=0)
    assert refused.value.returncode == 1
    assert Installation.objects.count() == 1
