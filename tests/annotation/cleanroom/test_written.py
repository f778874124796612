"""How long a passage is as it was written: code and mathematics, of which the letters alone say little."""

import pytest

from annotation.cleanroom.decide import Candidate
from annotation.cleanroom.engine import Engine, Report
from tests.annotation.cleanroom.texts import INDEPENDENT

ENGINE = Engine()
# Stand in for a model's answers.
CODE = (
    "def plan(jobs):\n    open_at = {}\n    for a, b in jobs:\n        if a not in open_at:\n            open_at[a] = [b, 0]\n"
    "        open_at[a][1] += b\n    return {k: v[1] / v[0] for k, v in open_at.items()}\n"
)
MATHEMATICS = "x * (4z - x) = 4z^2\n4xz - x^2 = 4z^2\nx^2 - 4xz + 4z^2 = 0\n(x - 2z)^2 = 0\nx = 2z"


def check(text: str, reference: str, *prompts: str) -> Report:
    return ENGINE.compare(text, list(prompts), [Candidate(id=1, text=reference)])


def within(passage: str) -> str:
    return f"{INDEPENDENT[:150]}\n{passage}\n{INDEPENDENT[150:]}"


@pytest.mark.parametrize(("reference", "start"), [(CODE, 120), (MATHEMATICS, 8)], ids=["code", "mathematics"])
def test_sixty_characters_sign_by_sign_are_blocked_though_their_letters_are_few(reference: str, start: int) -> None:
    report = check(within(reference[start : start + 60]), reference)
    assert report.outcome == "block"
    assert report.scores["run"] < ENGINE.settings.block_run <= ENGINE.settings.block_written <= report.scores["written"]


@pytest.mark.parametrize("between", ["", "-" * 40, " " * 40])
def test_signs_count_only_where_both_have_them_and_never_for_more_than_three(between: str) -> None:
    letters = "alpha beta gamma delta"
    report = check(within(f"{letters[:11]}{between}{letters[11:]}"), f"{letters[:11]}{between}{letters[11:]}")
    assert report.scores["written"] <= len(letters) + 2
    assert check(within(letters), "".join(letters.split())).scores["written"] <= 19


def test_a_passage_from_the_question_has_no_length() -> None:
    asked = CODE[8:68]
    assert check(within(asked), CODE, asked).scores["written"] == 0
    assert check(within(asked), CODE).scores["written"] > 0


def test_a_short_command_that_everybody_types_passes() -> None:
    command = "sudo apt install build-essential"
    assert check(within(command), f"まず {command} を実行し、終わったら端末を開き直してください。").outcome == "pass"
