"""Lots: what collects, what is drawn, what the sample decides about the rest, and what is paid for it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.checks import clean_rules_explain
from annotation.errors import LotEmpty, PassedByLot, ReviewStarted
from annotation.models import AuditNote, CleanRecord, Lot, LotItem, Task
from annotation.selectors.lots import lot_list_of, open_lot_of, sample_faults
from annotation.selectors.review import review_queue_for
from annotation.services.audit import chain_catch_up
from annotation.services.clearance import clearance_run
from annotation.services.filling import instruction_tasks_end
from annotation.services.inspection import uninspected_enter
from annotation.services.lots import lot_close, lot_hand_over, lot_order, lots_follow
from annotation.services.reviews import review_accept, review_claim, review_reject, review_return
from annotation.services.submissions import submission_recall
from config.errors import NotFound
from tests.cast import Cast, cast, cast_here
from tests.database import Rows
from tests.factories.records import make_reason, make_slots, make_submission
from tests.factories.vendors import make_work_order
from vendors.lots import Lots
from vendors.models import Earning, Letter, Statement, User, WorkOrder
from vendors.progress import progress_by_order
from vendors.selectors import paid_for
from vendors.wording import money_text

# Of four outputs two are read, and none may be faulty.
PLAN = {"level": "S-1", "aql": "6.5", "size": 4, "days": 3}


def _write() -> None:
    people = cast()
    for task in make_slots(people, 4, lots=Lots(**PLAN), rework_rounds=1):
        make_submission(task, people.wataru)


_ROWS = Rows(_write)


@pytest.fixture
def people(db: None) -> Cast:
    _ROWS.put()
    return cast_here()


@pytest.fixture
def order(people: Cast) -> WorkOrder:
    return WorkOrder.objects.get()


@pytest.fixture
def lot(order: WorkOrder) -> Lot:
    assert lots_follow() == (1, 0)
    return order.lots.get()


def judge(reviewer: User, *verdicts: str) -> None:
    """Give a verdict on each text that comes to the desk, in turn."""
    said: dict[str, Any] = {"reasons": [make_reason().code], "comment": "Say which fish."}
    for verdict in verdicts:
        task = review_claim(reviewer=reviewer)
        assert task is not None
        if verdict == "accept":
            review_accept(reviewer=reviewer, task=task)
        elif verdict == "return":
            review_return(reviewer=reviewer, task=task, **said)
        else:
            review_reject(reviewer=reviewer, task=task, **said)


def fates(lot: Lot) -> list[str]:
    return list(lot.items.order_by("place").values_list("fate", flat=True))


def test_a_full_lot_is_closed_and_its_sample_alone_is_read(people: Cast, order: WorkOrder) -> None:
    assert review_claim(reviewer=people.ren) is None
    assert open_lot_of(order).size == 4
    assert lots_follow() == (1, 0)
    lot = order.lots.get()
    assert (lot.number, lot.size, lot.letter, lot.sample_size, lot.acceptance_number) == (1, 4, "A", 2, 0)
    assert (lot.closed_why, fates(lot)) == ("size", ["sampled", "sampled", "waits", "waits"])
    assert review_queue_for(people.ren).waiting_count == 2
    assert lots_follow() == (0, 0)


def test_whoever_has_the_key_draws_the_same_sample(lot: Lot) -> None:
    drawn = [item.submission.public_id for item in lot.items.order_by("place").select_related("submission")]
    assert lot_order(bytes(lot.key), reversed(drawn)) == drawn
    assert lot_order(b"another key", drawn) != drawn or lot_order(b"a third key", drawn) != drawn
    assert len(bytes(lot.key)) == 32


def test_the_plan_and_the_draw_stand(lot: Lot) -> None:
    for change in (
        lambda: Lot.objects.filter(pk=lot.pk).update(acceptance_number=2),
        lambda: LotItem.objects.filter(lot=lot, place=1).update(place=9),
        lambda: LotItem.objects.filter(lot=lot).delete(),
    ):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()


def test_passed_the_rest_is_paid_but_no_release_takes_what_nobody_read(
    people: Cast, order: WorkOrder, lot: Lot
) -> None:
    judge(people.ren, "accept", "accept")
    assert lots_follow() == (0, 1)
    assert fates(lot) == ["sampled", "sampled", "passed", "passed"]
    assert sorted(Earning.objects.values_list("kind", "amount")) == [("acceptance", 480)] * 2 + [("lot", 480)] * 2
    progress = progress_by_order({order.pk: 4})[order.pk]
    assert (progress.accepted, progress.by_lot, progress.delivered) == (4, 2, 0)
    order.refresh_from_db()
    assert order.status == "completed"
    clearance_run()
    assert CleanRecord.objects.count() == 2
    unread = lot.items.filter(fate="passed").select_related("task").first()
    assert unread is not None
    rule = next(rule for rule in clean_rules_explain(unread.task) if rule.name == "is_accepted")
    assert not rule.holds
    assert (rule.evidence["verdict"], rule.evidence["lot"], rule.evidence["fate"]) == ("none", 1, "passed")


def test_what_passed_may_be_read_later_and_is_paid_once_whatever_is_found(people: Cast, lot: Lot) -> None:
    judge(people.ren, "accept", "accept")
    lots_follow()
    with pytest.raises(PassedByLot), transaction.atomic():
        judge(people.ren, "return")
    judge(people.ren, "accept", "reject")
    assert Earning.objects.count() == 4
    assert sum(Earning.objects.values_list("amount", flat=True)) == 4 * 480
    clearance_run()
    assert CleanRecord.objects.count() == 3


def test_what_passed_after_its_inspection_date_keeps_its_line(people: Cast, lot: Lot) -> None:
    assert uninspected_enter(now=timezone.now() + timedelta(days=8)) == 4
    judge(people.ren, "accept", "accept")
    lots_follow()
    judge(people.ren, "reject", "reject")
    assert set(Earning.objects.values_list("kind", flat=True)) == {"uninspected"}
    assert sum(Earning.objects.values_list("amount", flat=True)) == 4 * 480
    assert uninspected_enter(now=timezone.now() + timedelta(days=9)) == 0


def test_what_waits_for_its_lot_is_paid_when_its_date_has_passed(people: Cast, order: WorkOrder) -> None:
    late = timezone.now() + timedelta(days=8)
    assert uninspected_enter(now=late) == 4
    Task.objects.update(submitted_at=timezone.now() - timedelta(days=9))
    assert progress_by_order({order.pk: 4})[order.pk].uninspected == 4


def test_a_lot_that_fails_goes_back_whole(people: Cast, order: WorkOrder, lot: Lot, client: Client) -> None:
    uninspected_enter(now=timezone.now() + timedelta(days=8))
    judge(people.ren, "accept", "return")
    Letter.objects.all().delete()
    assert lots_follow() == (0, 1)
    lot.refresh_from_db()
    assert (lot.status, lot.fault_count) == ("failed", 1)
    assert fates(lot).count("returned") == 2
    back = list(Task.objects.filter(status="returned"))
    assert len(back) == 3
    assert {task.rework_round for task in back} == {1}
    assert sum(Earning.objects.values_list("amount", flat=True)) == 480
    assert sum(sample_faults(lot).values()) == 1
    told = {letter.person: letter.subject for letter in Letter.objects.select_related("person")}
    assert "has failed" in told.pop(people.luna)
    assert "2 texts" in told.pop(people.wataru)
    assert told == {}
    whole = next(task for task in back if task.lot_items.get().fate == "returned")
    client.force_login(people.wataru)
    page = client.get(f"/work/tasks/{whole.public_id}/").content.decode()
    assert "the whole of lot 1" in page
    # Sent again, they are the next lot; with no round left, its rest is read one by one.
    for task in back:
        make_submission(task, people.wataru)
    assert lots_follow() == (1, 0)
    second = order.lots.get(number=2)
    assert (second.size, second.closed_why) == (3, "end")
    judge(people.ren, "accept", "reject")
    assert lots_follow() == (0, 1)
    assert fates(second) == ["sampled", "sampled", "inspected"]
    judge(people.ren, "accept")
    assert sum(Earning.objects.values_list("amount", flat=True)) == 3 * 480
    order.refresh_from_db()
    assert order.status == "completed"


def test_a_lot_that_fails_is_inspected_in_full_where_the_order_says_so(people: Cast) -> None:
    for task in make_slots(people, 4, lots=Lots(**PLAN, failed="inspect")):
        make_submission(task, people.wakana)
    lots_follow()
    judge(people.ren, "accept", "accept", "accept", "return")  # two of each lot: the older order's passes
    lots_follow()
    failed = Lot.objects.get(status="failed")
    assert fates(failed) == ["sampled", "sampled", "inspected", "inspected"]
    assert review_queue_for(people.ren).waiting_count == 4
    claimed = review_claim(reviewer=people.ren)
    assert claimed is not None
    assert claimed.work_order_id == failed.work_order_id, "what somebody waits for comes before what passed"


def test_nothing_is_recalled_from_a_closed_lot(people: Cast, order: WorkOrder) -> None:
    first, second = Task.objects.order_by("pk")[:2]
    submission_recall(writer=people.wataru, task=first)
    assert open_lot_of(order).size == 3
    lot_close(order=order, why=Lot.Why.LEAD)
    with pytest.raises(ReviewStarted):
        submission_recall(writer=people.wataru, task=second)


def test_what_is_withdrawn_unread_is_replaced_by_the_next_of_the_draw(people: Cast, lot: Lot) -> None:
    first = lot.items.select_related("task__instruction").get(place=1)
    instruction_tasks_end(instruction=first.task.instruction, why="instruction_withdrawn")
    assert lots_follow() == (0, 0)
    assert fates(lot) == ["gone", "sampled", "sampled", "waits"]
    judge(people.ren, "accept", "accept")
    lots_follow()
    lot.refresh_from_db()
    assert (lot.status, fates(lot)) == ("passed", ["gone", "sampled", "sampled", "passed"])
    assert paid_for(first.submission.public_id) == 0


def test_a_lot_is_closed_when_its_time_is_over_or_by_the_lead(people: Cast, order: WorkOrder) -> None:
    task = Task.objects.order_by("pk")[0]
    submission_recall(writer=people.wataru, task=task)
    assert lots_follow() == (0, 0)
    assert lots_follow(now=timezone.now() + timedelta(days=2, hours=23)) == (0, 0)
    assert lots_follow(now=timezone.now() + timedelta(days=3, minutes=1)) == (1, 0)
    assert order.lots.get().closed_why == "date"
    with pytest.raises(LotEmpty):
        lot_hand_over(order=order, by=people.luna)
    make_submission(Task.objects.get(pk=task.pk), people.wataru)
    assert lot_hand_over(order=order, by=people.luna).closed_by == people.luna
    assert [row.lot.number for row in lot_list_of(order)] == [2, 1]


def test_the_audit_says_who_closed_a_lot_and_what_became_of_it(people: Cast, order: WorkOrder, client: Client) -> None:
    submission_recall(writer=people.wataru, task=Task.objects.order_by("pk")[0])
    lot_hand_over(order=order, by=people.luna)
    judge(people.ren, "accept", "return")
    lots_follow()
    noted = AuditNote.objects.filter(details__has_key="lot").order_by("pk")
    assert [(note.user, note.act, note.subject_id, note.details) for note in noted] == [
        (people.luna, "changed", str(order.public_id), {"what": "lot_closed", "lot": 1, "size": 3}),
        (None, "judged", str(order.public_id), {"what": "lot_failed", "lot": 1, "faults": 1}),
    ]
    chain_catch_up()
    client.force_login(people.minato)
    page = client.get(f"/ops/audit/?subject={order.public_id}").content.decode()
    assert "Lot closed and its sample drawn: Lot 1" in page
    assert "Lot failed: Lot 1" in page


def test_the_way_of_a_record_tells_its_lot_and_its_payment(people: Cast, order: WorkOrder, client: Client) -> None:
    lots_follow()
    judge(people.ren, "accept", "accept")
    lots_follow()
    task = Task.objects.get(pk=LotItem.objects.get(fate="passed", place=4).task_id)
    line = Earning.objects.get(submission_id=task.current_submission.public_id)  # type: ignore[union-attr]
    page = reverse("annotation:record", args=[task.public_id])

    def told(user: User) -> str:
        client.force_login(user)
        return client.get(page).content.decode()

    lot_words = ("Closed in lot 1 of its order", "it was full", "Lot 1 was decided: passed with its lot")
    entered = f"Entered for payment, {money_text(line.amount)}: passed with its lot"
    assert [words for words in (*lot_words, entered) if words not in told(people.aoi)] == []
    assert "paid with the statement of" not in told(people.aoi)
    Statement.objects.create(vendor=people.kaede, month=line.month, status="paid", paid_at=timezone.now())
    assert f"{money_text(line.amount)} paid with the statement of" in told(people.fumi)
    # Who judges sees the lot, and nothing of money.
    judged = told(people.ren)
    assert lot_words[0] in judged and "Entered for payment" not in judged and "paid with" not in judged


def test_an_order_without_lots_has_none(people: Cast) -> None:
    with pytest.raises(NotFound):
        lot_close(order=make_work_order(by=people.minato, vendor=people.kaede), why=Lot.Why.LEAD)


def test_both_sides_see_the_lots_and_the_rival_does_not(
    people: Cast, order: WorkOrder, lot: Lot, client: Client
) -> None:
    lots, one = f"/standing/orders/{order.public_id}/lots/", f"/standing/orders/{order.public_id}/lots/1/"
    for person in (people.minato, people.fumi, people.luna):
        client.force_login(person)
        assert client.get(lots).status_code == 200
        page = client.get(one)
        assert page.status_code == 200
        assert bytes(lot.key).hex() not in page.content.decode()
    judge(people.ren, "accept", "accept")
    lots_follow()
    client.force_login(people.luna)
    assert bytes(lot.key).hex() in client.get(one).content.decode()
    assert client.post(f"{lots}close/").status_code == 409  # nothing collects
    assert client.get(f"/standing/orders/{order.public_id}/lots/7/").status_code == 404
    client.force_login(people.riku)
    for address in (lots, one):
        assert client.get(address).status_code == 404
    assert client.post(f"{lots}close/").status_code == 404
    client.force_login(people.wataru)
    assert client.get(lots).status_code == 403
