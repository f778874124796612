from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from collection.models import Instruction
from collection.services.withdrawal import instruction_withdraw
from tests.cast import cast
from tests.factories.collection import make_instruction, make_participant
from tests.factories.records import make_record

pytestmark = pytest.mark.django_db

PROGRESS = reverse("collection:progress")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()


def page(language: str = "en") -> str:
    return Client(headers={"accept-language": language}).get(PROGRESS).content.decode()


def make_days(count: int) -> None:
    participant = make_participant()
    for number in range(count):
        made = make_instruction(participant=participant, category="brainstorming" if number % 2 else "")
        Instruction.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=number))


def test_an_empty_project_has_a_page_too() -> None:
    shown = page()
    assert "Too little has been accepted" in shown
    assert "Nothing is published yet" in shown
    assert "plot-drawing" in shown


def test_the_figures_count_what_is_there_and_not_what_was_withdrawn() -> None:
    make_days(3)
    participant = make_participant()
    gone = make_instruction(participant=participant)
    instruction_withdraw(participant=participant, public_id=gone.public_id)
    assert '<progress max="52000" value="3" aria-label="Collected">' in page()


def test_there_are_as_many_queries_for_few_as_for_many() -> None:
    counts = []
    for more in (1, 40):
        make_days(more)
        cache.clear()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_within_a_minute_the_database_is_asked_for_the_releases_alone() -> None:
    make_days(2)
    page()
    with CaptureQueriesContext(connection) as queries:
        page("ja")
    asked = [query["sql"] for query in queries if "collection_" in query["sql"] or "annotation_" in query["sql"]]
    assert len(asked) == 1 and "annotation_release" in asked[0]


def test_every_plot_has_a_name_and_its_figures_as_a_table() -> None:
    make_days(8)
    shown = page()
    assert shown.count('role="img"') == shown.count("<table") == shown.count("<figcaption")
    assert "Not sorted yet" in shown
    assert "<style" not in shown
    assert "style=" not in shown


def test_accepted_work_is_counted_and_has_a_plot_of_its_days() -> None:
    make_record(cast())
    shown = page()
    assert '<progress max="52000" value="1" aria-label="Accepted">' in shown
    assert "Accepted each day" in shown
