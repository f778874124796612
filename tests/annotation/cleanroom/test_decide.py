"""The rules, each at its edge."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from annotation.cleanroom.decide import Candidate, Code, Decision, Outcome, Settings, decide
from annotation.cleanroom.mask import Quotable
from annotation.cleanroom.match import Match, Run
from annotation.cleanroom.normalise import normalise
from annotation.cleanroom.probe import Probe
from annotation.cleanroom.stopgrams import StopGrams
from annotation.cleanroom.surprise import Surprise
from annotation.cleanroom.weights import Scale

OWN = Candidate(id=1, text="", is_own=True)
OTHER = Candidate(id=2, text="")
LATE = Candidate(id=3, text="", is_postdated=True)


COUNTED = replace(
    StopGrams.commonplaces(), surprise=Surprise(np.array([1], dtype=np.uint32), np.array([1], dtype=np.uint8), 8)
)


def make_probe(length: int, *, signs: str = "漢か", stops: StopGrams = COUNTED) -> Probe:
    """A text of so many characters, kanji and kana by turns."""
    text = normalise((signs * length)[:length])
    return Probe(text, Quotable([]), stops, scale=Scale())


def make_match(length: int = 300, **numbers: object) -> Match:
    """A match in which nothing was found, but for the numbers given."""
    found = Match(
        longest_run=0,
        informative_run=0,
        written_run=0,
        matched=0,
        coverage=0.0,
        skeleton_matched=0,
        skeleton_coverage=0.0,
        subsequence=None,
        kana_kept=None,
        is_equal=False,
        runs=(),
        covered=marked(0, 0, length),
    )
    return replace(found, **numbers)  # type: ignore[arg-type]


def marked(start: int, end: int, length: int = 300) -> NDArray[np.bool_]:
    """The characters from `start` to `end`."""
    covered = np.zeros(length, dtype=np.bool_)
    covered[start:end] = True
    return covered


def decided(length: int = 300, candidate: Candidate = OTHER, **numbers: object) -> Decision:
    return decide(make_probe(length), [(candidate, make_match(length, **numbers))], Settings())


def outcome(length: int = 300, candidate: Candidate = OTHER, **numbers: object) -> str:
    return decided(length, candidate, **numbers).outcome.value


@pytest.mark.parametrize(("run", "expected"), [(17, "pass"), (18, "review"), (21, "review"), (22, "block")])
def test_a_run_of_18_goes_to_review_and_of_22_is_blocked(run: int, expected: str) -> None:
    assert outcome(informative_run=run) == expected


@pytest.mark.parametrize(
    ("run", "signs", "expected"), [(19, "漢か", "review"), (20, "漢か", "block"), (20, "ab", "review")]
)
def test_where_nothing_is_counted_a_run_of_20_is_blocked_but_not_in_an_alphabet(
    run: int, signs: str, expected: str
) -> None:
    probe = make_probe(300, signs=signs, stops=StopGrams.commonplaces())
    assert decide(probe, [(OTHER, make_match(informative_run=run))], Settings()).outcome.value == expected


@pytest.mark.parametrize(("written", "expected"), [(35, "pass"), (36, "review"), (41, "review"), (42, "block")])
def test_a_run_of_36_written_characters_goes_to_review_and_of_42_is_blocked(written: int, expected: str) -> None:
    assert outcome(informative_run=12, written_run=written) == expected
    assert outcome(length=39, informative_run=12, written_run=written) == ("pass" if expected == "pass" else "review")


@pytest.mark.parametrize(
    ("characters", "written", "bits", "expected"),
    [
        (17, 26, 54, "block"),  # 17 and a sixth of 54 are 26
        (17, 26, 53, "pass"),
        (17, 25, 90, "pass"),  # too short for it
        (20, 26, 36, "block"),
        (8, 34, 75, "block"),
        (8, 34, 74, "pass"),
        (8, 33, 107, "pass"),
    ],
)
def test_a_shorter_passage_is_blocked_for_what_nobody_else_says(
    characters: int, written: int, bits: int, expected: str
) -> None:
    runs = (Run(0, 30, 0, 30, 9, 20, 20), Run(40, 70, 40, 70, characters, written, bits))
    assert outcome(informative_run=min(characters, 17), runs=runs) == expected
    short = outcome(length=39, informative_run=min(characters, 17), runs=runs)
    assert short == ("review" if expected == "block" else "pass")


def test_a_reason_tells_the_bits_that_it_held_with_and_a_plain_passage_has_none() -> None:
    (surprising,) = decided(informative_run=17, runs=(Run(0, 30, 0, 30, 17, 30, 90),)).reasons
    assert surprising.numbers == {"characters": 17, "written": 0, "bits": 90}
    (long,) = decided(informative_run=22, runs=(Run(0, 30, 0, 30, 22, 25, 90),)).reasons
    assert long.numbers == {"characters": 22, "written": 0}


@pytest.mark.parametrize(
    ("coverage", "matched", "expected"),
    [
        (0.14, 300, "pass"),
        (0.15, 29, "pass"),
        (0.15, 30, "review"),
        (0.29, 300, "review"),
        (0.30, 44, "review"),
        (0.30, 45, "block"),
    ],
)
def test_coverage_needs_its_share_and_its_characters(coverage: float, matched: int, expected: str) -> None:
    assert outcome(coverage=coverage, matched=matched) == expected


@pytest.mark.parametrize(
    ("length", "share", "expected"),
    [(89, 0.9, "pass"), (90, 0.4, "block"), (109, 0.39, "pass"), (110, 0.39, "review"), (110, 0.29, "pass")],
)
def test_the_skeleton_speaks_only_in_longer_texts(length: int, share: float, expected: str) -> None:
    assert outcome(length, skeleton_coverage=share, skeleton_matched=30, coverage=0.15, matched=29) == expected


@pytest.mark.parametrize(
    ("shared", "expected"),
    [({"coverage": 0.14}, "review"), ({"subsequence": 0.59}, "review"), ({"subsequence": 0.6}, "block")],
)
def test_the_skeleton_alone_as_of_two_lists_of_the_same_terms_does_not_block(
    shared: dict[str, float], expected: str
) -> None:
    assert outcome(skeleton_coverage=0.5, skeleton_matched=30, **shared) == expected


def test_a_few_kanji_in_a_text_of_another_script_are_no_skeleton() -> None:
    assert outcome(skeleton_coverage=1.0, skeleton_matched=29) == "pass"


def test_pieces_of_several_references_together_go_to_review() -> None:
    probe = make_probe(300)
    runs = [Run(15 * n, 15 * n + 16, 0, 16, 16) for n in range(3)]
    matches = [
        (Candidate(id=n, text=""), make_match(runs=(run,), covered=marked(run.start, run.end)))
        for n, run in enumerate(runs)
    ]
    assert decide(probe, matches[:2], Settings()).outcome is Outcome.PASS
    decision = decide(probe, matches, Settings())
    assert decision.outcome is Outcome.REVIEW
    (reason,) = decision.reasons
    assert (reason.code, reason.candidate_id) == (Code.UNION, None)
    assert reason.numbers == {"share": 0.1533, "characters": 46}


@pytest.mark.parametrize(
    ("length", "candidate", "ratio", "expected"),
    [
        (90, OTHER, 0.59, "pass"),
        (90, OTHER, 0.60, "review"),
        (90, OTHER, 0.70, "block"),
        (90, OWN, 0.70, "block"),
        (89, OTHER, 0.59, "pass"),
        (89, OTHER, 0.60, "review"),
        (89, OTHER, 0.79, "review"),
        (40, OTHER, 0.80, "block"),
        (39, OTHER, 1.0, "pass"),
        (39, OWN, 0.79, "pass"),
        (39, OWN, 0.80, "review"),
        (8, OWN, 1.0, "review"),
        (7, OWN, 0.99, "pass"),
    ],
)
def test_following_a_reference_blocks_and_a_very_short_text_is_reviewed_for_its_own(
    length: int, candidate: Candidate, ratio: float, expected: str
) -> None:
    assert outcome(length, candidate, subsequence=ratio) == expected


def with_a_common_passage(voices: list[int | None], *, is_own: bool = False, **numbers: object) -> str:
    """The outcome for a text that shares characters 40 to 59 with a reference of each instruction named."""
    numbers = {"informative_run": 20, "matched": 20, "coverage": 0.07, **numbers}
    matches = [
        (
            Candidate(id=n, text="", is_own=is_own and n == 0, instruction=voice),
            make_match(runs=(Run(40, 60, 0, 20, 20),), covered=marked(40, 60), **numbers),
        )
        for n, voice in enumerate(voices)
    ]
    return decide(make_probe(300), matches, Settings()).outcome.value


def test_a_passage_that_the_answers_to_three_instructions_share_sends_nobody_to_review() -> None:
    assert with_a_common_passage([1, 2]) == "review"
    assert with_a_common_passage([1, 2, 3]) == "pass"
    assert with_a_common_passage([None, None, None]) == "pass"


def test_many_answers_to_one_instruction_are_one_voice() -> None:
    assert with_a_common_passage([1, 1, 1, 1, 2]) == "review"


def test_what_is_common_still_blocks_and_is_held_against_who_shares_it_with_the_own_reference() -> None:
    assert with_a_common_passage([1, 2, 3], informative_run=22) == "block"
    assert with_a_common_passage([1, 2, 3], coverage=0.3, matched=45) == "block"
    assert with_a_common_passage([1, 2, 3], is_own=True) == "review"


@pytest.mark.parametrize(("kept", "expected"), [(0.74, "pass"), (0.75, "review"), (1.0, "review")])
def test_the_kana_of_the_own_reference_in_their_order_go_to_review(kept: float, expected: str) -> None:
    assert outcome(candidate=OWN, kana_kept=kept) == expected


def test_a_short_text_is_reviewed_where_a_longer_one_is_blocked() -> None:
    found = {"informative_run": 39, "coverage": 1.0, "matched": 60, "is_equal": True}
    assert outcome(39, **found) == "review"
    assert outcome(40, **found) == "block"


def test_a_short_text_equal_to_its_own_reference_is_reviewed_however_short() -> None:
    assert outcome(2, OWN, is_equal=True) == "review"
    assert outcome(2, OTHER, is_equal=True) == "pass"
    assert outcome(12, OTHER, is_equal=True, matched=12) == "review"


def test_a_text_equal_to_its_own_reference_never_passes_however_long_or_common() -> None:
    assert outcome(300, OWN, is_equal=True) == "review"
    assert outcome(300, OTHER, is_equal=True) == "pass"


def test_a_reference_that_came_later_reviews_and_never_blocks() -> None:
    decision = decided(candidate=LATE, informative_run=300, coverage=1.0, matched=300)
    assert decision.outcome is Outcome.REVIEW
    assert [reason.code for reason in decision.reasons] == [Code.RUN, Code.COVERAGE, Code.POSTDATED]
    assert decided(candidate=LATE).reasons == ()


def test_an_earlier_reference_still_blocks_beside_a_later_one() -> None:
    run = make_match(informative_run=30)
    assert decide(make_probe(300), [(LATE, run), (OTHER, run)], Settings()).outcome is Outcome.BLOCK


def test_a_text_with_nothing_to_compare_waits() -> None:
    decision = decided(0)
    assert decision.outcome is Outcome.REVIEW
    assert [reason.code for reason in decision.reasons] == [Code.NOTHING_TO_COMPARE]


def test_a_text_with_hardly_a_kanji_waits() -> None:
    text = normalise("ひらがなだけでかかれたぶんしょうです" * 5)
    probe = Probe(text, Quotable([]), StopGrams.commonplaces(), scale=Scale())
    assert [reason.code for reason in decide(probe, [], Settings()).reasons] == [Code.OPENED_KANA]


def test_reasons_carry_their_numbers_and_the_scores_are_the_highest() -> None:
    matches = [
        (OTHER, make_match(informative_run=20, written_run=25, longest_run=30)),
        (OWN, make_match(coverage=0.2, matched=50, subsequence=0.3)),
    ]
    decision = decide(make_probe(300), matches, Settings())
    assert [(reason.candidate_id, reason.numbers) for reason in decision.reasons] == [
        (2, {"characters": 20, "written": 25}),
        (1, {"share": 0.2, "characters": 50}),
    ]
    assert decision.scores["run"] == 20
    assert decision.scores["longest_run"] == 30
    assert decision.scores["written"] == 25
    assert decision.scores["coverage"] == 0.2
    assert decision.scores["subsequence"] == 0.3


def test_settings_that_contradict_themselves_are_refused() -> None:
    for values in (
        {"block_run_uncounted": 19, "review_run": 18},
        {"block_run_uncounted": 23},
        {"review_run": 25},
        {"review_written": 43},
        {"review_written": 15},
        {"review_coverage": 0.5},
        {"review_skeleton": 0.0},
        {"letter_weight": 0},
        {"hiragana_weight": 101},
        {"block_subsequence": 0.5},
        {"short_length": 120},
        {"candidates": 0},
    ):
        with pytest.raises(ValueError, match=r"need|must"):
            Settings.from_dict(values)
    with pytest.raises(ValueError, match="unknown settings: colour"):
        Settings.from_dict({"colour": 1})


def test_equal_settings_have_equal_versions_and_others_do_not() -> None:
    assert Settings.from_dict({"block_run": 22}).version == Settings().version
    assert Settings(block_run=23).version != Settings().version


def test_short_passages_of_many_references_are_no_patchwork() -> None:
    runs = tuple(Run(15 * n, 15 * n + 12, 0, 12, 12) for n in range(20))
    match = make_match(runs=runs, covered=np.ones(300, dtype=np.bool_))
    assert decide(make_probe(300), [(OTHER, match)], Settings()).outcome is Outcome.PASS
