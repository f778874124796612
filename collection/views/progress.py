"""The public progress page: the figures against the goal, how they grew, when it will be reached, and the releases."""

from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from collection import progress as figures
from collection.texts import CATEGORY_LABELS, LANGUAGE_LABELS
from config.plots import Plot, bars_plot, columns_plot, lines_plot

CACHE_KEY = "collection.progress.tallies"
CACHE_SECONDS = 60
CHART_DAYS = 30

LABELS = {
    "collected": (_("Collected"), _("Instructions that people sent in, or that came under a licence.")),
    "screened": (_("Screened"), _("Fit to be written for: no personal data, nothing harmful, no repetition.")),
    "written": (_("Written"), _("Outputs that a person wrote by hand.")),
    "accepted": (_("Accepted"), _("Outputs that another person read and accepted.")),
}


@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """The figures, at most a minute old, and the releases of this moment: one that is retracted is gone at once."""
    tallies = cache.get(CACHE_KEY)
    if tallies is None:
        tallies = figures.tallies()
        cache.set(CACHE_KEY, tallies, CACHE_SECONDS)
    today = timezone.localdate()
    context = {
        "goal": figures.GOAL,
        "rows": _rows(tallies),
        "forecast": figures.forecast(tallies["accepted"]["day"], today=today) if "accepted" in tallies else None,
        "farthest_years": figures.FARTHEST_YEARS,
        "is_reached": sum(tallies.get("accepted", {}).get("language", {}).values()) >= figures.GOAL,
        "releases": figures.releases(),
        "plots": _plots(tallies, today),
    }
    return render(request, "collection/progress.html", context)


def _rows(tallies: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for name, tally in tallies.items():
        count = sum(tally["language"].values())
        label, note = LABELS[name]
        rows.append({"label": label, "note": note, "count": count, "percent": 100 * count / figures.GOAL})
    return rows


def _plots(tallies: dict[str, Any], today: date) -> list[Plot]:
    """How the figures grew, a day at a time; and what there is of each language and category."""
    days = [today - timedelta(days=number) for number in reversed(range(CHART_DAYS))]
    counts = {LABELS[name][0]: tally["day"] for name, tally in tallies.items()}
    plots = [
        lines_plot(
            title=_("The last thirty days, added up"),
            label=_("Day"),
            labels=[day.strftime("%-m/%-d") for day in days],
            series={label: _added_up(by_day, days) for label, by_day in counts.items()},
        )
    ]
    if "accepted" in tallies and any(tallies["accepted"]["day"].values()):
        by_day = tallies["accepted"]["day"]
        plots.append(
            columns_plot(
                title=_("Accepted each day"),
                label=_("Day"),
                labels=[day.strftime("%-m/%-d") for day in days],
                series={_("Accepted"): [by_day.get(day, 0) for day in days]},
            )
        )
    collected = tallies.get("collected", {})
    for title, label, key, labels in (
        (_("Collected, by language"), _("Language"), "language", LANGUAGE_LABELS),
        (_("Collected, by category"), _("Category"), "category", CATEGORY_LABELS),
    ):
        if values := _named(collected.get(key, {}), labels):
            plots.append(bars_plot(title=title, label=label, values=values, unit=_("Collected")))
    return plots


def _added_up(by_day: dict[date, int], days: list[date]) -> list[int]:
    """How many there were at the end of each day; a row that knows no day counts from the beginning."""
    before = sum(count for day, count in by_day.items() if day is None or day < days[0])
    return list(accumulate((by_day.get(day, 0) for day in days), initial=before))[1:]


def _named(counts: dict[str, int], labels: dict[str, Any]) -> dict[Any, int]:
    """The counts under the words for their keys, the largest first; what has no word of ours keeps its own."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    known = {labels.get(key, key): count for key, count in ordered if key}
    rest = counts.get("", 0)
    return {**known, _("Not sorted yet"): rest} if rest else known
