"""How an order or a vendor stands, for the operator and for the vendor's lead."""

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
from config.plots import Plot, bars_plot, lines_plot
from vendors.models import Role
from vendors.selectors import MONEY, vendor_get_for, work_order_get_for, work_order_list_for


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
    if standing.returned:
        plots.append(bars_plot(title=_("Returned or rejected, by reason"), label=_("Reason"), values=standing.returned))
    return plots


def _span(time: timedelta) -> str:
    """A median in words."""
    hours = round(time.total_seconds() / 3600)
    if hours < 48:
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    days = round(hours / 24)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
