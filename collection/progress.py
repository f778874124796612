"""The figures of the public progress page: this app counts its own, others hand in a function when they start."""

from collections.abc import Callable

Count = Callable[[], int]

GOAL = 52_000
# In the order in which the page shows them; what nobody has registered is not shown.
NAMES = ("collected", "screened", "written", "accepted")

_counts: dict[str, Count] = {}


def register(name: str, count: Count) -> None:
    """Let `count` answer for one of `NAMES`; called from an AppConfig's ready()."""
    if name not in NAMES:
        raise ValueError(f"There is no figure {name!r}; there are: {', '.join(NAMES)}.")
    _counts[name] = count


def counts() -> dict[str, int]:
    """Each registered figure, in the page's order."""
    return {name: _counts[name]() for name in NAMES if name in _counts}
