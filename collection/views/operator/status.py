"""What this installation is made of, which optional parts are there, and whether its workers live."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from collection.services.status import parts_look
from collection.views.operator.rooms import status_readers
from config.examination import worst_of


@require_safe
@status_readers
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """Each part with how it is and what to do about it."""
    parts = parts_look()
    return render(request, "collection/status.html", {"parts": parts, "worst": worst_of(parts)})
