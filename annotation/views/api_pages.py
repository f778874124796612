"""The description of the API: as OpenAPI for programs, and as a page for people."""

import json
import re
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config.api_errors import FRAMEWORK_CODES
from config.api_operations import OPENAPI_FILE
from config.errors import error_kinds

METHODS = ("get", "post", "put")
GROUP_TITLES = {
    "earnings": _("Earnings"),
    "imports": _("Imports"),
    "me": _("You"),
    "orders": _("Orders"),
    "releases": _("Releases"),
    "reviews": _("Review"),
    "statements": _("Statements"),
    "tasks": _("Tasks"),
}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The description in OpenAPI 3.1."""
    return HttpResponse(OPENAPI_FILE.read_bytes(), content_type="application/vnd.oai.openapi+json;version=3.1")


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every operation with what goes in and comes out, and every code of a refusal."""
    groups: dict[str, dict[str, Any]] = {}
    for operation in _operations():
        summary, description = operation["summary"], operation["description"]
        told = {"summary": gettext(summary), "description": gettext(description) if description else ""}
        name = operation["group"]
        group = groups.setdefault(name, {"name": name, "title": GROUP_TITLES.get(name, name), "operations": []})
        group["operations"].append(operation | told)
    context = {"groups": list(groups.values()), "codes": _codes()}
    return render(request, "annotation/api.html", context)


@cache
def _operations() -> list[dict[str, Any]]:
    """The operations of the description in its order, with the fields of their bodies resolved."""
    whole = json.loads(OPENAPI_FILE.read_bytes())
    shapes = whole["components"]["schemas"]
    return [
        _operation(path, method, facts[method], shapes)
        for path, facts in whole["paths"].items()
        for method in METHODS
        if method in facts
    ]


def _operation(path: str, method: str, facts: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    body = _content(facts.get("requestBody", {}))
    good: dict[str, Any] = next((answer for status, answer in facts["responses"].items() if status < "300"), {})
    return {
        "id": facts["operationId"],
        "group": facts["tags"][0],
        "method": method.upper(),
        "path": path,
        "summary": facts["summary"],
        "description": facts.get("description", ""),
        "query": [one["name"] for one in facts.get("parameters", []) if one["in"] == "query"],
        "takes": list(_fields(body.get("schema", {}), shapes)),
        "example": json.dumps(body["example"], ensure_ascii=False, indent=2) if "example" in body else "",
        "gives": list(_fields(_content(good).get("schema", {}), shapes)),
        "statuses": sorted(facts["responses"]),
    }


def _content(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("content", {}).get("application/json", {})
    return found


def _fields(schema: dict[str, Any], shapes: dict[str, Any], before: str = "") -> Any:
    """Every field of a body as name and type, those of inner objects as `outer.inner`."""
    schema = _resolved(schema, shapes)
    required = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        inner = _resolved(field, shapes)
        of_list = _resolved(inner["items"], shapes) if "items" in inner else {}
        known = inner.get("type", "object" if "properties" in inner else "any")
        kinds = known if isinstance(known, list) else [known]
        kind = " | ".join(f"{of_list.get('type', 'any')}[]" if one == "array" else one for one in kinds)
        values = inner.get("enum", ())
        yield {"name": before + name, "kind": kind, "is_required": name in required, "values": values}
        yield from _fields(of_list or inner, shapes, f"{before}{name}{'[]' if of_list else ''}.")


def _resolved(schema: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference means; of a value that may be null, the one that is not."""
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            schema = next(one for one in schema[several] if one.get("type") != "null")
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = _resolved(shapes[name], shapes) if name else schema
    return found


def _codes() -> list[tuple[str, int, str]]:
    """Every code that a refusal may carry, its status, and what it says, with dots for what each case fills in."""
    ours = {kind.code: (kind.status, _PLACEHOLDER.sub("…", str(kind.message))) for kind in error_kinds()}
    theirs = {code: (status, "") for code, status in FRAMEWORK_CODES.values() if code not in ours}
    return sorted((code, status, message) for code, (status, message) in (theirs | ours).items())
