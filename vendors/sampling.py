"""Single sampling plans for normal inspection by ISO 2859-1 (JIS Z 9015-1): how many of a lot are read, and how many may fail.

The code letters are those of its table 1. In its master table 2-A every acceptance number stands on a diagonal: a step to the next
letter and a step back in the AQL keep it. So a plan follows from the sum of the two positions, and the arrows from what lies between.
"""

from bisect import bisect_left
from dataclasses import dataclass

LETTERS = "ABCDEFGHJKLMNPQR"
SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000)

# The largest lot of each row of table 1, and the letters of its rows by inspection level.
LARGEST = (8, 15, 25, 50, 90, 150, 280, 500, 1_200, 3_200, 10_000, 35_000, 150_000, 500_000)
LEVELS = {
    "S-1": "AAAABBBBCCCCDDD",
    "S-2": "AAABBBCCCDDDEEE",
    "S-3": "AABBCCDDEEFFGGH",
    "S-4": "AABCCDEEFGGHJJK",
    "I": "AABCCDEFGHJKLMN",
    "II": "ABCDEFGHJKLMNPQ",
    "III": "BCDEFGHJKLMNPQR",
}

# In percent nonconforming. Above 10 the standard counts nonconformities, not items.
AQLS = (
    "0.010",
    "0.015",
    "0.025",
    "0.040",
    "0.065",
    "0.10",
    "0.15",
    "0.25",
    "0.40",
    "0.65",
    "1.0",
    "1.5",
    "2.5",
    "4.0",
    "6.5",
    "10",
)

# Where on the diagonals 0 stands; then an arrow up, an arrow down, and the rest.
ZERO = LETTERS.index("A") + AQLS.index("6.5")
ACCEPTED = {0: 0, 3: 1, 4: 2, 5: 3, 6: 5, 7: 7, 8: 10, 9: 14, 10: 21}
UP = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """Read `sample_size` of the lot; it passes with up to `acceptance_number` that fail, and fails from one more."""

    letter: str
    sample_size: int
    acceptance_number: int

    @property
    def rejection_number(self) -> int:
        return self.acceptance_number + 1


def code_letter(lot_size: int, level: str) -> str:
    """The letter of table 1. Raises ValueError for a lot of nothing, KeyError for an unknown level."""
    if lot_size < 1:
        raise ValueError("A lot has at least one item.")
    return LEVELS[level][bisect_left(LARGEST, lot_size)]


def plan_of(lot_size: int, level: str, aql: str) -> Plan:
    """The plan for a lot. Where the sample would be as large as the lot or larger, all of it is read.

    Raises ValueError for a lot of nothing or an AQL that the table does not have.
    """
    row, column = LETTERS.index(code_letter(lot_size, level)), AQLS.index(aql)
    row = _followed(row, column)
    return Plan(LETTERS[row], min(SIZES[row], lot_size), ACCEPTED[_diagonal(row, column)])


def _diagonal(row: int, column: int) -> int:
    return row + column - ZERO


def _followed(row: int, column: int) -> int:
    """The row that a row's arrow leads to: the first plan that way, or the other way where the table ends."""
    place = _diagonal(row, column)
    if place in ACCEPTED:
        return row
    above = [other for other in range(row) if _diagonal(other, column) in ACCEPTED]
    below = [other for other in range(row, len(LETTERS)) if _diagonal(other, column) in ACCEPTED]
    goes_up = place == UP or place > max(ACCEPTED)
    return above[-1] if above and (goes_up or not below) else below[0]
