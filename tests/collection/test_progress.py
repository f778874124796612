from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from collection import progress

TODAY = date(2026, 11, 22)


@pytest.fixture
def registry_kept() -> Iterator[None]:
    tallies, getters = dict(progress._tallies), list(progress._release_getters)
    yield
    progress._tallies.clear()
    progress._tallies.update(tallies)
    progress._release_getters[:] = getters


def every_day(count: int, days: int) -> dict[date, int]:
    return {TODAY - timedelta(days=number): count for number in range(1, days + 1)}


def test_an_even_pace_gives_one_date() -> None:
    forecast = progress.forecast(every_day(100, 28), today=TODAY, goal=2_800 + 1_000)
    assert forecast is not None
    assert forecast.a_day == 100
    assert forecast.earliest == forecast.likely == forecast.latest == TODAY + timedelta(days=10)


def test_an_uneven_pace_gives_a_range_around_the_date() -> None:
    by_day = {TODAY - timedelta(days=number): 50 + 100 * (number % 2) for number in range(1, 29)}
    forecast = progress.forecast(by_day, today=TODAY, goal=10_000)
    assert forecast is not None
    assert forecast.latest is not None
    assert TODAY < forecast.earliest < forecast.likely < forecast.latest


def test_a_pace_that_may_be_nothing_has_no_latest_date() -> None:
    by_day = {TODAY - timedelta(days=number): 900 if number == 1 else 1 for number in range(1, 29)}
    forecast = progress.forecast(by_day, today=TODAY, goal=10_000)
    assert forecast is not None
    assert forecast.latest is None


@pytest.mark.parametrize("by_day", [{}, {TODAY: 500}, every_day(3, 4)])
def test_too_few_days_give_no_forecast(by_day: dict[date, int]) -> None:
    assert progress.forecast(by_day, today=TODAY) is None


def test_a_goal_that_is_reached_needs_no_forecast() -> None:
    assert progress.forecast(every_day(100, 10), today=TODAY, goal=1_000) is None


def test_today_is_not_over_and_does_not_slow_the_pace() -> None:
    by_day = every_day(100, 28) | {TODAY: 1}
    forecast = progress.forecast(by_day, today=TODAY, goal=5_000)
    assert forecast is not None
    assert forecast.a_day == 100


def test_days_without_work_slow_the_pace() -> None:
    by_day = {TODAY - timedelta(days=number): 70 for number in range(1, 29) if number % 7 > 1}
    forecast = progress.forecast(by_day, today=TODAY, goal=50_000)
    assert forecast is not None
    assert forecast.a_day == pytest.approx(50, abs=2)


def test_a_figure_that_the_page_does_not_know_is_refused(registry_kept: None) -> None:
    with pytest.raises(ValueError, match="screened"):
        progress.register("liked", list)


def test_releases_come_from_whoever_makes_them(registry_kept: None) -> None:
    progress._release_getters.clear()
    assert progress.releases() == []
    progress.register_releases(list)
    assert progress.releases() == []
