"""How an error of the JSON API looks; the counterpart of `config/error_pages.py` for Django REST framework."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as default_handler
from rest_framework.views import set_rollback

from config.error_pages import error_body
from config.errors import DomainError, NotAllowed, NotFound

# What Django REST framework refuses by itself: its code, ours, and the status.
FRAMEWORK_CODES = {
    "parse_error": ("not_json", 400),
    "not_authenticated": ("not_signed_in", 401),
    "authentication_failed": ("token_unknown", 401),
    "token_unknown": ("token_unknown", 401),
    "not_found": ("not_found", 404),
    "method_not_allowed": ("method_not_allowed", 405),
    "not_acceptable": ("not_acceptable", 406),
    "throttled": ("throttled", 429),
    "unsupported_media_type": ("unsupported_media_type", 415),
}


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Our errors and the framework's in one shape, after RFC 9457; anything else stays a 500."""
    if isinstance(exception, Http404):
        exception = NotFound()
    elif isinstance(exception, PermissionDenied):
        exception = NotAllowed()
    if isinstance(exception, DomainError):
        set_rollback()
        body = error_body(exception.status, exception.code, str(exception), exception.details)
        return Response(body, status=exception.status, content_type="application/problem+json")
    response = default_handler(exception, context)
    if response is None:
        return None
    if isinstance(exception, exceptions.ValidationError):
        message = _("Some fields are not right.")
        response.data = error_body(400, "bad_input", message, {"fields": response.data})
    elif isinstance(exception, exceptions.APIException):
        code, _status = FRAMEWORK_CODES.get(str(exception.get_codes()), ("error", exception.status_code))
        response.data = error_body(exception.status_code, code, str(exception.detail))
    response.content_type = "application/problem+json"
    return response
