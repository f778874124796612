"""The dashboard: the operation at a glance, how it moves, how good it is, and what needs a person."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from annotation.models import SavedView
from annotation.selectors.audit import AUDIT_ROLES
from annotation.selectors.counts import Ages
from annotation.selectors.figures import (
    QUALITY_BY,
    SPANS,
    FigureFilter,
    figures_age,
    orders_at_risk,
    quality_by,
    throughput_by_day,
)
from annotation.selectors.happened import happened_name
from annotation.selectors.operations import OPERATING_ROLES, TARGET_RECORDS, dashboard_for
from annotation.selectors.review import REVIEWING_ROLES
from annotation.selectors.saved import view_list_of
from annotation.selectors.spending import money_now
from annotation.services.figure_plots import plots_get
from annotation.views.operations import RULE_MAKERS
from collection.progress import forecast
from collection.texts import CATEGORY_LABELS
from config.access import role_required, seat_of
from config.csv_files import csv_bytes
from config.plots import Plot
from vendors.models import GuidelineVersion, Organisation, User
from vendors.selectors import JAPAN, due_list

MONEY_ROLES = ("owner", "manager", "finance")
NAMING_ROLES = ("owner", "manager")
DUE_WITHIN_DAYS = 30
QUALITY_LABELS: dict[str, Promise] = {
    "vendor": gettext_lazy("Vendor"),
    "writer": gettext_lazy("Writer"),
    "reviewer": gettext_lazy("Reviewer"),
    "category": gettext_lazy("Category"),
    "guideline": gettext_lazy("Guideline"),
}
AGE_LABELS: dict[str, Promise] = {
    "to_judge": gettext_lazy("To be judged"),
    "returned": gettext_lazy("Returned to writers"),
    "held": gettext_lazy("Instructions on hold"),
}

# Up to each of `AGE_LIMITS`, and beyond the last.
AGE_SPANS: tuple[Promise, ...] = (
    gettext_lazy("up to 4 hours"),
    gettext_lazy("up to a day"),
    gettext_lazy("up to 3 days"),
    gettext_lazy("up to a week"),
    gettext_lazy("longer"),
)


@require_GET
@role_required(*OPERATING_ROLES)
def dashboard(request: HttpRequest) -> HttpResponse:
    chosen = _chosen(request)
    seat = seat_of(request)
    may = {
        "may_review": seat is not None and seat.has_role(*REVIEWING_ROLES),
        "may_rule": seat is not None and seat.has_role(*RULE_MAKERS),
        "may_audit": seat is not None and seat.has_role(*AUDIT_ROLES),
        "may_see_money": seat is not None and seat.has_role(*MONEY_ROLES),
    }
    by = _quality_by(request)
    today = timezone.localdate(timezone=JAPAN)
    board = dashboard_for(request.user)
    state, counts = board.state, board.counts
    plots = plots_get(state, chosen)
    context = {
        "board": board,
        "state": state,
        "age_seconds": figures_age(state),
        "plots": plots.moves if may["may_review"] else [_without_instructions(plot) for plot in plots.moves],
        "outcomes": plots.outcomes,
        "forecast": forecast(counts.accepted_by_day, today=today, goal=TARGET_RECORDS),
        "age_spans": AGE_SPANS,
        "ages": [_age(one, may["may_review"]) for one in counts.ages],
        "risks": orders_at_risk(counts),
        "dues": due_list(today, DUE_WITHIN_DAYS) if may["may_see_money"] else [],
        "quality": _quality(by, chosen),
        "money": money_now(counts) if may["may_see_money"] else None,
        "views": view_list_of(request.user, SavedView.Page.DASHBOARD),
        "quality_label": QUALITY_LABELS[by],
        "quality_tabs": [
            {"label": QUALITY_LABELS[one], "is_current": one == by, "url": _address(request, by=one)}
            for one in _dimensions(request)
        ],
        "chosen": chosen,
        "spans": SPANS,
        "vendors": Organisation.objects.exclude(kind=Organisation.Kind.OPERATOR).order_by("name"),
        "categories": CATEGORY_LABELS.items(),
        "csv_query": urlencode(_query(request)),
    }
    return render(request, "annotation/dashboard.html", context | may)


@require_GET
@role_required(*OPERATING_ROLES)
def figures_csv(request: HttpRequest) -> HttpResponse:
    """The throughput by day under the same filters, a row a day."""
    found = throughput_by_day(_chosen(request))
    days = (day.isoformat() for day in found.labels)
    content = csv_bytes(["day", *found.counts], zip(days, *found.counts.values(), strict=True))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="throughput.csv"'
    return response


def _age(age: Ages, may_review: bool) -> dict[str, Any]:
    """A line of the table of what waits; its counts lead to their rows, held instructions for those alone who may read them."""
    search = reverse("annotation:search")
    kind, url = "record", f"{search}?kind=record&status=returned"
    if age.kind == "held":
        kind, url = "instruction", reverse("collection:instructions") + "?status=held" if may_review else ""
    elif age.kind == "to_judge":
        url = reverse("annotation:review") if may_review else ""
    is_open = kind == "record" or may_review
    cells = [
        (span, count, f"{search}?kind={kind}&waits={age.kind}-{at}" if count and is_open else "")
        for at, (span, count) in enumerate(zip(AGE_SPANS, age.counts, strict=True))
    ]
    return {"label": AGE_LABELS[age.kind], "url": url, "cells": cells, "oldest_at": age.oldest_at}


def _without_instructions(plot: Plot) -> Plot:
    """A plot whose figures lead to no instruction, for who may not read them."""
    links = [["" if "kind=instruction" in link else link for link in line] for line in plot.links]
    return replace(plot, links=links)


def _chosen(request: HttpRequest) -> FigureFilter:
    """The filters of the address; what is none of ours is as if it was not there."""
    days = request.GET.get("days", "")
    vendor = request.GET.get("vendor", "")
    category = request.GET.get("category", "")
    found = (
        Organisation.objects.exclude(kind=Organisation.Kind.OPERATOR).filter(name=vendor).first() if vendor else None
    )
    return FigureFilter(
        days=int(days) if days in {str(span) for span in SPANS} else SPANS[1],
        vendor_id=found.pk if found else None,
        vendor_name=found.name if found else "",
        category=category if category in CATEGORY_LABELS else "",
    )


def _dimensions(request: HttpRequest) -> tuple[str, ...]:
    """Names of writers are for those who run the operation; a reviewer judges without them."""
    seat = seat_of(request)
    if seat is not None and seat.has_role(*NAMING_ROLES):
        return QUALITY_BY
    return tuple(one for one in QUALITY_BY if one != "writer")


def _quality_by(request: HttpRequest) -> str:
    by = request.GET.get("by", "")
    return by if by in _dimensions(request) else QUALITY_BY[0]


def _query(request: HttpRequest) -> dict[str, str]:
    return {key: request.GET[key] for key in ("days", "vendor", "category", "by") if request.GET.get(key)}


def _address(request: HttpRequest, **changes: str) -> str:
    return f"?{urlencode(_query(request) | changes)}#quality"


def _called(by: str, row: Mapping[str, Any]) -> str:
    if by == "category":
        return str(CATEGORY_LABELS.get(row["called"], row["called"]) or _("no category"))
    return f"{row['called']} v{row['key']}" if by == "guideline" else str(row["called"])


def _versions(rows: list[dict[str, Any]]) -> dict[tuple[str, int], UUID]:
    """The ids of the versions of guidelines, by the guideline's name and the number."""
    named = GuidelineVersion.objects.filter(guideline__name__in={row["called"] for row in rows})
    return {(name, version): pk for name, version, pk in named.values_list("guideline__name", "version", "public_id")}


def _decided(event: str, query: Mapping[str, str], by: str, chosen: FigureFilter) -> str:
    """The search for the records that were returned or rejected in these days; the search knows only who read a record last."""
    if not query or by == "reviewer":
        return ""
    narrowed = {"vendor": chosen.vendor_name, "category": chosen.category}
    found = {key: one for key, one in narrowed.items() if one} | dict(query)
    today = timezone.localdate(timezone=JAPAN)
    return urlencode(found | {"happened": happened_name(event, chosen.first_day, today)})


def _quality(by: str, chosen: FigureFilter) -> list[dict[str, Any]]:
    """The lines of the table, each with its name and with the search for the records behind it."""
    rows = quality_by(by, chosen)
    of_people = by in {"writer", "reviewer"}
    ids = (
        dict(User.objects.filter(pk__in=[row["key"] for row in rows]).values_list("pk", "public_id"))
        if of_people
        else {}
    )
    versions = _versions(rows) if by == "guideline" else {}
    lines = []
    for row in rows:
        value = {"vendor": row["called"], "category": row["called"]}.get(by) or ids.get(row["key"], "")
        value = versions.get((row["called"], row["key"]), value)
        query = {"kind": "record", by: str(value)} if value else {}
        lines.append(
            row
            | {"name": _called(by, row), "query": urlencode(query)}
            | {f"{event}_query": _decided(event, query, by, chosen) for event in ("returned", "rejected")}
        )
    return lines
