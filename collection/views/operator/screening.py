"""The screening room: the instructions, and the queue of those that wait for a decision. No model text is shown here."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from collection import selectors
from collection.forms import CategoryForm, DecisionForm, InstructionFilterForm, RedactionForm
from collection.models import Instruction
from collection.selectors.participants import participant_facts
from collection.services.categories import instruction_categorise
from collection.services.redaction import instruction_redact
from collection.services.screening import instruction_decide
from collection.states import InstructionStatus
from collection.views.highlighting import finding_labels, history_labels, marked, passages_of
from collection.views.operator.rooms import screening_room
from config.error_pages import wants_json
from config.errors import BadInput, DomainError

PER_PAGE = 25


@require_safe
@screening_room
def instructions(request: HttpRequest) -> HttpResponse:
    """The list with its filters."""
    form = InstructionFilterForm(request.GET)
    form.is_valid()
    wanted = {name: form.cleaned_data.get(name) or "" for name in form.fields}
    found = selectors.instruction_list_for(request.user, **{**wanted, "participant": wanted["participant"] or None})
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
        "participant": wanted["participant"],
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
    """Accept or reject a held instruction, then on to the next; a script is told where that is and has it already."""
    found = selectors.instruction_get_for(request.user, public_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _instruction_page(request, found, form, status=400)
    accept = form.cleaned_data["verdict"] == "accept"
    try:
        instruction_decide(instruction=found, accept=accept, by=request.user, why=form.cleaned_data["why"])
    except DomainError as error:
        if wants_json(request):
            raise
        field = error.details.get("field")
        form.add_error(field if field in form.fields else None, str(error))
        return _instruction_page(request, found, form, status=error.status)
    said = _("Let through. It can become a task now.") if accept else _("Rejected.")
    following = selectors.instruction_held_next_for(request.user, after=found.pk)
    address = (
        reverse("collection:instruction", args=[following.public_id])
        if following
        else reverse("collection:screening_queue")
    )
    if wants_json(request):
        return JsonResponse({"next": address, "said": said})
    messages.success(request, said)
    return redirect(address)


@require_POST
@screening_room
def redact(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Destroy a passage of a held instruction, and show what is left."""
    found = selectors.instruction_get_for(request.user, public_id)
    form = RedactionForm(request.POST)
    if not form.is_valid():
        raise BadInput()
    # A browser sends every line end as two characters.
    form.cleaned_data["seen"] = form.cleaned_data["seen"].replace("\r\n", "\n")
    instruction_redact(instruction=found, by=request.user, **form.cleaned_data)
    messages.success(request, _("The passage is destroyed, here and in the answers."))
    return redirect("collection:instruction", public_id=public_id)


@require_POST
@screening_room
def categorise(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take the operator's word for the category."""
    found = selectors.instruction_get_for(request.user, public_id)
    form = CategoryForm(request.POST)
    if not form.is_valid():
        raise BadInput()
    instruction_categorise(instruction=found, category=form.cleaned_data["category"])
    messages.success(request, _("The category is changed."))
    return redirect("collection:instruction", public_id=public_id)


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
    redactions = list(found.redactions.all())
    current = selectors.findings_current(findings, redactions)
    texts = {"instruction": found.instruction, "input": found.input}
    is_held = found.status == InstructionStatus.HELD
    following = selectors.instruction_held_next_for(request.user, after=found.pk) if is_held else None
    context = {
        "instruction": found,
        "is_held": is_held,
        "form": form,
        "instruction_parts": marked(found.instruction, [one for one in current if one.field == "instruction"]),
        "input_parts": marked(found.input, [one for one in current if one.field == "input"]),
        "passages": passages_of(texts, current) if is_held else [],
        "findings": finding_labels(current),
        "history": history_labels(list(found.transitions.all()), redactions),
        "feedback": selectors.feedback_counts(found),
        "category_form": CategoryForm(initial={"category": found.category}),
        "asker": participant_facts(found.participant) if found.participant else None,
        "next_url": reverse("collection:instruction", args=[following.public_id]) if following else "",
        "waiting_count": selectors.screening_queue_count() if is_held else 0,
    }
    return render(request, "collection/instruction.html", context, status=status)
