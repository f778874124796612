"""What an operation of the JSON API says of itself: who may call it, what goes in, what comes out, what may go wrong.

The views read it to let people in; `config/openapi.py` makes the published description from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from rest_framework.pagination import CursorPagination
from rest_framework.serializers import BaseSerializer

Method = TypeVar("Method", bound=Callable[..., Any])
Shape = type[BaseSerializer[Any]]

# The published description; `manage.py write_openapi` makes it.
OPENAPI_FILE = Path(__file__).resolve().parent / "openapi.json"

# What any operation may answer: no way in, no scope or role, nothing there, a form of answer that we do not speak, too often.
ALWAYS = (401, 403, 404, 406, 429)
# And any that takes a body: not what it should be, too large, not JSON.
WITH_BODY = (400, 413, 415)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. `answers` maps a status to the shape of its body, None for an empty one.

    `problems` are statuses of refusals beside those that every operation may answer. `query` are the parameters after
    the question mark, as OpenAPI has them, by name.
    """

    id: str
    summary: str
    answers: Mapping[int, Shape | None]
    scope: str = ""
    description: str = ""
    takes: Shape | None = None
    problems: tuple[int, ...] = ()
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    example: Any = None
    is_paged: bool = False

    def refusals(self, method: str) -> tuple[int, ...]:
        """Every status of a refusal, in order."""
        own = set(self.problems) | set(ALWAYS)
        if method in {"POST", "PUT"}:
            own |= set(WITH_BODY)
        if method == "POST":
            own.add(422)  # an idempotency key that came with another request
        if self.query:
            own.add(400)
        return tuple(sorted(own))


def operation(id: str, summary: str, **facts: Any) -> Callable[[Method], Method]:
    """Write down of a view's method what it is."""

    def decorate(method: Method) -> Method:
        method.operation = Operation(id=id, summary=summary, **facts)  # type: ignore[attr-defined]
        return method

    return decorate


class Pages(CursorPagination):
    """Pages by a cursor: what comes in between moves nothing, and the last page costs what the first one does."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
