"""How an order is inspected by lot: the terms of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lots:
    """A lot is closed at `size` outputs, or `days` days after its first; `failed` says what becomes of one that fails."""

    level: str = "II"
    aql: str = "2.5"
    size: int = 100
    days: int = 3
    failed: str = "return"

    def to_terms(self) -> dict[str, str | int]:
        """The terms by the names an order gives them."""
        return {
            "inspection": "lot",
            "lot_level": self.level,
            "lot_aql": self.aql,
            "lot_size": self.size,
            "lot_days": self.days,
            "lot_failed": self.failed,
        }
