"""The audit's page and file: for those who answer for the operation, found by who, what and when, safe in a spreadsheet."""

import csv
from io import StringIO

import pytest

from annotation.models import AuditEntry, AuditNote
from annotation.services.audit import chain_catch_up
from config.audit import act_note
from tests.cast import Cast, cast
from tests.clients import client_for, queries_of
from tests.factories.records import make_acceptance, make_slots, make_submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    people = cast()
    (task,) = make_slots(people)
    make_acceptance(make_submission(task, people.wataru), people.ren)
    act_note(by=people.fumi, act="exported", why="=HYPERLINK(1)", what="bank_file")
    chain_catch_up()
    return people


def test_only_owners_and_managers_read_it(people: Cast) -> None:
    for user in people.everybody():
        expected = 200 if user in (people.aoi, people.minato) else 403
        client = client_for(user)
        assert client.get("/ops/audit/").status_code == expected, user
        assert client.post("/ops/audit/csv/").status_code == expected, user


def test_it_is_found_by_who_what_and_which(people: Cast) -> None:
    client = client_for(people.aoi)

    def found(query: str) -> list[AuditEntry]:
        return [line.entry for line, _words, _url in client.get(f"/ops/audit/?{query}").context["lines"]]

    assert {entry.actor_id for entry in found("who=fumi")} == {str(people.fumi.pk)}
    assert {entry.act for entry in found("act=judged")} == {"judged"}
    subject = AuditEntry.objects.filter(source="review").get().subject_id
    assert {entry.subject_id for entry in found(f"about={subject}")} == {subject}
    assert {entry.source for entry in found("source=signature")} == {"signature"}
    assert found("since=2999-01-01") == [] and found("until=1999-01-01") == []
    assert found("act=nonsense&since=never&before=x") == found("")


def test_each_line_says_it_in_words(people: Cast) -> None:
    page = client_for(people.aoi).get("/ops/audit/").content.decode()
    assert "File for the bank" in page and "in review → accepted" in page and "Verdict on a text: accepted" in page
    assert "Ren" in page and "Fumi" in page


def test_earlier_entries_are_a_link_away_and_cost_as_many_queries(people: Cast) -> None:
    client = client_for(people.aoi)

    few = queries_of(lambda: client.get("/ops/audit/?source=note"))
    AuditNote.objects.bulk_create(AuditNote(user=people.aoi, act="saw", details={"what": "terms"}) for _ in range(120))
    chain_catch_up()
    assert queries_of(lambda: client.get("/ops/audit/?source=note")) == few
    first = client.get("/ops/audit/?act=saw")
    second = client.get(f"/ops/audit/?act=saw&before={first.context['before']}")
    positions = [line.entry.position for page in (first, second) for line, *_rest in page.context["lines"]]
    assert len(set(positions)) == 100 and positions == sorted(positions, reverse=True)


def test_the_file_has_no_formula_and_is_itself_in_the_audit(people: Cast) -> None:
    response = client_for(people.minato).post("/ops/audit/csv/?who=fumi")
    head, *rows = csv.reader(StringIO(response.content.decode("utf-8-sig")))
    assert [row[head.index("why")] for row in rows] == ["'=HYPERLINK(1)"]
    note = AuditNote.objects.latest("pk")
    assert (note.user, note.act, note.details) == (people.minato, "exported", {"what": "audit", "rows": 1})
