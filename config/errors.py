"""The errors the product raises on purpose: each has a stable code, an HTTP status and a message that says what to do next.

How they look to a person or a program is decided in `config/middleware.py` and `config/api_errors.py`.
"""

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Message = str | Promise


class DomainError(Exception):
    """Base of all errors raised by services. A subclass sets `code`, `status` and `message`; a raise may say it better."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    message: Message = _("This cannot be done.")

    def __init__(self, message: Message | None = None, /, **details: Any) -> None:
        """`details` are facts a program may want, such as the current revision; they are shown to the caller."""
        if message is not None:
            self.message = message
        self.details = details
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class BadInput(DomainError):
    """The request itself is wrong."""

    code = "bad_input"
    status = 400
    message = _("Something in the form is not right. Please correct it and send it again.")


class NotAllowed(DomainError):
    """The person may see the thing, but may not do this to it."""

    code = "not_allowed"
    status = 403
    message = _("You may not do this. Ask the person who manages your organisation.")


class NotFound(DomainError):
    """The thing does not exist, or belongs to somebody else, which must look the same."""

    code = "not_found"
    status = 404
    message = _("We could not find that. It may have been moved, or it is not yours to see.")


class Conflict(DomainError):
    """Somebody else changed the thing first."""

    code = "conflict"
    status = 409
    message = _("Somebody changed this a moment ago. Load the page again to see how it stands now.")


class IllegalMove(Conflict):
    """The state machine has no such step from where the thing stands."""

    code = "illegal_move"
    message = _("That cannot be done at this stage. Load the page again to see how it stands now.")


class TooMany(DomainError):
    """A limit on how often was reached."""

    code = "too_many"
    status = 429
    message = _("That was too often in a short time. Please wait a little and try again.")


class Unavailable(DomainError):
    """Something we depend on does not answer."""

    code = "unavailable"
    status = 503
    message = _("A service we need does not answer just now. Nothing was lost; please try again in a few minutes.")


def error_kinds() -> list[type[DomainError]]:
    """Every kind of error that the loaded modules know, the base aside."""
    found: list[type[DomainError]] = []
    left: list[type[DomainError]] = [DomainError]
    while left:
        below = left.pop().__subclasses__()
        found += below
        left += below
    return found
