"""What a trace says of a text: each flag, and what is complete."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.cleanroom.trace import FIRST_HASH, Autosave, Bucket, bucket_hash
from annotation.cleanroom.trace_habits import Usual
from annotation.cleanroom.trace_score import Flag, TraceScore, score
from tests.factories.traces import make_person, make_trace


def scored(*steps: dict, text_length: int | None = None, **options: object) -> TraceScore:
    buckets = make_trace(*steps)
    length = buckets[-1].length if text_length is None else text_length
    return score(buckets, length, **options)  # type: ignore[arg-type]


def test_a_person_who_composes_raises_no_flag_and_no_question() -> None:
    result = scored(*make_person(), usual=Usual(p99_a_minute=150))
    assert result.flags == ()
    assert result.signs == ()
    assert result.is_complete
    assert not result.needs_question
    assert result.active_seconds == 160


def test_a_missing_trace_is_a_flag_and_not_complete() -> None:
    result = score([], 300)
    assert result.flags == (Flag.MISSING,)
    assert not result.is_complete


@pytest.mark.parametrize(
    "change",
    [
        lambda buckets: buckets.pop(1),
        lambda buckets: buckets.reverse(),
        lambda buckets: buckets.__setitem__(1, replace(buckets[1], blurred_ms=1)),
        lambda buckets: buckets.__setitem__(0, replace(buckets[0], previous_hash="f" * 64)),
        lambda buckets: buckets.__setitem__(3, replace(buckets[3], number=9)),
    ],
    ids=["one left out", "another order", "one changed", "another start", "another number"],
)
def test_a_chain_that_was_touched_is_broken(change) -> None:
    buckets = make_trace(*make_person(5))
    length = buckets[-1].length
    change(buckets)
    assert Flag.CHAIN_BROKEN in score(buckets, length).flags


def test_a_trace_of_another_draft_cannot_be_replayed() -> None:
    buckets = make_trace(*make_person(5), first_hash="a" * 64)
    assert score(buckets, buckets[-1].length, first_hash="a" * 64).flags == ()
    assert score(buckets, buckets[-1].length, first_hash="b" * 64).flags == (Flag.CHAIN_BROKEN,)


def test_time_cannot_run_backwards() -> None:
    first, second = make_trace({"typed": 5}, {"typed": 5})
    late = replace(first, started_ms=90_000)
    chained = [late, replace(second, previous_hash=bucket_hash(FIRST_HASH, late))]
    assert score(chained, 10).flags == (Flag.CHAIN_BROKEN,)


@pytest.mark.parametrize(
    ("length", "fits"), [(1000, True), (1020, True), (981, True), (1030, False), (970, False), (0, False)]
)
def test_sums_fit_the_text_within_two_percent(length: int, fits: bool) -> None:
    result = scored(*[{"composed": 50, "deleted": 0}] * 20, text_length=length)
    assert (Flag.SUMS_DO_NOT_FIT not in result.flags) is fits
    assert result.is_complete is fits


def test_lengths_on_the_way_must_fit_too() -> None:
    first, second = make_trace({"composed": 100}, {"composed": 100})
    lying = replace(first, length=5)
    chained = [lying, replace(second, previous_hash=bucket_hash(FIRST_HASH, lying))]
    assert score(chained, 200).flags == (Flag.SUMS_DO_NOT_FIT,)


def test_the_last_draft_must_be_the_text_submitted() -> None:
    buckets = make_trace({"composed": 100})
    assert score(buckets, 100, text_sha256=buckets[0].draft_sha256).flags == ()
    assert score(buckets, 100, text_sha256="0" * 64).flags == (Flag.SUMS_DO_NOT_FIT,)


def test_undo_cannot_put_back_what_was_never_there() -> None:
    assert scored({"composed": 300, "deleted": 100}, {"undone": 100}).flags == ()
    assert scored({"composed": 200}, {"undone": 100}).flags == (Flag.SUMS_DO_NOT_FIT,)


def saved(bucket: Bucket, *, length: int | None = None, sha256: str = "", at_ms: int | None = None) -> Autosave:
    """The server's copy of what the trace had come to with a bucket, or of something else."""
    at_ms = bucket.started_ms + 10_000 if at_ms is None else at_ms
    return Autosave(bucket.number, bucket.length if length is None else length, sha256 or bucket.draft_sha256, at_ms)


def test_the_servers_copies_are_what_the_trace_had_come_to() -> None:
    buckets = make_trace(*make_person(6))
    copies = [saved(buckets[1]), saved(buckets[4]), saved(buckets[5])]
    assert score(buckets, buckets[-1].length, autosaves=copies).flags == ()


@pytest.mark.parametrize(
    "change",
    [{"length": 300}, {"sha256": "f" * 64}, {"at_ms": 5_000}],
    ids=["more text than was written", "another text", "told before it happened"],
)
def test_a_copy_that_the_trace_does_not_account_for_is_found(change: dict) -> None:
    buckets = make_trace(*make_person(6))
    copies = [saved(buckets[1]), saved(buckets[4], **change), saved(buckets[5])]
    assert score(buckets, buckets[-1].length, autosaves=copies).flags == (Flag.AUTOSAVES_DO_NOT_FIT,)


def test_a_text_that_was_saved_before_any_bucket_came_is_found() -> None:
    buckets = make_trace({"composed": 50})
    assert score(buckets, 50, autosaves=[Autosave(0, 40, "a" * 64, 0)]).flags == (Flag.AUTOSAVES_DO_NOT_FIT,)
    assert score(buckets, 50, autosaves=[Autosave(0, 0, "a" * 64, 0), saved(buckets[0])]).flags == ()


def test_events_that_the_browser_does_not_vouch_for_are_a_flag() -> None:
    assert scored({"typed": 10, "untrusted": 1}).flags == (Flag.UNTRUSTED_EVENTS,)


@pytest.mark.parametrize(
    ("origin", "count", "flagged"), [("pasted", 10, False), ("pasted", 11, True), ("dropped", 11, True)]
)
def test_more_than_a_tenth_from_elsewhere_is_a_flag(origin: str, count: int, flagged: bool) -> None:
    result = scored({"composed": 100 - count, origin: count})
    assert (Flag.PASTE_SHARE in result.flags) is flagged
    assert result.pasted_share == count / 100


def test_moving_own_text_quoting_and_undoing_are_no_paste() -> None:
    result = scored({"composed": 300}, {"pasted_own": 200, "deleted": 200}, {"pasted_quote": 80}, {"undone": 60})
    assert result.flags == ()
    assert result.pasted_share == 0


def test_one_insertion_of_more_than_forty_is_a_flag() -> None:
    assert scored({"composed": 960}, {"pasted": 40, "largest_insertion": 40}).flags == ()
    assert scored({"composed": 960}, {"pasted": 41, "largest_insertion": 41}).flags == (Flag.LARGE_INSERTION,)


def test_speed_is_measured_against_the_writers_own() -> None:
    steps = [{"composed": 50}] * 12
    assert scored(*steps, usual=Usual(p99_a_minute=150)).flags == ()
    assert scored(*steps, usual=Usual(p99_a_minute=149)).flags == (Flag.TOO_FAST,)
    assert scored(*steps).fastest_minute == 300
    assert scored(*steps).minutes == (250, 300, 50)


def test_without_a_pace_of_their_own_a_writer_may_be_as_fast_as_the_fastest() -> None:
    assert scored({"composed": 1000}).flags == ()
    assert scored({"composed": 1001}).flags == (Flag.TOO_FAST,)


def test_a_slow_writer_may_have_a_quick_minute() -> None:
    assert scored({"composed": 120}, usual=Usual(p99_a_minute=5)).flags == ()
    assert scored({"composed": 121}, usual=Usual(p99_a_minute=5)).flags == (Flag.TOO_FAST,)


def test_a_minute_is_a_minute_whatever_the_gaps() -> None:
    first, second = make_trace({"composed": 50}, {"composed": 50})
    far = replace(second, started_ms=first.started_ms + 60_000)
    assert score([first, far], 100).fastest_minute == 50


counts = st.fixed_dictionaries(
    {name: st.integers(0, 300) for name in ("typed", "composed", "pasted", "undone", "blurred_ms")}
)


@settings(max_examples=50)
@given(st.lists(counts, max_size=20), st.integers(0, 3000))
def test_any_chain_gets_a_score_that_can_be_stored(steps: list[dict], text_length: int) -> None:
    result = score(make_trace(*steps), text_length)
    json.dumps(result.to_dict())
    assert result.is_complete is not bool(
        {Flag.MISSING, Flag.CHAIN_BROKEN, Flag.SUMS_DO_NOT_FIT, Flag.AUTOSAVES_DO_NOT_FIT} & set(result.flags)
    )
