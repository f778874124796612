"""Texts that the public side shows: the product's own terms, and examples of questions to try."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FOLDER = Path(__file__).parent

# In the order in which the page shows them.
CATEGORY_LABELS: dict[str, Promise] = {
    "writing": _("Letters and stories"),
    "summary": _("Summaries"),
    "translation": _("Translation"),
    "explanation": _("Explanations"),
    "reasoning": _("Reasoning"),
    "ideas": _("Ideas"),
    "code": _("Code"),
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
