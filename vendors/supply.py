"""Which instructions could fill an order. The app that keeps the tasks registers its finder here; this app only asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """The instructions an order may take: 0 and None set no bound; no categories mean all. Days are Japan's."""

    language: str
    categories: tuple[str, ...] = ()
    shortest: int = 0
    longest: int = 0
    since: date | None = None
    until: date | None = None

    @classmethod
    def of_order(cls, language: str, kept: Mapping[str, Any]) -> "Choice":
        """The choice as an order keeps it."""
        days = {name: date.fromisoformat(kept[name]) if kept.get(name) else None for name in ("since", "until")}
        return cls(language, tuple(kept.get("categories", ())), kept.get("shortest", 0), kept.get("longest", 0), **days)

    def to_json(self) -> dict[str, Any]:
        """What an order keeps; nothing at all where nothing is bounded."""
        kept: dict[str, Any] = {
            "categories": list(self.categories), "shortest": self.shortest, "longest": self.longest,
            "since": self.since.isoformat() if self.since else "", "until": self.until.isoformat() if self.until else "",
        }  # fmt: skip
        return {name: value for name, value in kept.items() if value}


@dataclass(frozen=True, slots=True)
class Supply:
    """How many instructions are free, the kinds of the first that would be taken, and some to read."""

    count: int
    by_category: Mapping[str, int] = field(default_factory=dict)
    samples: tuple[str, ...] = ()


Finder = Callable[[Choice, int], Supply]

_finders: list[Finder] = []
_categories: list[tuple[str, Any]] = []


def register(finder: Finder, categories: Mapping[str, Any]) -> None:
    """Let `finder` be asked from now on, about these kinds of work."""
    _finders[:] = [finder]
    _categories[:] = list(categories.items())


def supply_find(choice: Choice, wanted: int) -> Supply:
    """The supply for an order of so many instructions."""
    return _finders[0](choice, wanted) if _finders else Supply(0)


def categories() -> list[tuple[str, Any]]:
    """The kinds of work and their names."""
    return list(_categories)
