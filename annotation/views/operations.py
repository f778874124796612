"""The operator's overview: what is kept out and why, one record, the releases."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.checks import clean_rules_explain
from annotation.checks.words import rule_words
from annotation.models import Review, Showing, Task
from annotation.release.containing import releases_with
from annotation.selectors.calibration import item_of, may_calibrate
from annotation.selectors.figures import figures_age, figures_state
from annotation.selectors.guidance import example_of
from annotation.selectors.operations import (
    OPERATING_ROLES,
    not_clean_list_for,
    record_get_for,
)
from annotation.selectors.review import REVIEWING_ROLES, open_questions
from annotation.selectors.showings import has_reference, sight_list_of
from annotation.selectors.timeline import timeline_of
from annotation.selectors.unmasking import knows_writer, writers_of
from annotation.services.reviews import question_answer
from annotation.services.showings import references_show
from annotation.states import TaskStatus
from annotation.views.timeline_words import timeline_words
from annotation.wording import question_words
from config.access import role_required, seat_of
from config.errors import BadInput, NotFound
from vendors.selectors import earnings_of_for

ROWS_A_PAGE = 50
RULE_MAKERS = ("owner", "manager")


@require_GET
@role_required(*OPERATING_ROLES)
def not_clean(request: HttpRequest) -> HttpResponse:
    """Accepted texts that are not in the dataset, each with the rules that fail."""
    page = Paginator(not_clean_list_for(request.user), ROWS_A_PAGE).get_page(request.GET.get("page"))
    state = figures_state()
    context = {
        "page_obj": page,
        "tasks": [
            kept_out.task
            for kept_out in page
            if kept_out.task.status == TaskStatus.ACCEPTED and not kept_out.task.clean_rule.is_clean
        ],
        "is_counted": state is not None and bool(state.looked),
        "age_seconds": figures_age(state),
    }
    return render(request, "annotation/not_clean.html", context)


@require_GET
@role_required(*OPERATING_ROLES)
def record(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Everything about one record: its texts, the clean rules, who saw the model's answer, its way here."""
    task = record_get_for(request.user, str(public_id))
    return render(request, "annotation/record.html", _record_context(request, task))


@require_POST
@role_required(*REVIEWING_ROLES)
def record_reference(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open the model's answer to the record's instruction, with the reason for it."""
    task = record_get_for(request.user, str(public_id))
    why = request.POST.get("why", "").strip()
    if not why:
        raise BadInput(_("Say why you open the model's answer. It is written down with your name."))
    shown = references_show(reviewer=request.user, task=task, place=Showing.Place.RECORD, why=why)
    return render(request, "annotation/record.html", _record_context(request, task) | {"references": shown})


def _record_context(request: HttpRequest, task: Task) -> dict[str, Any]:
    seat = seat_of(request)
    may_answer = seat is not None and seat.has_role(*REVIEWING_ROLES)
    questions = open_questions(task.current_submission) if task.current_submission and may_answer else []
    is_manager = seat is not None and seat.has_role(*RULE_MAKERS)
    is_named = knows_writer(request.user, task)
    nameless = set() if is_named else writers_of(task)
    sights = [
        replace(sight, who=_("the writer")) if sight.user_id in nameless else sight
        for sight in sight_list_of(task.instruction_id)
    ]
    earnings = earnings_of_for(request.user, task.submissions.values_list("public_id", flat=True))
    way = timeline_of(task, sights, nameless=nameless, earnings=earnings)
    rules = [rule_words(rule, names_writers=is_named) for rule in clean_rules_explain(task)]
    return {
        "task": task,
        "rules": rules,
        "questions": [question_words(question) for question in questions],
        "sights": sights,
        "may_open": may_answer and has_reference(task.instruction_id),
        "example": example_of(task),
        "may_calibrate": is_manager and task.current_submission is not None and may_calibrate(task.current_submission),
        "item": item_of(task) if is_manager else None,
        "verdicts": Review.Verdict.choices,
        "may_curate": may_answer and task.status == TaskStatus.ACCEPTED,
        "history": timeline_words(way, releases_with(task.public_id)),
        "fails": [rule for rule in rules if not rule["holds"]],
    }


@require_POST
@role_required(*REVIEWING_ROLES)
def record_answer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Answer a question that came up after the text was accepted."""
    task = record_get_for(request.user, str(public_id))
    if task.current_submission is None:
        raise NotFound()
    question_answer(
        reviewer=request.user,
        submission=task.current_submission,
        key=request.POST.get("key", ""),
        why=request.POST.get("why", ""),
    )
    messages.success(request, _("Your reason is on record."))
    return redirect("annotation:record", public_id)
