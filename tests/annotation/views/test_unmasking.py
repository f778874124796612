"""A writer's name at the desk: not shown, shown for a reason that stays on record, and shown on the record from then on."""

import pytest
from django.db.models import QuerySet
from django.test import Client

from annotation.models import AuditNote
from tests.cast import Cast, cast
from tests.factories.records import make_review_held, make_submission, make_task

pytestmark = pytest.mark.django_db


def notes() -> QuerySet[AuditNote]:
    return AuditNote.objects.filter(act="unmasked")


@pytest.fixture
def people() -> Cast:
    return cast()


def test_the_name_is_told_for_a_reason_and_the_reason_is_kept(people: Cast, client: Client) -> None:
    task = make_review_held(make_submission(make_task(people), people.wataru), people.ren)
    pages = [f"/review/{task.public_id}/", f"/ops/records/{task.public_id}/"]
    client.force_login(people.ren)
    for page in pages:
        assert "Wataru" not in client.get(page).content.decode(), page
    address = f"/review/{task.public_id}/writer/"
    refused = client.post(address, {"why": "  "})
    assert refused.status_code == 400 and "Wataru" not in refused.content.decode() and not notes()
    told = client.post(address, {"why": "The text names its author."}, HTTP_HX_REQUEST="true")
    assert told.status_code == 200 and "Wataru" in told.content.decode()
    note = notes().get()
    assert (note.user, note.act, note.subject_id) == (people.ren, "unmasked", str(task.public_id))
    assert note.why == "The text names its author."
    assert "Wataru" not in client.get(pages[0]).content.decode() and "Wataru" in client.get(pages[1]).content.decode()


def test_who_runs_the_operation_reads_names_on_the_record_and_nobody_else_asks(people: Cast, client: Client) -> None:
    task = make_review_held(make_submission(make_task(people), people.wataru), people.ren)
    client.force_login(people.minato)
    assert "Wataru" in client.get(f"/ops/records/{task.public_id}/").content.decode()
    for other in (people.rin, people.luna, people.wataru, people.fumi):
        client.force_login(other)
        answer = client.post(f"/review/{task.public_id}/writer/", {"why": "Curious."})
        assert answer.status_code == (200 if other == people.rin else 403), other
    client.force_login(people.rin)
    assert client.get(f"/review/{task.public_id}/writer/").status_code == 405
