"""Earning a qualification: what it asks, the quiz, and the trial texts."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from config.access import role_required
from config.errors import NotFound
from vendors.forms.qualifications import QuizForm, TrialForm
from vendors.models import Role
from vendors.selectors import Standing, qualification_get, standing_for
from vendors.services import quiz_answer, trial_save


@role_required(Role.WRITER)
@require_http_methods(["GET", "POST"])
def earn(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How one stands, and the quiz while it is open."""
    found = qualification_get(public_id)
    standing = standing_for(cast(Any, request.user), found)
    questions = standing.version.questions
    is_open = bool(questions) and not (standing.has_passed_quiz or standing.is_stopped or standing.next_try_at)
    form = QuizForm(request.POST or None, questions=questions) if is_open or request.method == "POST" else None
    if form is not None and request.method == "POST" and form.is_valid():
        attempt = quiz_answer(user=cast(Any, request.user), qualification=found, answers=form.chosen())
        if attempt.is_passed:
            messages.success(
                request, _("Passed: %(right)s of %(all)s right.") % _figures(attempt.right_count, questions)
            )
        return redirect("vendors:qualification_earn", public_id)
    context = {
        "qualification": found,
        "standing": standing,
        "form": form,
        "wrong": _wrong(standing),
        "figures": _figures(standing.attempt.right_count, questions) if standing.attempt else {},
    }
    return render(request, "vendors/qualification_earn.html", context, status=422 if form and form.is_bound else 200)


@role_required(Role.WRITER)
@require_http_methods(["GET", "POST"])
def earn_trial(request: HttpRequest, public_id: UUID, number: int) -> HttpResponse:
    """One trial task: to write, or to read once it is sent."""
    found = qualification_get(public_id)
    standing = standing_for(cast(Any, request.user), found)
    line = next((line for line in standing.trials if line.number == number), None)
    if line is None or not standing.has_passed_quiz:
        raise NotFound()
    is_sent = "send" in request.POST
    form = TrialForm(request.POST or None, instance=line.trial)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        if is_sent and not text.strip():
            form.add_error("text", _("There is no text yet."))
        else:
            trial_save(user=cast(Any, request.user), qualification=found, number=number, text=text, is_sent=is_sent)
            if getattr(request, "htmx", None) and not is_sent:
                clock = formats.time_format(timezone.localtime(), "H:i")
                return HttpResponse(_("Saved %(time)s") % {"time": clock}, content_type="text/plain")
            messages.success(request, _("Sent. A reviewer will read it.") if is_sent else _("Saved."))
            return redirect("vendors:qualification_earn", public_id)
    context = {"qualification": found, "line": line, "form": form, "is_open": not (line.is_waiting or line.is_accepted)}
    return render(request, "vendors/qualification_trial.html", context, status=422 if form.is_bound else 200)


def _figures(right: int, questions: list[Any]) -> dict[str, int]:
    return {"right": right, "all": len(questions)}


def _wrong(standing: Standing) -> list[dict[str, Any]]:
    """The questions that the newest try did not answer rightly, with what was chosen and why it is otherwise."""
    if standing.attempt is None:
        return []
    answered = enumerate(zip(standing.version.questions, standing.attempt.answers, strict=True), start=1)
    return [
        {"number": number, "question": question, "chosen": [question["choices"][index] for index in chosen]}
        for number, (question, chosen) in answered
        if sorted(question["right"]) != sorted(chosen)
    ]
