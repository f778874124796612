"""The faults one can ask the practice provider for: a line such as `practice: 429x1` in the prompt, or the header `x-practice`.

`x1` means: once, then the answer comes, and the next request begins the count again. Without it the fault always happens.
"""

import re
from dataclasses import dataclass

HEADER = b"x-practice"
# Stands in the raw account message of a refusal, as OpenAI's does; no visitor may ever see it.
ACCOUNT_CANARY = "org-practiceCanary7Qw2"

# What each does is said where it is done, in `app.py`.
FAULTS = frozenset(
    {
        *("400", "401", "403", "404", "429", "quota", "500", "503"),  # refusals, before any answer
        *("slow", "silent", "hang", "cut", "malformed", "error"),  # trouble with the stream
        *("no-usage", "no-done", "empty", "length", "filter"),  # whole answers of an unusual kind
        *("moderation-401", "moderation-429", "moderation-500"),  # the same texts, asked of /v1/moderations
    }
)

_LINE = re.compile(r"(?im)^[ \t]*practice:[ \t]*(\S+)[ \t]*$")
_NAME = re.compile(r"([a-z0-9-]+?)(?:x(\d{1,3}))?")


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    times: int = 0


class UnknownFault(ValueError):
    """A header asked for a fault that does not exist: a test with a misspelling must not pass."""


def fault_find(prompt: str, header: str | None) -> Fault | None:
    """The fault asked for; a line of the prompt that names none of ours is taken for prose."""
    if header is not None:
        fault = _fault_read(header.strip())
        if fault is None:
            raise UnknownFault(f"There is no practice fault {header!r}. There are: {', '.join(sorted(FAULTS))}.")
        return fault
    found = _LINE.search(prompt)
    return _fault_read(found.group(1)) if found else None


def fault_strip(prompt: str) -> str:
    """The prompt as it is without the asking for a fault: the answer is the same with it."""
    return _LINE.sub("", prompt).strip()


def _fault_read(text: str) -> Fault | None:
    match = _NAME.fullmatch(text.lower())
    if match is None or match.group(1) not in FAULTS:
        return None
    return Fault(match.group(1), int(match.group(2) or 0))


class FaultCounter:
    """Remembers how often a counted fault has happened to a prompt."""

    CAPACITY = 10_000

    def __init__(self) -> None:
        self._happened: dict[tuple[Fault, str], int] = {}

    def happens(self, fault: Fault, prompt: str) -> bool:
        """Count this request; False once the fault has happened as often as was asked."""
        if not fault.times:
            return True
        key = (fault, prompt)
        happened = self._happened.pop(key, 0)
        if happened >= fault.times:
            return False
        if len(self._happened) >= self.CAPACITY:
            self._happened.pop(next(iter(self._happened)))
        self._happened[key] = happened + 1
        return True


# OpenAI's own shapes: type, code and the kind of message its accounts get.
_RATE = (
    f"Rate limit reached for practice in organization {ACCOUNT_CANARY} on tokens per min (TPM): "
    "Limit 10000, Used 9860, Requested 512. Please try again in 1s."
)
_REFUSALS: dict[str, tuple[int, str, str, str | None]] = {
    "400": (400, f"Unrecognized request argument supplied for {ACCOUNT_CANARY}.", "invalid_request_error", None),
    "401": (
        401,
        f"Incorrect API key provided: sk-pract*****7Qw2 (organization {ACCOUNT_CANARY}).",
        "invalid_request_error",
        "invalid_api_key",
    ),
    "403": (403, f"{ACCOUNT_CANARY} has no access to the model.", "invalid_request_error", "model_not_found"),
    "404": (404, f"The model does not exist for {ACCOUNT_CANARY}.", "invalid_request_error", "model_not_found"),
    "429": (429, _RATE, "tokens", "rate_limit_exceeded"),
    "quota": (
        429,
        f"You exceeded your current quota, please check the plan and billing details of {ACCOUNT_CANARY}.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    "500": (500, f"The server had an error while processing your request. ({ACCOUNT_CANARY})", "server_error", None),
    "503": (503, f"The engine is currently overloaded. ({ACCOUNT_CANARY})", "server_error", None),
}

RETRY_AFTER_SECONDS = 1


def refusal_of(name: str) -> tuple[int, dict[str, object]] | None:
    """Status and error body of a fault that refuses the request; None for the other faults."""
    refusal = _REFUSALS.get(name.removeprefix("moderation-"))
    if refusal is None:
        return None
    status, message, kind, code = refusal
    return status, {"error": {"message": message, "type": kind, "param": None, "code": code}}
