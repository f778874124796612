"""The operator's rooms: instructions and their screening queue, spending and the switch. No model text is shown here."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from collection import selectors
from collection.forms import DecisionForm, InstructionFilterForm, LimitForm, SwitchForm
from collection.models import Cap, Instruction
from collection.services.budget import SCOPES, cap_limit_set, default_limit, site_switch_set
from collection.services.screening import instruction_decide
from collection.states import InstructionStatus
from collection.views.highlighting import finding_labels, history_labels, marked
from config.access import role_required, seat_for
from config.errors import DomainError

PER_PAGE = 25
MICROUSD = 1_000_000
screening_room = role_required(*selectors.SCREENING_ROLES)
budget_readers = role_required("owner", "manager", "finance")
BUDGET_HOLDERS = ("owner", "manager")
budget_holders = role_required(*BUDGET_HOLDERS)


@require_safe
@screening_room
def instructions(request: HttpRequest) -> HttpResponse:
    """The list with its filters."""
    form = InstructionFilterForm(request.GET)
    form.is_valid()
    wanted = {name: form.cleaned_data.get(name, "") for name in form.fields}
    found = selectors.instruction_list_for(request.user, **wanted)
    counts = selectors.instruction_status_counts_for(request.user)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page_obj": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "query": f"{query.urlencode()}&" if query else "",
        "tabs": _tabs(request, counts, wanted["status"]),
        "held_count": counts[InstructionStatus.HELD],
        "is_filtered": any(wanted.values()),
    }
    return render(request, "collection/instructions.html", context)


@require_safe
@screening_room
def queue(request: HttpRequest) -> HttpResponse:
    """To the oldest instruction that waits for a decision."""
    waiting = selectors.instruction_held_next_for(request.user)
    if waiting is None:
        messages.info(request, _("Nothing waits for a decision."))
        return redirect("collection:instructions")
    return redirect("collection:instruction", public_id=waiting.public_id)


@require_safe
@screening_room
def instruction(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One instruction: its text with the findings marked, its history, and the decision if it waits for one."""
    found = selectors.instruction_get_for(request.user, public_id)
    return _instruction_page(request, found, DecisionForm())


@require_POST
@screening_room
def decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Accept or reject a held instruction, then on to the next."""
    found = selectors.instruction_get_for(request.user, public_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _instruction_page(request, found, form, status=400)
    accept = form.cleaned_data["verdict"] == "accept"
    try:
        instruction_decide(instruction=found, accept=accept, by=request.user, why=form.cleaned_data["why"])
    except DomainError as error:
        field = error.details.get("field")
        form.add_error(field if field in form.fields else None, str(error))
        return _instruction_page(request, found, form, status=error.status)
    messages.success(request, _("Let through. It can become a task now.") if accept else _("Rejected."))
    following = selectors.instruction_held_next_for(request.user, after=found.pk)
    if following is None:
        return redirect("collection:screening_queue")
    return redirect("collection:instruction", public_id=following.public_id)


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
        cap_limit_set(scope=scope, limit_microusd=int(form.cleaned_data[scope] * MICROUSD))
    messages.success(request, _("The limits are set."))
    return redirect("collection:budget")


def _tabs(request: HttpRequest, counts: dict[str, int], current: str) -> list[dict[str, Any]]:
    """A tab for each status, keeping the other filters."""
    tabs = []
    for status, label in [("", _("All")), *InstructionStatus.choices]:
        query = request.GET.copy()
        query.pop("page", None)
        query["status"] = status
        count = counts[status] if status else sum(counts.values())
        tabs.append({"url": f"?{query.urlencode()}", "label": label, "count": count, "is_current": status == current})
    return tabs


def _instruction_page(request: HttpRequest, found: Instruction, form: DecisionForm, status: int = 200) -> HttpResponse:
    findings = list(found.findings.all())
    context = {
        "instruction": found,
        "is_held": found.status == InstructionStatus.HELD,
        "form": form,
        "instruction_parts": marked(found.instruction, [one for one in findings if one.field == "instruction"]),
        "input_parts": marked(found.input, [one for one in findings if one.field == "input"]),
        "findings": finding_labels(findings),
        "history": history_labels(list(found.transitions.all())),
    }
    return render(request, "collection/instruction.html", context, status=status)


def _budget_page(request: HttpRequest, form: LimitForm, status: int = 200) -> HttpResponse:
    since = timezone.localdate() - timedelta(days=13)
    spent = {row["day"]: row["spent_microusd"] for row in selectors.spending_by_day(since=since)}
    days = [since + timedelta(days=number) for number in range(14)]
    highest = max([*spent.values(), 1])
    seat = seat_for(request.user)
    context = {
        "form": form,
        "can_change": seat is not None and seat.has_role(*BUDGET_HOLDERS),
        "switch": selectors.site_switch(),
        "caps": [_gauge(Cap.Scope.DAY, selectors.day_key()), _gauge(Cap.Scope.TOTAL, "")],
        "days": [
            {"day": day, "dollars": _dollars(spent.get(day, 0)), "share": 100 * spent.get(day, 0) / highest}
            for day in reversed(days)
        ],
    }
    return render(request, "collection/budget.html", context, status=status)


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
