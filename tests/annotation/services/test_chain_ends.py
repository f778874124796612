"""The end of a chain is found at once, also by a connection that first looked for it when the chain was empty."""

from django.db import connection

from annotation.models import AuditEntry, Commitment
from annotation.services.audit import chain_catch_up
from annotation.services.commitments import commitment_enter
from config.audit import act_note
from tests.cast import cast
from tests.factories.collection import make_instruction, make_reference

LITTLE = 1000  # of which all is read as quickly as an index
ENTERED, AT_ONCE = 500, 50


def rows_read(table: str) -> int:
    """Rows that this transaction has read of a table by going through all of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = %s", [table])
        return int(cursor.fetchone()[0])


def test_the_log_is_not_read_for_each_new_position(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotation_commitment")  # an empty table is read whole by whoever plans now
    reference = make_reference(make_instruction(), text="答え")
    commitment_enter(references=[(reference.pk, reference.text)] * LITTLE)
    before = rows_read("annotation_commitment")
    for _ in range(ENTERED // AT_ONCE):
        commitment_enter(references=[(reference.pk, reference.text)] * AT_ONCE)
    assert rows_read("annotation_commitment") - before < ENTERED
    assert Commitment.objects.count() == 1 + LITTLE + ENTERED


def test_the_audit_is_not_read_for_each_new_entry(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotation_auditentry")
    people = cast()

    def acts(count: int) -> None:
        for _ in range(count):
            act_note(by=people.fumi, act="exported", subject_kind="vendor", subject_id=people.kaede.public_id, what="x")
        chain_catch_up()

    acts(LITTLE)
    before = rows_read("annotation_auditentry")
    acts(ENTERED)
    assert rows_read("annotation_auditentry") - before < ENTERED
    assert AuditEntry.objects.count() >= LITTLE + ENTERED
