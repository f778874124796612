"""The dashboard's figures lead to the rows they count, and its money adds up."""

import re
from datetime import timedelta
from html import unescape

import pgtrigger
import pytest
from django.utils import timezone

from annotation.models import FiguresState, Task, TaskTransition, WritingTrace
from annotation.selectors.counts import counts_make
from annotation.selectors.operations import dashboard_for
from annotation.selectors.spending import money_now
from annotation.services.figures import figures_refresh
from annotation.services.reviews import review_claim, review_release, review_return
from collection.models import Instruction
from collection.services.budget import cap_limit_set
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.collection import make_instruction
from tests.factories.records import (
    make_acceptance,
    make_reason,
    make_record,
    make_review_held,
    make_slots,
    make_submission,
)
from vendors.selectors import JAPAN

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
    page = client_for(people.fumi).get("/ops/").content.decode()
    assert "¥1,600" in page and "¥800 / ¥2,400" in page
    assert "¥1,600" not in client_for(people.ren).get("/ops/").content.decode()


def test_clean_records_are_counted_by_the_job_and_not_by_the_page(people: Cast) -> None:
    make_record(people)
    assert dashboard_for(people.aoi).clean == 1  # before the job's first run
    figures_refresh()
    FiguresState.objects.update(clean_count=7)
    assert dashboard_for(people.aoi).clean == 7
    figures_refresh()
    assert dashboard_for(people.aoi).clean == 1


def test_ages_findings_and_guidelines_lead_to_the_rows_behind_them(people: Cast) -> None:
    first, second, third = make_slots(people, 3)
    make_acceptance(make_submission(first, people.wataru), people.ren)
    make_submission(second, people.wakana)
    old = make_submission(third, people.wataru)
    Task.objects.filter(pk=third.pk).update(submitted_at=timezone.now() - timedelta(hours=30))
    held = make_instruction(status="held")
    Instruction.objects.filter(pk=held.pk).update(created_at=timezone.now() - timedelta(days=9))
    with pgtrigger.ignore():
        WritingTrace.objects.filter(submission=old).delete()
    WritingTrace.objects.create(submission=old, is_complete=True, flags=["pasted"])
    figures_refresh()
    client = client_for(people.aoi)
    page = client.get("/ops/?by=guideline").content.decode()
    links = re.findall(
        r'href="(/ops/search/\?[^"]*(?:waits|gate|trace|guideline)=[^"]*)">([^<]*)(?:<span class="figure">(\d+))?', page
    )
    told = {
        unescape(address): int(count or label) if (count or label).isdigit() else None
        for address, label, count in links
    }
    version = first.work_order.guideline_version.public_id
    assert told == {
        "/ops/search/?kind=record&waits=to_judge-0": 1,
        "/ops/search/?kind=record&waits=to_judge-2": 1,
        "/ops/search/?kind=instruction&waits=held-4": 1,
        "/ops/search/?kind=record&gate=pass": 3,
        "/ops/search/?kind=record&trace=unflagged": 2,
        "/ops/search/?kind=record&trace=flagged": 1,
        f"/ops/search/?kind=record&guideline={version}": None,
    }
    for address, count in told.items():
        (found,) = client.get(address).context["found"]
        assert len(found[0].hits) == (count or 3), address
        assert "Only " in client.get(address).content.decode()
    for nonsense in (
        "waits=to_judge-9",
        "waits=held-0&kind=record",
        "waits=x",
        f"guideline={people.aoi.public_id}&kind=record",
    ):
        assert not client.get(f"/ops/search/?{nonsense}").context["is_found"]


def test_figures_over_time_lead_to_what_happened_then(people: Cast) -> None:
    make_reason("instruction_missed")
    first, second, third = make_slots(people, 3)
    make_acceptance(make_submission(first, people.wataru), people.ren)
    make_review_held(make_submission(second, people.wakana), people.ren)
    review_return(reviewer=people.ren, task=second, reasons=["instruction_missed"], comment="Again.")
    make_submission(third, people.wataru)
    assert review_claim(reviewer=people.ren) == third
    review_release(reviewer=people.ren, task=third)  # it was handed in once all the same
    with pgtrigger.ignore():
        long_ago = timezone.now() - timedelta(days=3)
        TaskTransition.objects.filter(subject=first).update(at=long_ago)
        Instruction.objects.filter(pk=first.instruction_id).update(created_at=long_ago)
    figures_refresh(everything=True)
    client = client_for(people.aoi)
    page = client.get("/ops/?days=7").content.decode()
    links = re.findall(r'is-figure"[^>]*><a href="(/ops/search/[^"]*happened=[^"]*)">(\d+)</a>', page)
    figures = sorted((re.search(r"happened=(\w+)", address)[1], int(figure)) for address, figure in links)  # type: ignore[index]
    # Three days ago by the day alone; today by the day and by the hour, which may have turned meanwhile.
    assert {("accepted", 1), ("collected", 1), ("returned", 1), ("submitted", 1)} <= set(figures)
    assert sum(figure for event, figure in figures if event == "submitted") == 5
    for address, figure in links:
        (found,) = client.get(unescape(address)).context["found"]
        assert len(found[0].hits) == int(figure), address
    assert "happened=accepted" in client_for(people.fumi).get("/ops/?days=7").content.decode()
    assert "happened=collected" not in client_for(people.fumi).get("/ops/?days=7").content.decode()


def test_an_address_that_names_no_time_finds_nothing(people: Cast) -> None:
    make_record(people)
    client = client_for(people.aoi)
    day = timezone.localdate(timezone=JAPAN)
    assert client.get(f"/ops/search/?happened=accepted.{day}").context["is_found"]
    assert client.get(f"/ops/search/?happened=accepted.{day}.{day}").context["is_found"]
    for nonsense in (
        "accepted",
        "accepted.2026-13-01",
        "accepted.9999-12-31",
        "x.2026-01-01",
        "accepted.2026-01-01T25",
    ):
        page = client.get(f"/ops/search/?happened={nonsense}")
        assert page.status_code == 200 and not page.context["is_found"]
        assert not client.get(f"/ops/search/?kind=instruction&happened={nonsense}").context["is_found"]
