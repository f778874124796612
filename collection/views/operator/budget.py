"""The operator's view of spending: against the caps, by day, and the switch that stops answering."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from collection import selectors
from collection.forms import LimitForm, ReconcileForm, SwitchForm
from collection.models import Cap
from collection.services.budget import SCOPES, cap_limit_set, default_limit, site_switch_set
from collection.services.reconciling import budget_reconcile, open_reservation_totals
from collection.services.spending import Spending, spending_of
from config.access import role_required, seat_for
from config.plots import Plot, columns_plot

MICROUSD = 1_000_000
DAYS_SHOWN = 30
budget_readers = role_required("owner", "manager", "finance")
BUDGET_HOLDERS = ("owner", "manager")
budget_holders = role_required(*BUDGET_HOLDERS)


@require_safe
@budget_readers
@never_cache
def budget(request: HttpRequest) -> HttpResponse:
    """Spending against the caps, and the switch."""
    return _budget_page(request, LimitForm(initial={scope: _dollars(_limit(scope)) for scope in SCOPES}))


@require_POST
@budget_holders
def switch(request: HttpRequest) -> HttpResponse:
    """Stop or start answering."""
    form = SwitchForm(request.POST)
    form.is_valid()
    is_answering = form.cleaned_data.get("is_answering", False)
    site_switch_set(is_answering=is_answering, reason=form.cleaned_data.get("reason", ""), by=request.user)
    messages.success(request, _("Answering is on.") if is_answering else _("Answering is stopped."))
    return redirect("collection:budget")


@require_POST
@budget_holders
def limits(request: HttpRequest) -> HttpResponse:
    """Set the limits."""
    form = LimitForm(request.POST)
    if not form.is_valid():
        return _budget_page(request, form, status=400)
    for scope in SCOPES:
        cap_limit_set(scope=scope, limit_microusd=int(form.cleaned_data[scope] * MICROUSD), by=request.user)
    messages.success(request, _("The limits are set."))
    return redirect("collection:budget")


@require_POST
@budget_holders
def reconcile(request: HttpRequest) -> HttpResponse:
    """Settle the answers of which nobody knows what they cost."""
    form = ReconcileForm(request.POST)
    if not form.is_valid():
        return redirect("collection:budget")
    done = budget_reconcile(charge=form.cleaned_data["charge"])
    said = ngettext("%(count)s answer is settled.", "%(count)s answers are settled.", done.count)
    messages.success(request, said % {"count": done.count})
    return redirect("collection:budget")


def _budget_page(request: HttpRequest, form: LimitForm, status: int = 200) -> HttpResponse:
    seat = seat_for(request.user)
    spending = spending_of(days=DAYS_SHOWN)
    open_ones = open_reservation_totals()
    context = {
        "form": form,
        "can_change": seat is not None and seat.has_role(*BUDGET_HOLDERS),
        "switch": selectors.site_switch(),
        "caps": [_gauge(Cap.Scope.DAY, selectors.day_key()), _gauge(Cap.Scope.TOTAL, "")],
        "plots": [_days_plot(spending)],
        "spending": spending,
        "pace": _dollars(spending.pace),
        "expected_today": _dollars(spending.expected_today),
        "open_count": open_ones.count,
        "open_dollars": _dollars(open_ones.amount_microusd),
        "reconcile_form": ReconcileForm(),
    }
    return render(request, "collection/budget.html", context, status=status)


def _days_plot(spending: Spending) -> Plot:
    """Spending by day and model against the limit of a day; what today will still cost stands on top."""
    series: dict[str | Promise, Sequence[int | float | None]] = {
        model or _("unknown model"): [float(_dollars(spent)) for spent in days]
        for model, days in spending.by_model.items()
    }
    spent_today = sum(days[-1] for days in spending.by_model.values())
    still = float(_dollars(max(0, spending.expected_today - spent_today)))
    return columns_plot(
        title=_("US dollars a day, by model; the broken line is the limit of a day"),
        label=_("Day"),
        labels=[day.strftime("%-m/%-d") for day in spending.days],
        series={**series, _("Expected today"): [None] * (len(spending.days) - 1) + [still]},
        limit=float(_dollars(spending.day_limit)),
    )


def _gauge(scope: Cap.Scope, key: str) -> dict[str, Any]:
    """How full a cap is; one that was never used is empty."""
    cap = selectors.cap_get(scope, key) or Cap(scope=scope, limit_microusd=_limit(scope))
    used = cap.spent_microusd + cap.reserved_microusd
    return {
        "label": _("Today") if scope == Cap.Scope.DAY else _("In all"),
        "spent": _dollars(cap.spent_microusd),
        "reserved": _dollars(cap.reserved_microusd),
        "limit": _dollars(cap.limit_microusd),
        "share": min(100, 100 * used / cap.limit_microusd) if cap.limit_microusd else 100,
    }


def _limit(scope: str) -> int:
    cap = selectors.cap_get(scope, "")
    return cap.limit_microusd if cap else default_limit(scope)


def _dollars(microusd: int) -> Decimal:
    return (Decimal(microusd) / MICROUSD).quantize(Decimal("0.01"))
