"""Sampling plans as the standard's tables print them."""

import pytest

from vendors.sampling import AQLS, LETTERS, LEVELS, SIZES, code_letter, plan_of

# Rows of the master table 2-A (single sampling, normal inspection), from AQL 0.010 to 10; "^" and "v" are its arrows.
MASTER = {
    "A": "v v v v v v v v v v v v v v 0 v",
    "B": "v v v v v v v v v v v v v 0 ^ v",
    "C": "v v v v v v v v v v v v 0 ^ v 1",
    "D": "v v v v v v v v v v v 0 ^ v 1 2",
    "E": "v v v v v v v v v v 0 ^ v 1 2 3",
    "F": "v v v v v v v v v 0 ^ v 1 2 3 5",
    "G": "v v v v v v v v 0 ^ v 1 2 3 5 7",
    "H": "v v v v v v v 0 ^ v 1 2 3 5 7 10",
    "J": "v v v v v v 0 ^ v 1 2 3 5 7 10 14",
    "K": "v v v v v 0 ^ v 1 2 3 5 7 10 14 21",
    "L": "v v v v 0 ^ v 1 2 3 5 7 10 14 21 ^",
    "M": "v v v 0 ^ v 1 2 3 5 7 10 14 21 ^ ^",
    "N": "v v 0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^",
    "P": "v 0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^ ^",
    "Q": "0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^",
    "R": "^ ^ 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^ ^",
}
# A lot whose letter at level II is the row's; R stands at level III alone.
LARGEST = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10_000, 35_000, 150_000, 500_000, 600_000)
LOTS = dict(zip("ABCDEFGHJKLMNPQ", LARGEST, strict=True))

# Table 1, a row for each range of lot sizes: the letters at S-1, S-2, S-3, S-4, I, II and III.
ROWS = (
    "AAAAAAB", "AAAAABC", "AABBBCD", "ABBCCDE", "BBCCCEF", "BBCDDFG", "BCDEEGH", "BCDEFHJ",
    "CCEFGJK", "CDEGHKL", "CDFGJLM", "CDFHKMN", "DEGJLNP", "DEGJMPQ", "DEHKNQR",
)  # fmt: skip


@pytest.mark.parametrize(("letter", "row"), MASTER.items())
def test_every_cell_of_a_row_is_the_tables(letter: str, row: str) -> None:
    lot, level = (LOTS[letter], "II") if letter in LOTS else (600_000, "III")
    assert code_letter(lot, level) == letter
    for aql, cell in zip(AQLS, row.split(), strict=True):
        plan = plan_of(lot, level, aql)
        full = SIZES[LETTERS.index(plan.letter)]
        if cell == "^":
            assert full < SIZES[LETTERS.index(letter)], (letter, aql)
        elif cell == "v":
            assert full > SIZES[LETTERS.index(letter)], (letter, aql)
        else:
            assert (plan.letter, plan.acceptance_number) == (letter, int(cell)), (letter, aql)


# Widely printed examples: lot, level, AQL, then sample size, Ac and Re.
@pytest.mark.parametrize(
    ("lot", "level", "aql", "read", "passes", "fails"),
    [
        (1000, "II", "1.0", 80, 2, 3),
        (2000, "II", "1.0", 125, 3, 4),
        (3000, "II", "2.5", 125, 7, 8),
        (1200, "II", "4.0", 80, 7, 8),
        (500, "II", "2.5", 50, 3, 4),
        (500, "I", "2.5", 20, 1, 2),
        (500, "III", "2.5", 80, 5, 6),
        (50, "II", "2.5", 5, 0, 1),  # D has an arrow up
        (100, "II", "1.0", 13, 0, 1),  # F has an arrow up
        (200, "II", "1.0", 50, 1, 2),  # G has an arrow down
        (4000, "S-3", "6.5", 20, 3, 4),
        (20_000, "S-4", "0.65", 80, 1, 2),  # H has an arrow down
        (6, "II", "1.0", 6, 0, 1),  # the sample of 13 is more than there is: all of it
        (1, "S-1", "10", 1, 1, 2),
    ],
)
def test_published_examples(lot: int, level: str, aql: str, read: int, passes: int, fails: int) -> None:
    plan = plan_of(lot, level, aql)
    assert (plan.sample_size, plan.acceptance_number, plan.rejection_number) == (read, passes, fails)


@pytest.mark.parametrize(("lot", "row"), list(zip(LARGEST, ROWS, strict=True)))
def test_every_letter_is_the_tables(lot: int, row: str) -> None:
    assert "".join(code_letter(lot, level) for level in ("S-1", "S-2", "S-3", "S-4", "I", "II", "III")) == row


def test_the_rows_of_the_letters_meet_at_their_ends() -> None:
    assert [code_letter(size, "II") for size in (2, 8, 9, 1200, 1201, 500_000, 500_001)] == list("AABJKPQ")
    assert [code_letter(151, level) for level in LEVELS] == ["B", "C", "D", "E", "E", "G", "H"]
    with pytest.raises(ValueError, match="at least one"):
        code_letter(0, "II")
