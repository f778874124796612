"""Who gets where: every address, for reading and for sending, against everybody; `access_matrix.txt` says what is right.

The walks of `test_no_model_text.py` note what they find. An address that the file does not have fails, and so does one whose
row has changed: then write the row by hand, and read it as a whole before you do.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

MATRIX = Path(__file__).with_name("access_matrix.txt")
NOBODY = ("anonymous", "another participant", "a partner")


def outcome_of(response: Any, *, is_form: bool = False) -> str:
    """One sign for an answer: o shown, > sent on, s sign in first, r not your role, . not there, m no such method, b refused.

    Of a form all that counts is whether somebody came as far as its contents: then it is +.
    """
    status = response.status_code
    if status == 401 or (status == 302 and response["Location"].startswith("/accounts/login/")):
        return "s"
    kept_out = {403: "r", 404: ".", 405: "m"}.get(status)
    if kept_out:
        return kept_out
    if is_form:
        return "+"
    return "o" if status < 300 else ">" if status < 400 else "b"


@cache
def rows() -> dict[tuple[str, str], str]:
    """What is right: the signs in the order of `everybody()`, by method and address."""
    lines = (line.split("|") for line in MATRIX.read_text(encoding="utf-8").splitlines() if line[:1].isupper())
    return {(method.strip(), address.strip()): signs.strip() for method, address, signs in lines}


def everybody() -> list[str]:
    """The columns of the matrix."""
    first = next(line for line in MATRIX.read_text(encoding="utf-8").splitlines() if line.startswith("# Columns:"))
    return [name.strip() for name in first.removeprefix("# Columns:").split(",")]


class Outcomes:
    """What a walk found for one method."""

    def __init__(self, method: str, visitors: Iterable[str]) -> None:
        self._method = method
        self._visitors = list(visitors)
        self._found: dict[str, dict[str, str]] = {}

    def note(self, address: str, who: str, outcome: str) -> None:
        self._found.setdefault(address, {})[who] = outcome

    def compare(self, app: str) -> None:
        """Raise AssertionError with every row of the app that is not as the matrix has it."""
        found = {address: "".join(by[who] for who in self._visitors) for address, by in self._found.items()}
        found = {address: signs for address, signs in found.items() if set(signs) != {"m"}}  # there is no such method
        assert self._visitors == everybody()
        right = {
            address: signs
            for (method, address), signs in rows().items()
            if method == self._method and address.startswith(f"{app}:")
        }
        wrong = sorted(address for address in found.keys() | right.keys() if found.get(address) != right.get(address))
        told = [
            f"{self._method:4} | {address:48} | {found.get(address)}, not {right.get(address)}" for address in wrong
        ]
        assert not wrong, "\n".join(["Somebody gets where the matrix does not have them:", *told])
