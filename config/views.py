"""Pages that belong to no app: what Django shows when a request fails."""

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from config.error_pages import error_title, render_error, wants_json
from config.errors import BadInput, NotAllowed, NotFound


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself found wrong with a request."""
    return render_error(request, 400, BadInput.code, str(BadInput()))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a PermissionDenied."""
    return render_error(request, 403, NotAllowed.code, str(NotAllowed()))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that does not exist, and an Http404."""
    return render_error(request, 404, NotFound.code, str(NotFound()))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a failure of ours: without the request's context, because whatever broke may be in it."""
    message = _("The mistake is ours and has been written down. Nothing you saved is lost; please try again.")
    if wants_json(request):
        return render_error(request, 500, "server_error", message)
    context = {"status": 500, "code": "server_error", "title": error_title(500), "message": message}
    return HttpResponseServerError(render_to_string("error_plain.html", context))
