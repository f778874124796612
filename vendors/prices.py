"""What an output costs under an order's terms. Integers alone: what a rate leaves below one unit is dropped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CHARACTERS = 100  # a price by length is for so many


class PriceKind:
    """How an order is priced."""

    OUTPUT = "output"
    CHARACTER = "character"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class Price:
    """An order's price, in minor units: `unit` for an output or for 100 characters; `classes` by kind of work."""

    kind: str
    unit: int
    floor: int = 0
    cap: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of_terms(cls, terms: Mapping[str, Any]) -> "Price":
        """The price among an order's terms."""
        return cls(
            terms["price_kind"], terms["unit_price"], terms["price_floor"], terms["price_cap"], terms["class_prices"]
        )

    def of_output(self, characters: int, category: str) -> int:
        """What one accepted output of that length and kind is paid."""
        if self.kind == PriceKind.CHARACTER:
            return min(max(self.unit * characters // CHARACTERS, self.floor), self.cap)
        if self.kind == PriceKind.CLASS:
            return self.classes.get(category, self.unit)
        return self.unit

    def span(self, counts: Mapping[str, int], shortest: int, longest: int) -> tuple[int, int]:
        """The least and the most for so many outputs of each kind, as short or as long as the order allows."""
        of = self.of_output
        least = sum(count * of(shortest, category) for category, count in counts.items())
        return least, sum(count * of(longest, category) for category, count in counts.items())
