"""The audit's chain: an entry for every act, in order, that nobody can change unseen; made beside the acts, not in them."""

from io import StringIO

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from annotation.models import AuditEntry, AuditNote, Review, TaskTransition
from annotation.selectors.audit_sources import SOURCES
from annotation.services import audit
from annotation.services.audit import chain_catch_up, chain_continue, chain_verify
from annotation.services.queue import task_claim
from config.audit import act_note
from tests.cast import Cast, cast
from tests.factories.records import make_acceptance, make_slots, make_submission
from vendors.services import membership_start

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def make_history(people: Cast) -> None:
    (task,) = make_slots(people)
    make_acceptance(make_submission(task, people.wataru), people.ren)


def entry(source: str, **fields: object) -> AuditEntry:
    return AuditEntry.objects.filter(source=source, **fields).latest("position")


def altered(table: str, change: str) -> None:
    """Change a row as somebody could who may switch the triggers off."""
    with pgtrigger.ignore(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change}")


def test_every_act_has_one_entry_however_often_the_chain_is_continued(people: Cast) -> None:
    make_history(people)
    act_note(by=people.fumi, act="exported", subject_kind="vendor", subject_id=people.kaede.public_id, what="bank_file")
    assert chain_catch_up() == AuditEntry.objects.count()
    assert chain_continue() == 0

    rows = 0
    with connection.cursor() as cursor:
        for source in SOURCES:
            cursor.execute(f"SELECT count(*) FROM {source.table} t {source.joins}")
            rows += cursor.fetchone()[0]
    assert AuditEntry.objects.count() == rows
    assert list(AuditEntry.objects.order_by("position").values_list("position", flat=True)) == [*range(1, rows + 1)]
    accepted = entry("review")
    assert (accepted.actor_kind, accepted.actor_id) == ("user", str(people.ren.pk))
    assert (accepted.act, accepted.subject_kind) == ("judged", "task")
    assert entry("note", act="exported").subject_id == str(people.kaede.public_id)
    assert chain_verify().is_sound


def test_an_act_that_its_table_shows_late_is_entered_then(people: Cast) -> None:
    """The row with the lower key is committed after the one with the higher: the next run finds it."""
    for what in ("early", "late"):
        act_note(by=people.aoi, act="changed", what=what)
    early = AuditNote.objects.get(details__what="early")
    with pgtrigger.ignore():
        AuditNote.objects.filter(pk=early.pk).delete()
    chain_catch_up()
    early.save(force_insert=True)
    assert chain_continue() == 1
    assert entry("note").source_id == early.pk


def test_the_chain_takes_no_step_back(people: Cast) -> None:
    make_history(people)
    chain_catch_up()
    last = AuditEntry.objects.latest("position")
    with pytest.raises(IntegrityError, match="does not follow"):
        AuditEntry.objects.bulk_create(
            [AuditEntry(**fields(last) | {"position": last.position + 1, "source_id": 10**9})]
        )


def fields(one: AuditEntry) -> dict[str, object]:
    return {field.attname: getattr(one, field.attname) for field in AuditEntry._meta.fields}


@pytest.mark.parametrize(
    ("change", "position"),
    [
        ("actor_id = 'somebody else' WHERE position = 3", 3),
        ("subject_id = '' WHERE position IN (4, 5)", 4),
        ("position = 10000 WHERE position = 2", 2),
    ],
)
def test_the_first_entry_that_was_touched_is_named(people: Cast, change: str, position: int) -> None:
    make_history(people)
    chain_catch_up()
    altered("annotation_auditentry", change)
    assert chain_verify().problems[0].position == position


def test_a_row_that_was_changed_or_taken_away_is_named(people: Cast) -> None:
    make_history(people)
    chain_catch_up()
    review = Review.objects.get()
    altered("annotation_review", "comment = 'It was quite all right.'")
    with pgtrigger.ignore():
        gone = TaskTransition.objects.order_by("pk")[0]
        TaskTransition.objects.filter(pk=gone.pk).delete()
    found = {(one.code, one.source, one.source_id) for one in chain_verify().problems}
    assert found == {("row_changed", "review", review.pk), ("row_gone", "task", gone.pk)}


def test_a_row_kept_from_the_chain_and_an_end_cut_off_are_noticed(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_history(people)
    chain_catch_up()
    state = chain_verify()
    known = (state.count, state.head)
    with pgtrigger.ignore():
        last = AuditEntry.objects.latest("position")
        AuditEntry.objects.filter(pk=last.pk).delete()
    assert chain_verify().is_sound  # a shorter chain is a chain
    assert [one.code for one in chain_verify(known=known).problems] == ["not_as_noted"]
    monkeypatch.setattr(audit, "LATE", audit.LATE * 0)
    assert [(one.code, one.source_id) for one in chain_verify().problems] == [("not_entered", last.source_id)]


def test_the_command_says_what_is_wrong_and_ends_accordingly(people: Cast) -> None:
    make_history(people)
    out = StringIO()
    call_command("verify_audit", "--enter", stdout=out)
    head = bytes(AuditEntry.objects.latest("position").entry_hash).hex()
    assert head in out.getvalue()
    altered("annotation_auditentry", "act = 'saw' WHERE position = 2")
    err = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("verify_audit", stdout=StringIO(), stderr=err)
    assert failed.value.returncode == 1
    assert "2" in err.getvalue().splitlines()[0]


def test_a_claim_writes_nothing_for_the_audit(people: Cast) -> None:
    make_slots(people)
    with CaptureQueriesContext(connection) as seen:
        assert task_claim(writer=people.wataru) is not None
    assert not [query for query in seen if "audit" in query["sql"]]


def test_a_role_that_is_given_is_noted_with_who_gave_it(people: Cast) -> None:
    membership_start(user=people.emi, organisation=people.kaede, role="writer", by=people.luna)
    note = AuditNote.objects.latest("pk")
    assert (note.user, note.subject_id) == (people.luna, str(people.emi.public_id))
    assert note.details == {"what": "role_begun", "role": "writer"}
