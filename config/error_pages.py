"""How an error looks: a page for a person, a fragment for htmx, JSON for a program."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from config.errors import DomainError

API_START = "/api/v1/"


def error_title(status: int) -> str:
    """A short heading for a status, in the reader's language."""
    titles = {
        400: _("That did not work"),
        403: _("Not for you to do"),
        404: _("Not found"),
        409: _("Not possible just now"),
        410: _("No longer here"),
        413: _("Too large"),
        429: _("Too often"),
        503: _("Not available just now"),
    }
    return titles.get(status) or (_("Something broke on our side") if status >= 500 else titles[400])


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program: it asks the API, it says so, or it speaks JSON."""
    if request.path.startswith(API_START):
        return True
    if request.content_type == "application/json":
        return True
    preferred = request.get_preferred_type(["text/html", "application/json"])
    return preferred == "application/json"


def error_body(status: int, code: str, message: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """The JSON form of an error, after RFC 9457 (problem details)."""
    return {"status": status, "code": code, "title": HTTPStatus(status).phrase, "detail": message, **(details or {})}


def error_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The response for an error raised on purpose."""
    return render_error(request, error.status, error.code, str(error), error.details)


def render_error(
    request: HttpRequest, status: int, code: str, message: str, details: dict[str, Any] | None = None
) -> HttpResponse:
    """An error in the form the caller can use."""
    if wants_json(request):
        body = error_body(status, code, message, details)
        return JsonResponse(body, status=status, content_type="application/problem+json")
    context = {"status": status, "code": code, "title": error_title(status), "message": message, "details": details}
    context |= {name: details[name] for name in ("action_url", "action_label") if details and name in details}
    if getattr(request, "htmx", None) and not request.htmx.boosted:  # type: ignore[attr-defined]
        response = HttpResponse(render_to_string("error_fragment.html", context, request), status=status)
        response["X-Error-Code"] = code
        return response
    if not hasattr(request, "user"):  # refused at the door, before anybody asked who it is: a host that is not ours
        return HttpResponse(render_to_string("error_plain.html", context), status=status)
    return HttpResponse(render_to_string("error.html", context, request), status=status)
