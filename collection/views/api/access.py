"""Who may come in at the API: a partner's key, or the ticket of our own page in a frame; and from which sites."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt

from collection.errors import KeyUnknown, OriginNotAllowed, TextRefused
from collection.models import PartnerKey
from collection.services.partners import partner_of_key, partner_origin_is_known
from config.error_pages import error_body
from config.errors import DomainError

LANGUAGES = ("ja", "en")
TICKET_SECONDS = 12 * 3600
_TICKET_START = "frame:"
_PREFLIGHT_SECONDS = 600

# A view of the API takes the partner, or None for our own page in a frame, and the body.
ApiView = Callable[..., HttpResponseBase]


def frame_ticket() -> str:
    """What our own page in a frame shows instead of a key; good for half a day."""
    return _TICKET_START + TimestampSigner(salt="collection.frame").sign("frame")


def api_door(*methods: str) -> Callable[[ApiView], ApiView]:
    """Let in who holds a key or a ticket, from an allowed site; answer preflights; speak JSON, also of errors.

    No cookie is read here, so there is nothing that a foreign page could use in a visitor's name.
    """

    def decorated(view: ApiView) -> ApiView:
        @wraps(view)
        def door(request: HttpRequest, **address: Any) -> HttpResponseBase:
            origin = request.headers.get("Origin", "")
            if request.method == "OPTIONS":
                return _preflight(origin, methods)
            with override(_language(request)):
                allowed = ""
                try:
                    partner = _partner(request, origin)
                    allowed = origin if partner else ""
                    if request.method not in methods:
                        response: HttpResponseBase = HttpResponse(status=405, headers={"Allow": ", ".join(methods)})
                    else:
                        response = view(request, partner, _body(request), **address)
                except DomainError as error:
                    body = error_body(error.status, error.code, str(error), error.details)
                    response = JsonResponse(body, status=error.status, content_type="application/problem+json")
            return _shared(response, allowed)

        return csrf_exempt(door)

    return decorated


def _partner(request: HttpRequest, origin: str) -> PartnerKey | None:
    """Whose key this is, or None for our own frame. Raises `KeyUnknown` and `OriginNotAllowed`."""
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise KeyUnknown()
    if key.startswith(_TICKET_START):
        _frame_check(request, key.removeprefix(_TICKET_START), origin)
        return None
    partner = partner_of_key(key.strip())
    if origin and origin not in partner.allowed_origins:
        raise OriginNotAllowed()
    return partner


def _frame_check(request: HttpRequest, ticket: str, origin: str) -> None:
    """Raises `KeyUnknown` for a ticket that is old or not ours, and `OriginNotAllowed` unless our own page asks."""
    own = f"{request.scheme}://{request.get_host()}"
    try:
        TimestampSigner(salt="collection.frame").unsign(ticket, max_age=TICKET_SECONDS)
    except BadSignature:
        raise KeyUnknown(_("This page was open for a long time. Please load it again; your text is kept.")) from None
    if not settings.EMBED_ORIGINS or origin != own:
        raise OriginNotAllowed()


def _body(request: HttpRequest) -> dict[str, Any]:
    if request.method != "POST":
        return {}
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise TextRefused(_("The body must be a JSON object."))
    return body


def text_of(body: dict[str, Any], name: str, default: str = "") -> str:
    """A text of the body. Raises `TextRefused` for another type."""
    value = body.get(name, default)
    if not isinstance(value, str):
        raise TextRefused(_("This must be a text."), field=name)
    return value


def _language(request: HttpRequest) -> str:
    """The language of messages: `?language=`, then what the caller accepts."""
    asked = request.GET.get("language", "")
    return asked if asked in LANGUAGES else str(getattr(request, "LANGUAGE_CODE", "en"))[:2]


def _preflight(origin: str, methods: tuple[str, ...]) -> HttpResponse:
    """What a browser asks first, still without the key: may this site call here at all?"""
    response = HttpResponse(status=204)
    if origin and partner_origin_is_known(origin):
        response["Access-Control-Allow-Methods"] = ", ".join(methods)
        response["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Accept, Accept-Language"
        response["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)
        return _shared(response, origin)  # type: ignore[return-value]
    return _shared(response, "")  # type: ignore[return-value]


def _shared(response: HttpResponseBase, origin: str) -> HttpResponseBase:
    """Let scripts of the origin read the response; nobody may keep it."""
    if origin:
        response["Access-Control-Allow-Origin"] = origin
    response["Vary"] = "Origin, Accept, Accept-Language"
    response["Cache-Control"] = "no-store"
    return response
