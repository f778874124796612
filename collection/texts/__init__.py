"""Texts that the public side shows: the product's own terms, and examples of questions to try."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FOLDER = Path(__file__).parent

OTHER = "other"

LANGUAGE_LABELS: dict[str, Promise] = {"ja": _("Japanese"), "en": _("English")}

# What kinds of work instructions ask for, in the order in which pages show them.
CATEGORY_LABELS: dict[str, Promise] = {
    "writing": _("Writing texts"),
    "business_mail": _("Mail and letters"),
    "rewriting": _("Rewriting"),
    "summarisation": _("Summaries"),
    "translation": _("Translation"),
    "open_qa": _("Questions and explanations"),
    "closed_qa": _("Questions about a text"),
    "extraction": _("Finding in a text"),
    "classification": _("Sorting and judging"),
    "brainstorming": _("Ideas and advice"),
    "reasoning": _("Reasoning"),
    "mathematics": _("Mathematics"),
    "coding": _("Programming"),
    "roleplay": _("Playing a part"),
    OTHER: _("Other"),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A question to try."""

    id: str
    category: str
    language: str
    title: str
    instruction: str
    input: str = ""

    @property
    def category_label(self) -> Promise:
        return CATEGORY_LABELS[self.category]


@cache
def examples() -> tuple[Example, ...]:
    """Every example, as `examples.json` has them."""
    rows = json.loads((FOLDER / "examples.json").read_text(encoding="utf-8"))
    return tuple(Example(**row) for row in rows)


def example_list(language: str) -> list[Example]:
    """The examples in a language, ordered by category."""
    order = list(CATEGORY_LABELS)
    mine = [example for example in examples() if example.language == language]
    return sorted(mine, key=lambda example: order.index(example.category))


def example_get(id: str) -> Example | None:
    return next((example for example in examples() if example.id == id), None)
