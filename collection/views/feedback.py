"""A reader's thumb on an answer of their own."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from collection.models import AnswerFeedback
from collection.selectors import own_instruction_get
from collection.services.feedback import feedback_give
from collection.views.visitor import participant_of
from config.error_pages import wants_json


@require_POST
def feedback(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take `choice`: "up", "down:wrong" or "none"; a script gets what holds now, a browser its page again."""
    verdict, _, reason = request.POST.get("choice", "").partition(":")
    instruction = own_instruction_get(participant_of(request), public_id)
    given = feedback_give(instruction=instruction, verdict=verdict, reason=reason)
    if wants_json(request):
        return JsonResponse({"verdict": given.verdict, "reason": given.reason})
    return redirect("collection:my_instruction", public_id=public_id)


def feedback_choices(given: AnswerFeedback | None = None) -> list[dict[str, Any]]:
    """The thumbs and their reasons, with what holds marked; pressing that again takes it back."""
    verdict = given.verdict if given else AnswerFeedback.Verdict.NONE
    reason = given.reason if given else ""
    return [
        {
            "verdict": one,
            "label": AnswerFeedback.Verdict(one).label,
            "is_chosen": one == verdict,
            "value": "none" if one == verdict else one,
            "reasons": [
                {
                    "reason": code,
                    "label": AnswerFeedback.Reason(code).label,
                    "is_chosen": one == verdict and code == reason,
                    "value": one if one == verdict and code == reason else f"{one}:{code}",
                }
                for code in AnswerFeedback.REASONS[one]
            ],
        }
        for one in ("up", "down")
    ]
