"""The front page: what this is, the form, and examples to try."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from collection.forms import AskForm
from collection.selectors import consent_in_force
from collection.services.limits import barred_message
from collection.services.spending import budget_left
from collection.texts import example_get, example_list
from collection.views.feedback import feedback_choices
from collection.views.visitor import participant_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page: what this is, and the form; `?example=` fills it."""
    example = example_get(request.GET.get("example", ""))
    initial = {"instruction": example.instruction, "input": example.input} if example else {}
    return render(request, "collection/home.html", home_context(request, AskForm(initial=initial)))


def home_context(request: HttpRequest, form: AskForm, **more: Any) -> dict[str, Any]:
    """What the front page shows, also when it comes back with a form to mend."""
    participant = participant_of(request)
    return {
        "form": form,
        "has_consent": consent_in_force(participant) is not None,
        "barred_message": barred_message() if participant is not None and participant.barred_at else "",
        "examples": example_list(get_language() or "en"),
        "feedback_choices": feedback_choices(),
        "left": budget_left(),
        **more,
    }
