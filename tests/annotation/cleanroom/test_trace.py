"""The writing trace: each flag, each sign, and the chain."""

import hashlib
import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.cleanroom.trace import (
    FIRST_HASH,
    Bucket,
    Flag,
    MalformedTrace,
    Sign,
    TraceScore,
    bucket_hash,
    score,
    utf16_length,
)

NO_PAUSES = (0, 0, 0, 0, 0, 0)


def make_trace(*steps: dict, first_hash: str = FIRST_HASH) -> list[Bucket]:
    """A chain of buckets, each ten seconds after the other, with lengths that fit their counts."""
    buckets: list[Bucket] = []
    previous, length = first_hash, 0
    for number, step in enumerate(steps, start=1):
        bucket = Bucket(number=number, previous_hash=previous, started_ms=number * 10_000, **step)
        length += bucket.inserted - bucket.deleted
        bucket = replace(bucket, length=length, draft_sha256=hashlib.sha256(str(length).encode()).hexdigest())
        previous = bucket_hash(previous, bucket)
        buckets.append(bucket)
    return buckets


def make_person(buckets: int = 20) -> list[dict]:
    """Someone who composes: uneven, with pauses, deletions and corrections further up."""
    pace = (30, 4, 22, 0, 41, 12, 8, 35, 0, 17)
    return [
        {
            "composed": pace[number % 10],
            "deleted": 3 if pace[number % 10] > 10 else 0,
            "inserted_before_end": 5 if number % 4 == 0 else 0,
            "pauses": (10, 3, 2, 1, 1, 0),
        }
        for number in range(buckets)
    ]


def make_copyist(buckets: int = 20) -> list[dict]:
    """Someone who types off a sheet: steady, straight through, nothing taken back."""
    return [{"typed": 25 + number % 3, "pauses": (25, 1, 0, 0, 0, 0)} for number in range(buckets)]


def scored(*steps: dict, text_length: int | None = None, **options: object) -> TraceScore:
    buckets = make_trace(*steps)
    length = buckets[-1].length if text_length is None else text_length
    return score(buckets, length, **options)  # type: ignore[arg-type]


def test_a_person_who_composes_raises_no_flag_and_no_question() -> None:
    result = scored(*make_person(), own_p99_a_minute=150)
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
    assert scored(*steps).flags == ()
    assert scored(*steps, own_p99_a_minute=150).flags == ()
    assert scored(*steps, own_p99_a_minute=149).flags == (Flag.TOO_FAST,)
    assert scored(*steps).fastest_minute == 300


def test_a_minute_is_a_minute_whatever_the_gaps() -> None:
    first, second = make_trace({"composed": 50}, {"composed": 50})
    far = replace(second, started_ms=first.started_ms + 60_000)
    assert score([first, far], 100).fastest_minute == 50


def test_copying_off_a_sheet_shows_and_does_not_flag() -> None:
    result = scored(*make_copyist())
    assert result.flags == ()
    assert set(result.signs) == {
        Sign.HARDLY_ANY_DELETION,
        Sign.WRITTEN_STRAIGHT_THROUGH,
        Sign.FLAT_RATE,
        Sign.FEW_THINKING_PAUSES,
    }
    assert result.needs_question


def test_bursts_after_leaving_the_page_are_a_sign() -> None:
    look_and_type = [{"composed": 5, "deleted": 1, "blurred_ms": 4000}, {"composed": 40, "inserted_before_end": 3}]
    calm = [{"composed": 10, "deleted": 2}] * 8
    result = scored(*(look_and_type * 3), *calm)
    assert Sign.BURSTS_AFTER_BLUR in result.signs
    assert result.bursts_after_blur == 3


def test_a_short_text_gives_no_signs() -> None:
    assert scored(*make_copyist(7)).signs == ()


def test_one_sign_alone_asks_no_question() -> None:
    steps = [step | {"deleted": 0} for step in make_person()]
    result = scored(*steps)
    assert result.signs == (Sign.HARDLY_ANY_DELETION,)
    assert not result.needs_question


def test_the_link_is_over_canonical_json_so_that_a_browser_can_make_it() -> None:
    bucket = Bucket(number=1, previous_hash=FIRST_HASH, started_ms=0, typed=3, length=3, draft_sha256="a" * 64)
    content = (
        '{"blurred_ms":0,"composed":0,"deleted":0,"draft_sha256":"' + "a" * 64 + '","dropped":0,"focus_losses":0,'
        '"hidden_ms":0,"inserted_before_end":0,"largest_insertion":0,"length":3,"number":1,"pasted":0,"pasted_own":0,'
        '"pasted_quote":0,"pauses":[0,0,0,0,0,0],"previous_hash":"' + FIRST_HASH + '","replaced":0,"started_ms":0,'
        '"typed":3,"undone":0,"untrusted":0}'
    )
    assert bucket_hash(FIRST_HASH, bucket) == hashlib.sha256(f"{FIRST_HASH}\n{content}".encode()).hexdigest()


def test_a_bucket_survives_json() -> None:
    for bucket in make_trace(*make_person(3)):
        assert Bucket.from_dict(json.loads(json.dumps(asdict(bucket)))) == bucket


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("typed", -1),
        ("typed", 1.5),
        ("typed", True),
        ("typed", None),
        ("typed", 10**12),
        ("previous_hash", "F" * 64),
        ("draft_sha256", ""),
        ("draft_sha256", 7),
        ("pauses", [1, 2, 3]),
        ("pauses", "000000"),
        ("pauses", [0, 0, 0, 0, 0, -1]),
        ("colour", 1),
    ],
)
def test_a_malformed_bucket_is_refused_by_its_field(field: str, value: object) -> None:
    values = asdict(make_trace({"typed": 1})[0]) | {field: value}
    with pytest.raises(MalformedTrace) as refused:
        Bucket.from_dict(values)
    assert refused.value.field == field


def test_a_bucket_with_a_field_missing_is_refused() -> None:
    values = asdict(make_trace({"typed": 1})[0])
    del values["deleted"]
    with pytest.raises(MalformedTrace, match="deleted"):
        Bucket.from_dict(values)


counts = st.fixed_dictionaries(
    {name: st.integers(0, 300) for name in ("typed", "composed", "pasted", "undone", "blurred_ms")}
)


@given(st.lists(counts, max_size=20), st.integers(0, 3000))
def test_any_chain_gets_a_score_that_can_be_stored(steps: list[dict], text_length: int) -> None:
    result = score(make_trace(*steps), text_length)
    json.dumps(result.to_dict())
    assert result.is_complete is not bool({Flag.MISSING, Flag.CHAIN_BROKEN, Flag.SUMS_DO_NOT_FIT} & set(result.flags))


def test_lengths_are_counted_as_a_browser_counts_them() -> None:
    assert utf16_length("あ😀\ud800") == 4
