"""The writing trace's form: what a bucket may hold, how it is stored, and its link."""

import hashlib
import json
from dataclasses import asdict

import pytest

from annotation.cleanroom.trace import (
    FIRST_HASH,
    MAX_MILLISECONDS,
    Bucket,
    MalformedTrace,
    bucket_hash,
    merge_slots,
    utf16_length,
)
from tests.factories.traces import make_trace


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
    for bucket in make_trace({"composed": 30, "pauses": (4, 0, 0, 1, 0, 0)}, {"deleted": 3}, {}):
        assert Bucket.from_dict(json.loads(json.dumps(asdict(bucket)))) == bucket


def test_what_is_zero_is_not_stored_and_reads_as_zero() -> None:
    first, second = make_trace({"composed": 30, "pauses": (4, 0, 0, 1, 0, 0)}, {"deleted": 30})
    assert set(first.counts()) == {"started_ms", "composed", "pauses", "length", "draft_sha256"}
    assert set(second.counts()) == {"started_ms", "deleted", "length", "draft_sha256"}
    for bucket in (first, second):
        stored = json.loads(json.dumps(bucket.counts()))
        assert Bucket.from_dict({**stored, "number": bucket.number, "previous_hash": bucket.previous_hash}) == bucket


def test_pauses_of_the_longer_classes_may_be_left_out_when_there_were_none() -> None:
    (whole,) = make_trace({"composed": 30, "pauses": (4, 1, 0, 0, 0, 0)})
    values = {**whole.counts(), "number": whole.number, "previous_hash": whole.previous_hash}
    assert Bucket.from_dict({**values, "pauses": [4, 1]}) == whole


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
        ("pauses", [0, 0, 0, 0, 0, 0, 0]),
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


@pytest.mark.parametrize("field", ["number", "started_ms", "length"])
def test_a_bucket_that_does_not_say_where_it_stands_is_refused(field: str) -> None:
    values = asdict(make_trace({"typed": 1})[0])
    del values[field]
    with pytest.raises(MalformedTrace, match=field):
        Bucket.from_dict(values)


def test_a_text_that_comes_back_after_weeks_is_not_too_late() -> None:
    bucket = make_trace({"typed": 1})[0]
    weeks = asdict(bucket) | {"started_ms": 30 * 24 * 3_600_000, "blurred_ms": 20_000_000}
    assert Bucket.from_dict(weeks).started_ms == 2_592_000_000
    with pytest.raises(MalformedTrace, match="started_ms"):
        Bucket.from_dict(weeks | {"started_ms": MAX_MILLISECONDS + 1})


def test_what_an_autosave_cut_in_two_is_put_together_again() -> None:
    first, second, third = make_trace(
        {"composed": 10, "pauses": (3, 0, 0, 0, 0, 0), "largest_insertion": 4},
        {"composed": 5, "deleted": 2, "pauses": (1, 0, 0, 1, 0, 0), "largest_insertion": 2, "started_ms": 14_000},
        {"composed": 7},
    )
    merged = merge_slots([first, second, third])
    assert [(one.started_ms, one.composed, one.deleted) for one in merged] == [(10_000, 15, 2), (30_000, 7, 0)]
    assert (merged[0].pauses, merged[0].largest_insertion) == ((4, 0, 0, 1, 0, 0), 4)
    assert (merged[0].length, merged[0].draft_sha256) == (second.length, second.draft_sha256)


def test_lengths_are_counted_as_a_browser_counts_them() -> None:
    assert utf16_length("あ😀\ud800") == 4
