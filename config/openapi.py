"""Makes the description of the API in OpenAPI 3.1 from what its operations say of themselves.

drf-spectacular does the work and is there where people develop; what runs reads the description that it made.
"""

from http import HTTPStatus
from typing import Any, cast

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import patched_settings
from rest_framework import serializers

from config.api_operations import Operation, Pages

DESCRIPTION = """Everything that a vendor's or the operator's own program needs. Send a token as `Authorization: Bearer hti_…`, or come
with the session of the site and its CSRF token.

A POST may carry an `Idempotency-Key`: sent again within a day, the same request gets the same answer and is not carried
out twice. Errors are problem details (RFC 9457) with a stable `code`.

The API for partners' forms, which ask questions, is described in `docs/partner-api.md`."""

SECURITY: list[dict[str, Any]] = [{"token": []}, {"session": []}]
SETTINGS = {
    "TITLE": "Hitode",
    "VERSION": "1.0.0",
    "DESCRIPTION": DESCRIPTION,
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SECURITY": SECURITY,
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer", "description": "A token from the page “API access”."},
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        }
    },
    "AUTHENTICATION_WHITELIST": [],
    "ENUM_NAME_OVERRIDES": {},
}

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Names this request, so that it is carried out once however often it comes.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "example": "0b5a9c1e-6f2d-4c83-9a37-2f1b8d7e4c60",
}
PAGE: dict[str, dict[str, Any]] = {
    "cursor": {"schema": {"type": "string"}, "description": "From `next` or `previous` of another page."},
    "limit": {"schema": {"type": "integer", "minimum": 1, "maximum": Pages.max_page_size, "default": Pages.page_size}},
}


class Problem(serializers.Serializer[Any]):
    """What went wrong (RFC 9457). Some problems say more in members of their own, such as `fields` or `passages`."""

    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable; meant for programs.")
    title = serializers.CharField()
    detail = serializers.CharField(help_text="For people, in the language of Accept-Language.")


class Schema(AutoSchema):
    """Reads an operation's description from `@operation`."""

    @property
    def _operation(self) -> Operation:
        found: Operation | None = cast(Any, self.view).operation_of(self.method)
        assert found is not None
        return found

    def is_excluded(self) -> bool:
        return not hasattr(self.view, "operation_of")

    def get_operation_id(self) -> str:
        return self._operation.id

    def get_summary(self) -> str:
        return self._operation.summary

    def get_description(self) -> str:  # type: ignore[override]
        return self._operation.description

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").partition("/")[0]]

    def get_auth(self) -> list[dict[str, Any]]:
        return SECURITY

    def get_request_serializer(self) -> Any:
        return self._operation.takes

    def _get_serializer(self) -> None:
        """The views name no serializer of their own: each operation has its shapes."""

    def get_override_parameters(self) -> list[Any]:
        return []

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        query = {**self._operation.query, **(PAGE if self._operation.is_paged else {})}
        parameters += [{"name": name, "in": "query", **facts} for name, facts in query.items()]
        if self.method == "POST":
            parameters.append(IDEMPOTENCY_KEY)
        return parameters

    def _get_request_body(self, direction: str = "request") -> dict[str, Any] | None:
        body: dict[str, Any] | None = super()._get_request_body(direction)
        if body is not None and self._operation.takes is None:
            return None
        if body is not None and self._operation.example is not None:
            for content in body["content"].values():
                content["example"] = self._operation.example
        return body

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        answers: dict[str, Any] = {}
        for status, shape in self._operation.answers.items():
            answers[str(status)] = {"description": HTTPStatus(status).phrase}
            if shape is not None:
                component = self.resolve_serializer(cast(Any, shape), "response")
                answers[str(status)]["content"] = {"application/json": {"schema": component.ref}}
        problem = self.resolve_serializer(Problem, "response").ref
        for status in self._operation.refusals(self.method):
            content = {"application/problem+json": {"schema": problem}}
            answers[str(status)] = {"description": HTTPStatus(status).phrase, "content": content}
        return answers


def openapi() -> dict[str, Any]:
    """The whole description."""
    with patched_settings(SETTINGS):
        schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema
