"""A quiet look at a text before it is sent: does it look like personal data? Nothing is kept, and nobody else is asked."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from collection.screening.checks import check_of
from collection.services.screening import texts_warn


@require_POST
@never_cache
def ask_check(request: HttpRequest) -> JsonResponse:
    """{"findings": [{check, label, field, start, end, text}]}: what the visitor may want to leave out."""
    limits = {"instruction": settings.INSTRUCTION_MAX_CHARACTERS, "input": settings.INPUT_MAX_CHARACTERS}
    texts = {name: request.POST.get(name, "")[:limit] for name, limit in limits.items()}
    return JsonResponse({"findings": findings_told(texts)})


def findings_told(texts: dict[str, str]) -> list[dict[str, object]]:
    """Each finding with its words and the passage it is about."""
    return [
        {
            "check": found.finding.check_id,
            "label": str(check_of(found.finding.check_id).name),
            "field": found.field,
            "start": found.finding.start,
            "end": found.finding.end,
            "text": texts[found.field][found.finding.start : found.finding.end],
        }
        for found in texts_warn(instruction=texts["instruction"], input=texts["input"])
    ]
