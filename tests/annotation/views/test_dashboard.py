"""The dashboard's figures lead to the rows they count, and its money adds up."""

import re
from html import unescape

import pytest

from annotation.models import FiguresState
from annotation.selectors.counts import counts_make
from annotation.selectors.operations import dashboard_for
from annotation.selectors.spending import money_now
from annotation.services.figures import figures_refresh
from collection.services.budget import cap_limit_set
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.records import make_acceptance, make_record, make_slots, make_submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def test_every_figure_leads_to_as_many_rows(people: Cast) -> None:
    first, second, _third = make_slots(people, 3)
    make_acceptance(make_submission(first, people.wataru), people.ren)
    make_submission(second, people.wakana)
    figures_refresh()
    client = client_for(people.aoi)
    page = client.get("/ops/?by=writer").content.decode()
    tiles = re.findall(r'<a class="tile" href="(/ops/search/[^"]+)">.*?tile-figure">(\d+)<', page)
    assert {figure for _address, figure in tiles} == {"0", "1"}
    for address, figure in tiles:
        (found,) = client.get(unescape(address)).context["found"]
        assert len(found[0].hits) == int(figure), address
    links = set(re.findall(r'href="(/ops/search/\?kind=record&amp;(?:order|writer)=[^"]+)"', page))
    assert len(links) == 2  # the order, and the writer with a verdict
    counts = sorted(len(client.get(unescape(link)).context["found"][0][0].hits) for link in links)
    assert counts == [1, 3]


def test_who_judges_does_not_find_texts_by_their_writer(people: Cast) -> None:
    make_record(people)
    address = f"/ops/search/?kind=record&writer={people.wataru.public_id}"
    assert client_for(people.aoi).get(address).context["is_found"]
    assert not client_for(people.ren).get(address).context["is_found"]


def test_money_is_what_was_earned_and_what_is_still_promised(people: Cast) -> None:
    tasks = make_slots(people, 3, unit_price=800)
    make_acceptance(make_submission(tasks[0], people.wataru), people.ren)
    cap_limit_set(scope="total", limit_microusd=25_000_000)
    money = money_now(counts_make())
    assert (money.earned, money.committed, money.planned, money.paid) == (800, 1600, 2400, 0)
    assert (money.provider_spent, money.provider_limit) == (0, 25)
    assert "¥1,600" in client_for(people.fumi).get("/ops/").content.decode()
    assert "¥1,600" not in client_for(people.ren).get("/ops/").content.decode()


def test_clean_records_are_counted_by_the_job_and_not_by_the_page(people: Cast) -> None:
    make_record(people)
    assert dashboard_for(people.aoi).clean == 1  # before the job's first run
    figures_refresh()
    FiguresState.objects.update(clean_count=7)
    assert dashboard_for(people.aoi).clean == 7
    figures_refresh()  # within the minute: what was counted stands
    assert dashboard_for(people.aoi).clean == 7
    FiguresState.objects.update(clean_at="2026-01-01T00:00:00Z")
    figures_refresh()
    assert dashboard_for(people.aoi).clean == 1
