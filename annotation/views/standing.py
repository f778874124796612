"""How an order or a vendor stands, for the operator and for the vendor's lead."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from annotation.selectors.standing import Standing, standing_of
from config.access import role_required
from config.plots import Number, Plot, Text, bars_plot, lines_plot
from vendors.models import Role
from vendors.selectors import MONEY, vendor_get_for, work_order_get_for, work_order_list_for

FORECAST_DAYS = 120


@require_GET
@role_required(*MONEY, Role.LEAD)
def order_standing(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One order."""
    order = work_order_get_for(request.user, public_id)
    standing = standing_of(work_order_list_for(request.user).filter(pk=order.pk))
    name = f"{order.number} {order.title}"
    return _page(request, standing, name, reverse("vendors:order", args=[order.public_id]))


@require_GET
@role_required(*MONEY, Role.LEAD)
def vendor_standing(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """All orders of one vendor."""
    vendor = vendor_get_for(request.user, public_id)
    standing = standing_of(work_order_list_for(request.user).filter(vendor=vendor))
    return _page(request, standing, vendor.name, reverse("vendors:orders"))


def _page(request: HttpRequest, standing: Standing, name: str, back: str) -> HttpResponse:
    context: dict[str, Any] = {
        "standing": standing,
        "name": name,
        "back": back,
        "inspection": _span(standing.inspection) if standing.inspection is not None else "",
        "plots": _plots(standing),
    }
    return render(request, "annotation/standing.html", context)


def _plots(standing: Standing) -> list[Plot]:
    plots = [
        lines_plot(
            title=_("Written and accepted, day by day"),
            label=_("Day"),
            labels=[day.strftime("%-m/%-d") for day in standing.by_day],
            series={
                _("Written"): [written for written, _accepted in standing.by_day.values()],
                _("Accepted"): [accepted for _written, accepted in standing.by_day.values()],
            },
        )
    ]
    if (forecast := _forecast(standing)) is not None:
        plots.append(forecast)
    plots += _weekly(standing)
    if standing.returned:
        plots.append(bars_plot(title=_("Returned or rejected, by reason"), label=_("Reason"), values=standing.returned))
    return plots


def _forecast(standing: Standing) -> Plot | None:
    """What will be written at the pace of late, beside what would have to be written to be on time; None with nothing left."""
    today = max(standing.by_day)
    ends = [day for day in (standing.finished_on, standing.due_on) if day is not None and day > today]
    if not standing.left or not ends:
        return None
    days = min(max((day - today).days for day in ends), FORECAST_DAYS)
    expected = [min(standing.ordered, round(standing.written + standing.pace * day)) for day in range(days + 1)]
    series: dict[Text, Sequence[Number | None]] = {_("Expected"): expected}
    if standing.due_on is not None:
        until = max(1, (standing.due_on - today).days)
        series[_("To be on time")] = [
            min(standing.ordered, round(standing.written + standing.left * day / until)) for day in range(days + 1)
        ]
    return lines_plot(
        title=_("Written by the due date, at the pace of the last two weeks"),
        label=_("Day"),
        labels=[(today + timedelta(days=day)).strftime("%-m/%-d") for day in range(days + 1)],
        series=series,
    )


def _weekly(standing: Standing) -> list[Plot]:
    """The rates, the time to inspect and the cost, week by week."""
    weeks = standing.by_week
    told: list[tuple[Text, dict[Text, Sequence[Number | None]]]] = [
        (
            _("Rates, week by week (%)"),
            {
                _("Accepted at the first attempt"): [week.at_once_percent for week in weeks],
                _("Close to a model's answer"): [week.close_percent for week in weeks],
            },
        ),
        (_("Time to inspect, median of the week (hours)"), {_("Hours"): [week.inspection_hours for week in weeks]}),
        (
            _("Cost before tax, by the week of receipt (yen)"),
            {
                _("Per output paid for"): [week.cost_each for week in weeks],
                _("Per 100 characters"): [week.cost_100_characters for week in weeks],
            },
        ),
    ]
    labels = [week.starts_on.strftime("%-m/%-d") for week in weeks]
    return [
        lines_plot(title=title, label=_("Week from"), labels=labels, series=series, dots=True)
        for title, series in told
        if any(value is not None for values in series.values() for value in values)
    ]


def _span(time: timedelta) -> str:
    """A median in words."""
    hours = round(time.total_seconds() / 3600)
    if hours < 48:
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    days = round(hours / 24)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
