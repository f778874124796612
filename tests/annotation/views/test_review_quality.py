"""The page on how reviewers judge: who sees it, what it counts, and that it costs the same with many orders."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from annotation.models import BlindVerdict
from annotation.selectors.agreement import reviewers_agreement
from tests.cast import Cast, cast
from tests.factories.records import make_submission, make_task
from vendors.models import User

PAGE = "/review/quality/"


@pytest.fixture
def people(db: None, settings: Settings) -> Cast:
    settings.REVIEW_UNDO_SECONDS = 0
    return cast()


def read_by_two(people: Cast, *verdicts: str) -> None:
    submission = make_submission(make_task(people, reviewers_each=2), people.wataru)
    for position, (reviewer, verdict) in enumerate(zip((people.ren, people.rin), verdicts, strict=False), 1):
        BlindVerdict.objects.create(
            submission=submission,
            reviewer=reviewer,
            position=position,
            verdict=verdict,
            text_sha256=submission.text_sha256,
        )


def queries_of(user: User) -> int:
    client = Client()
    client.force_login(user)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(PAGE).status_code == 200
    return len(captured)


def test_only_pairs_count_by_order_and_in_all(people: Cast, client: Client) -> None:
    read_by_two(people, "accept", "accept")
    read_by_two(people, "accept", "return")
    read_by_two(people, "reject")
    found = reviewers_agreement()
    assert (found.overall.texts, found.overall.percent) == (2, 50)
    assert found.table == [[1, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert [one.percent for _order, one in found.by_order] == [0, 100]
    client.force_login(people.minato)
    page = client.get(PAGE).content.decode()
    assert "50.0%" in page and "9.5–90.5%" in page


def test_it_is_for_those_who_manage_and_costs_the_same_with_many_orders(people: Cast, client: Client) -> None:
    client.force_login(people.ren)
    assert client.get(PAGE).status_code == 403 and PAGE not in client.get("/review/").content.decode()
    client.force_login(people.minato)
    assert PAGE in client.get("/review/").content.decode() and "—" not in client.get(PAGE).content.decode()
    read_by_two(people, "accept", "accept")
    few = queries_of(people.minato)
    for _ in range(3):
        read_by_two(people, "accept", "return")
    assert queries_of(people.minato) == few
