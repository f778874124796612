"""The signs of copying out by hand, and how a writer's own habits move them."""

from typing import Any

from annotation.cleanroom.trace import merge_slots
from annotation.cleanroom.trace_habits import Habits, Sign, Usual, habits_of, signs_of, usual_of
from annotation.cleanroom.trace_score import score
from tests.factories.traces import make_copyist, make_person, make_trace


def judged(*steps: dict[str, Any], usual: Usual | None = None) -> tuple[tuple[Sign, ...], bool]:
    return signs_of(habits_of(merge_slots(make_trace(*steps))), usual or Usual())


def totals(*steps: dict[str, Any]) -> dict[str, Any]:
    """What is stored of an accepted text."""
    buckets = make_trace(*steps)
    return score(buckets, buckets[-1].length).to_dict()


def test_a_person_who_composes_gives_no_sign() -> None:
    assert judged(*make_person()) == ((), False)


def test_copying_off_a_sheet_shows_and_asks_a_question() -> None:
    signs, needs_question = judged(*make_copyist())
    assert set(signs) == {
        Sign.HARDLY_ANY_DELETION,
        Sign.WRITTEN_STRAIGHT_THROUGH,
        Sign.FLAT_RATE,
        Sign.FEW_THINKING_PAUSES,
    }
    assert needs_question


def test_bursts_after_leaving_the_page_are_a_sign() -> None:
    look_and_type = [{"composed": 5, "deleted": 1, "blurred_ms": 4000}, {"composed": 40, "inserted_before_end": 3}]
    calm = [{"composed": 10, "deleted": 2}] * 8
    assert Sign.BURSTS_AFTER_BLUR in judged(*(look_and_type * 3), *calm)[0]
    used_to_it = Usual(bursts_after_blur=5.0)
    assert Sign.BURSTS_AFTER_BLUR not in judged(*(look_and_type * 3), *calm, usual=used_to_it)[0]


def test_a_short_text_gives_no_signs() -> None:
    assert judged(*make_copyist(7)) == ((), False)


def test_what_was_pasted_was_not_copied_by_hand() -> None:
    pasted = {"pasted": 300, "largest_insertion": 300}
    assert judged(pasted, *make_copyist(7)) == ((), False)


def test_one_sign_alone_asks_no_question() -> None:
    steps = [step | {"deleted": 0} for step in make_person()]
    assert judged(*steps) == ((Sign.HARDLY_ANY_DELETION,), False)


def test_an_autosave_in_between_does_not_make_a_rate_uneven() -> None:
    whole = [{"typed": 25, "pauses": (25, 0, 0, 0, 0, 0)}] * 20
    halves = []
    for number in range(1, 21):
        halves += [{"typed": 20, "started_ms": number * 10_000}, {"typed": 5, "started_ms": number * 10_000 + 8_000}]
    assert judged(*halves)[0] == judged(*whole)[0]


def test_who_seldom_takes_anything_back_is_measured_by_themselves() -> None:
    """Nine of ten of this writer's texts have a deletion share of 1% or more: at 1.5% there is nothing unusual."""
    habits = Habits(400, 40, 0.015, 0.2, 0.8, 5.0, 0)
    assert signs_of(habits, Usual())[0] == (Sign.HARDLY_ANY_DELETION,)
    assert signs_of(habits, Usual(deletion_share=0.01))[0] == ()


def test_who_always_takes_much_back_is_noticed_sooner_but_not_at_once() -> None:
    usual = Usual(deletion_share=0.15)
    assert signs_of(Habits(400, 40, 0.03, 0.2, 0.8, 5.0, 0), usual)[0] == (Sign.HARDLY_ANY_DELETION,)
    assert signs_of(Habits(400, 40, 0.05, 0.2, 0.8, 5.0, 0), usual)[0] == ()


def test_nobody_can_get_used_to_never_taking_anything_back() -> None:
    assert signs_of(Habits(400, 40, 0.0, 0.2, 0.8, 5.0, 0), Usual(deletion_share=0.0))[0] == (Sign.HARDLY_ANY_DELETION,)


def test_what_is_usual_is_learnt_from_enough_accepted_texts() -> None:
    texts = [totals(*make_person(20)) for _ in range(10)]
    usual = usual_of(texts)
    assert usual.deletion_share == texts[0]["habits"]["deletion_share"]
    assert usual.rate_variation == texts[0]["habits"]["rate_variation"]
    assert usual.p99_a_minute is not None and 100 < usual.p99_a_minute < 150
    assert usual_of(texts[:9]).deletion_share is None
    assert usual_of(texts[:7]).p99_a_minute is None  # 28 minutes


def test_a_text_whose_trace_was_off_teaches_nothing() -> None:
    assert usual_of([{"active_seconds": 90}] * 20) == Usual()
