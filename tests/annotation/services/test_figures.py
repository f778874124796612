"""The dashboard's summaries: they count what happened, once however often they are made, and the page says how old they are."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.jobs import figures_sweep
from annotation.models import FiguresState, HourFigure, Review
from annotation.selectors.counts import counts_kept, counts_make, counts_read
from annotation.selectors.figures import (
    FigureFilter,
    orders_at_risk,
    quality_by,
    throughput_by_day,
    throughput_by_hour,
)
from annotation.selectors.operations import dashboard_for
from annotation.services.figures import figures_refresh
from annotation.services.reviews import review_claim, review_release, review_return
from collection.models import Installation, Instruction
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.records import make_acceptance, make_reason, make_slots, make_submission
from vendors.models import WorkOrder

pytestmark = pytest.mark.django_db

WEEK = FigureFilter(days=7)


@pytest.fixture
def people() -> Cast:
    make_reason("instruction_missed")
    return cast()


def make_verdicts(people: Cast) -> None:
    """Two accepted at once, one returned, one that a reviewer left and nobody judged."""
    first, second, third, fourth = make_slots(people, 4)
    make_acceptance(make_submission(first, people.wataru), people.ren)
    make_acceptance(make_submission(second, people.wakana), people.rin)
    make_submission(third, people.wataru)
    held = review_claim(reviewer=people.ren)
    assert held == third
    review_return(reviewer=people.ren, task=third, reasons=["instruction_missed"], comment="Again.")
    make_submission(fourth, people.wataru)
    assert review_claim(reviewer=people.ren) == fourth
    review_release(reviewer=people.ren, task=fourth)


def today(event: str, chosen: FigureFilter = WEEK) -> int:
    return throughput_by_day(chosen).counts[event][-1]


def test_what_happened_today_is_counted_once_however_often(people: Cast) -> None:
    make_verdicts(people)
    for everything in (False, False, True):
        assert figures_refresh(everything=everything) is not None
        assert [today(event) for event in ("submitted", "accepted", "returned", "rejected")] == [4, 2, 1, 0]
    assert today("collected") >= 1
    assert throughput_by_hour(WEEK).counts["accepted"][-2:] in ([0, 2], [1, 1], [2, 0])
    assert sum(counts_make().accepted_by_day.values()) == 2


def test_practice_counts_in_a_demonstration_alone(people: Cast) -> None:
    make_verdicts(people)
    Instruction.objects.update(is_practice=True)
    for is_demonstration, told in ((False, [0, 0, 0]), (True, [4, 4, 2])):
        if is_demonstration:
            Installation.objects.create(is_demonstration=True)
        figures_refresh(everything=True)
        assert [today(event) for event in ("collected", "submitted", "accepted")] == told
        assert sum(row["verdicts"] for row in quality_by("vendor", WEEK)) == (3 if is_demonstration else 0)


def test_a_later_refresh_adds_what_came_and_leaves_the_past(people: Cast) -> None:
    make_verdicts(people)
    figures_refresh()
    past = timezone.now() - timedelta(days=3)
    HourFigure.objects.create(hour=past, event="accepted", vendor=people.kaede, category="", count=7)
    (another,) = make_slots(people, 1)
    make_acceptance(make_submission(another, people.wataru), people.ren)
    figures_refresh()
    assert today("accepted") == 3
    assert sum(throughput_by_day(WEEK).counts["accepted"]) == 10
    figures_refresh(everything=True)
    assert sum(throughput_by_day(WEEK).counts["accepted"]) == 3


def test_what_the_job_counted_stands_for_a_minute_and_then_the_page_counts(people: Cast) -> None:
    make_verdicts(people)
    state = figures_refresh()
    assert state is not None
    counted = counts_make()
    assert counts_read(state) == replace(counted, at=state.made_at)
    FiguresState.objects.update(counts=counts_kept(replace(counted, passed_on=7)))
    assert dashboard_for(people.aoi).passed_on == 7
    FiguresState.objects.update(made_at=timezone.now() - timedelta(seconds=61))
    assert dashboard_for(people.aoi).passed_on == 0


def test_the_plots_are_drawn_by_the_job_and_anew_when_there_is_more_to_show(people: Cast) -> None:
    def accepted() -> int:
        page = client_for(people.aoi).get("/ops/")
        return int(page.context["plots"][0].rows[-1][3])

    make_verdicts(people)
    figures_sweep()
    HourFigure.objects.all().delete()
    assert accepted() == 2  # as the job drew it, whatever is in the table now
    figures_sweep()
    assert accepted() == 2
    FiguresState.objects.update(made_at=timezone.now())
    HourFigure.objects.update(count=5)
    assert accepted() == 5 * HourFigure.objects.filter(event="accepted").count()


def test_filters_are_by_vendor_and_category(people: Cast) -> None:
    make_verdicts(people)
    figures_refresh()
    assert today("accepted", FigureFilter(days=7, vendor_id=people.kaede.pk)) == 2
    assert today("accepted", FigureFilter(days=7, vendor_id=people.sango.pk)) == 0
    assert today("accepted", FigureFilter(days=7, category="no_such")) == 0


def test_quality_is_told_by_whatever_is_asked(people: Cast) -> None:
    make_verdicts(people)
    figures_refresh()
    (vendor,) = quality_by("vendor", WEEK)
    assert (vendor["called"], vendor["verdicts"], vendor["first_share"]) == ("Kaede Writing", 3, 67)
    writers = {row["called"]: (row["accepted"], row["returned"]) for row in quality_by("writer", WEEK)}
    assert writers == {"Wataru": (1, 1), "Wakana": (1, 0)}
    assert {row["called"]: row["verdicts"] for row in quality_by("reviewer", WEEK)} == {"Ren": 2, "Rin": 1}
    assert sum(row["verdicts"] for row in quality_by("category", WEEK)) == Review.objects.count() == 3
    assert [row["verdicts"] for row in quality_by("guideline", WEEK)] == [3]


def test_ages_tell_what_has_waited_how_long(people: Cast) -> None:
    make_verdicts(people)
    waiting, returned, _held = counts_make().ages
    assert (waiting.counts, returned.counts) == ([1, 0, 0, 0, 0], [1, 0, 0, 0, 0])
    assert waiting.oldest_at is not None


def test_an_order_whose_pace_is_too_slow_is_at_risk(people: Cast) -> None:
    make_slots(people, 3, due_on=timezone.localdate() + timedelta(days=2))
    (risk,) = orders_at_risk(counts_make())
    assert (risk.remaining, risk.a_day, risk.needed > 0) == (3, 0.0, True)
    WorkOrder.objects.update(status="completed")
    assert orders_at_risk(counts_make()) == []


def test_the_page_says_how_old_its_figures_are_and_names_writers_to_managers_alone(people: Cast) -> None:
    make_verdicts(people)
    assert "Not counted yet" in client_for(people.aoi).get("/ops/").content.decode()
    figures_refresh()
    FiguresState.objects.update(made_at=timezone.now() - timedelta(seconds=40))
    page = client_for(people.aoi).get("/ops/?days=7&vendor=Kaede+Writing&by=writer").content.decode()
    assert "seconds ago" in page and "Wataru" in page
    assert "Wataru" not in client_for(people.ren).get("/ops/?by=writer").content.decode()


def test_the_same_figures_come_as_csv(people: Cast) -> None:
    make_verdicts(people)
    figures_refresh()
    lines = client_for(people.fumi).get("/ops/figures/csv/?days=7").content.decode("utf-8-sig").splitlines()
    assert lines[0] == "day,collected,submitted,accepted,returned,rejected"
    assert len(lines) == 8 and lines[-1].endswith(",4,2,1,0")
    assert client_for(people.wataru).get("/ops/figures/csv/").status_code in {403, 404}
