"""What every view of the API has in common: tokens and sessions, scopes, idempotency keys, pages."""

import hashlib
import json
from collections.abc import Callable
from time import time
from typing import Any, ClassVar, cast

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from config.access import RoleMissing
from config.api_operations import Operation, Pages
from config.errors import DomainError, NotAllowed
from vendors.models import AccessToken, User
from vendors.selectors import seat_get_for
from vendors.selectors.access import SCOPE_ROLES
from vendors.services.access import TOKEN_START, access_token_use
from vendors.services.kept_answers import answer_begin, answer_forget, answer_keep

BODY_MAX_BYTES = 1024 * 1024
KEY_HEADER = "Idempotency-Key"


class ScopeMissing(NotAllowed):
    """Details: `scope`."""

    code = "scope_missing"
    message = _("This token was not made for that. Make one with the scope “%(scope)s”.")


class CsrfFailed(NotAllowed):
    code = "csrf_failed"
    message = _("A session needs its CSRF token in the header X-CSRFToken. Programs use a token instead.")


class BodyTooLarge(DomainError):
    code = "body_too_large"
    status = 413
    message = _("The request is too large. Send it in smaller parts.")


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer hti_…`."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        found = access_token_use(secret.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            raise AuthenticationFailed(_("This token is unknown, expired or taken back."), code="token_unknown")
        return found

    def authenticate_header(self, request: Request) -> str:
        return f'Bearer realm="api", scope="", token_start="{TOKEN_START}"'


class HouseSession(SessionAuthentication):
    """The session of somebody who signed in, with its CSRF token."""

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except APIException:
            raise CsrfFailed() from None


class Pace(BaseThrottle):
    """So many requests a minute for one person, whatever they come with. Without Redis nobody is held up."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = f"api-pace:{request.user.pk}:{int(time() // 60)}"
        try:
            cache.add(key, 0, timeout=120)
            return bool(cache.incr(key) <= settings.API_REQUESTS_A_MINUTE)
        except (RedisError, ValueError):
            return True

    def wait(self) -> float:
        return 60 - time() % 60


class ApiView(APIView):
    """A view whose methods say with `@operation` what they are."""

    authentication_classes = [TokenAuthentication, HouseSession]
    permission_classes = [IsAuthenticated]
    throttle_classes = [Pace]
    http_method_names = ["get", "head", "post", "put"]
    body_max_bytes: ClassVar[int] = BODY_MAX_BYTES

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let in who may call the operation. Raises RoleMissing and ScopeMissing."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not str(length).isdigit() or int(length) > self.body_max_bytes:
            raise BodyTooLarge()
        super().initial(request, *args, **kwargs)
        asked = self.operation_of(request.method or "")
        if asked is not None:
            _allow(request, asked.scope)
            if request.method == "POST":
                self._once(request)

    @classmethod
    def operation_of(cls, method: str) -> Operation | None:
        """What the method of this address says of itself; None where there is no such method."""
        name = "get" if method == "HEAD" else method.lower()
        return getattr(getattr(cls, name, None), "operation", None)

    def checked(self, shape: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """The body in that shape. Raises ValidationError."""
        read = shape(data=self.request.data)
        read.is_valid(raise_exception=True)
        return cast(dict[str, Any], read.validated_data)

    def paged(
        self,
        rows: QuerySet[Any],
        shape: type[BaseSerializer[Any]],
        order: str,
        context_of: Callable[[list[Any]], dict[str, Any]] = lambda _found: {},
    ) -> Response:
        """A page of rows in an order; `context_of` the rows of the page is what their shape must know."""
        pages = Pages()
        pages.ordering = (order,)
        found = pages.paginate_queryset(rows, self.request, view=self) or []
        return pages.get_paginated_response(shape(found, many=True, context=context_of(found)).data)

    def _once(self, request: Request) -> None:
        """Let a request that carries an idempotency key be carried out once."""
        key = request.headers.get(KEY_HEADER)
        if key is not None:
            vars(self)["post"] = _only_once(getattr(self, "post"), key)  # noqa: B009 - each view has its own


def _only_once(method: Callable[..., Response], key: str) -> Callable[..., Response]:
    def carried_out(request: Request, *args: Any, **kwargs: Any) -> Response:
        refused: Exception | None = None
        with transaction.atomic():
            kept = answer_begin(user=request.user, key=key, request_sha256=_fingerprint(request))
            if kept is not None:
                return Response(json.loads(kept.body), status=kept.status, headers={"Idempotency-Replayed": "true"})
            try:
                response = method(request, *args, **kwargs)
            except (DomainError, APIException) as error:
                # What a refusal leaves behind, such as a saved draft, stays; the key does not.
                answer_forget(user=request.user, key=key)
                refused = error
            else:
                answer_keep(user=request.user, key=key, status=response.status_code, body=response.data)
        if refused is not None:
            raise refused
        return response

    return carried_out


def _fingerprint(request: Request) -> str:
    """What makes a request the same one: its address and everything it brings."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.FILES:
        for name, file in sorted(request.FILES.items()):
            digest.update(name.encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
        digest.update(repr(sorted(request.POST.items())).encode())
    else:
        digest.update(request._request.body)
    return digest.hexdigest()


def _allow(request: Request, scope: str) -> None:
    """Raises RoleMissing unless a role of the person allows the scope now, and ScopeMissing for another token's."""
    seat = seat_get_for(request.user)
    if seat is None or (scope and not seat.has_role(*SCOPE_ROLES[scope])):
        raise RoleMissing()
    if scope and isinstance(request.auth, AccessToken) and scope not in request.auth.scopes:
        raise ScopeMissing(ScopeMissing.message % {"scope": scope}, scope=scope)
