"""The plots of the dashboard: drawn once for each refresh of the summaries, kept while these stand, and found by every process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from annotation.models import FiguresState, GateReport, HourFigure
from annotation.selectors.figures import FigureFilter, Throughput, throughput_by_day, throughput_by_hour
from annotation.selectors.happened import happened_name
from config.plots import Number, Plot, Text, bars_plot, lines_plot

KEPT_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found of texts, as a plot, and for each bar its name, its count, and the search for the records behind it."""

    plot: Plot
    behind: list[tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class DashboardPlots:
    """How it moves, by day and by hour, and what the gate and the traces found."""

    moves: list[Plot]
    outcomes: list[Outcome]


def plots_get(state: FiguresState | None, chosen: FigureFilter) -> DashboardPlots:
    """The plots in the language of the moment; drawn now if nobody has since the summaries were made."""
    if state is None:
        return _draw({}, chosen)
    filters = f"{chosen.days}.{chosen.vendor_id}.{chosen.category}"
    key = f"dashboard_plots.{translation.get_language()}.{state.made_at.timestamp()}.{filters}"
    kept: DashboardPlots | None = cache.get(key)
    if kept is None:
        kept = _draw(state.outcomes, chosen)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def plots_draw(state: FiguresState) -> None:
    """Draw what a visit without filters shows, in each language."""
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            plots_get(state, FigureFilter())


def _draw(outcomes: Mapping[str, Mapping[str, int]], chosen: FigureFilter) -> DashboardPlots:
    moves = [
        _throughput_plot(_("Each day"), _("Day"), throughput_by_day(chosen), "%-m/%-d", chosen),
        _throughput_plot(
            _("Each hour of the last two days"), _("Hour"), throughput_by_hour(chosen), "%-m/%-d %-H:00", chosen
        ),
    ]
    return DashboardPlots(moves, _outcomes(outcomes))


def _throughput_plot(title: str, label: str, found: Throughput, form: str, chosen: FigureFilter) -> Plot:
    events = HourFigure.Event
    labels = [at.strftime(form) for at in found.labels]
    shown = (events.COLLECTED, events.SUBMITTED, events.ACCEPTED)
    series: dict[Text, Sequence[Number | None]] = {str(event.label): found.counts[event] for event in shown}
    plot = lines_plot(title=title, label=label, labels=labels, series=series)
    narrowed = {"vendor": chosen.vendor_name, "category": chosen.category}
    links = [
        ["", *(_behind(event, at, narrowed) if found.counts[event][place] else "" for event in shown)]
        for place, at in enumerate(found.labels)
    ]
    return replace(plot, links=links)


def _behind(event: HourFigure.Event, at: date, narrowed: Mapping[str, str]) -> str:
    """The search for what a count of the throughput counts."""
    kind = "instruction" if event == HourFigure.Event.COLLECTED else "record"
    query = {"kind": kind, "happened": happened_name(event, at)} | {key: one for key, one in narrowed.items() if one}
    return f"{reverse('annotation:search')}?{urlencode(query)}"


def _outcomes(counted: Mapping[str, Mapping[str, int]]) -> list[Outcome]:
    """What the gate decided and what the traces raised, of the texts of all records so far."""
    gate = {choice.value: str(choice.label) for choice in GateReport.Decision}
    traces = {"unflagged": _("nothing unusual"), "flagged": _("flags raised")}
    both = (
        _outcome(_("What the gate found"), "gate", gate, counted.get("gate", {})),
        _outcome(_("What the writing traces say"), "trace", traces, counted.get("traces", {})),
    )
    return [one for one in both if one is not None]


def _outcome(title: str, name: str, words: Mapping[str, str], counts: Mapping[str, int]) -> Outcome | None:
    found = {code: counts[code] for code in words if code in counts}
    if not found:
        return None
    values: dict[Text, Number] = {words[code]: count for code, count in found.items()}
    plot = bars_plot(title=title, label=_("Finding"), values=values, unit=_("Records"))
    behind = [(words[code], count, urlencode({"kind": "record", name: code})) for code, count in found.items()]
    return Outcome(plot, behind)
