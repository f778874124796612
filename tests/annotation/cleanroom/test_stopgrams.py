"""Stop-grams: counted over different instructions, kept as exact bytes."""

import hashlib
from collections.abc import Callable

import numpy as np
import pytest

from annotation.cleanroom import stopgrams
from annotation.cleanroom.fingerprints import fingerprint, text_grams
from annotation.cleanroom.hashing import LONG_GRAM, LONG_SEED, hash_grams
from annotation.cleanroom.normalise import normalise
from annotation.cleanroom.stopgrams import CorruptStopGrams, StopGramCounter, StopGrams, count_stop_grams

PHRASE = "お役に立てれば幸いでございます"
PREFECTURES = "1. 北海道\n2. 青森県\n3. 岩手県\n4. 宮城県\n5. 秋田県"


def make_stops(instructions: int, *, partitions: int = 1) -> StopGrams:
    pairs = [(f"指示その{number}", [f"{number}番の答えです。{PHRASE}"]) for number in range(instructions)]
    return count_stop_grams(lambda: pairs, partitions=partitions)


def share_of_stops(stops: StopGrams, text: str) -> float:
    return float(stops.contains(text_grams(normalise(text))).mean())


def share_of_long_stops(stops: StopGrams, text: str) -> float:
    return float(stops.contains(hash_grams(normalise(text).codes, LONG_GRAM, LONG_SEED)).mean())


def test_a_phrase_in_more_than_fifty_instructions_stops_and_in_fifty_does_not() -> None:
    assert share_of_stops(make_stops(50), PHRASE) == 0
    assert share_of_stops(make_stops(51), PHRASE) == 1


def test_a_hundred_answers_to_one_instruction_are_one_vote() -> None:
    counter = StopGramCounter()
    counter.add("一つの指示", [PHRASE] * 100)
    assert share_of_stops(counter.build(), PHRASE) == 0


def test_the_same_instruction_in_other_widths_cannot_vote_again() -> None:
    counter = StopGramCounter()
    counter.add("ＡＩについて", [PHRASE])
    with pytest.raises(ValueError, match="counted before"):
        counter.add("aiについて。", [PHRASE])
    assert counter.instructions == 1


def test_over_many_instructions_the_threshold_is_one_in_two_thousand() -> None:
    counter = StopGramCounter()
    for number in range(120_000):
        counter.add(f"{number}", [PHRASE] if number < 60 else [])
    assert share_of_stops(counter.build(), PHRASE) == 0
    counter.add("もう一つ", [PHRASE])
    assert share_of_stops(counter.build(), PHRASE) == 1


def test_a_longer_gram_stops_only_where_it_is_as_common_itself() -> None:
    first, second = PHRASE, "ご不明な点がありましたらお知らせください"
    pairs = [(f"指示{number}", [first if number % 2 else second]) for number in range(120)]
    stops = count_stop_grams(lambda: pairs)
    assert share_of_stops(stops, first) == share_of_stops(stops, second) == 1
    assert share_of_long_stops(stops, second) == 1
    assert share_of_long_stops(stops, second[:10] + first[:10]) == 0


def test_counting_in_parts_gives_the_same_bytes() -> None:
    assert make_stops(60, partitions=3).dump() == make_stops(60).dump()
    with pytest.raises(ValueError, match="one of range"):
        StopGramCounter(partition=3, partitions=3)


def test_a_list_survives_its_bytes_and_equal_lists_have_equal_versions() -> None:
    stops = make_stops(60)
    loaded = StopGrams.load(stops.dump())
    assert np.array_equal(loaded.hashes, stops.hashes)
    assert (loaded.instructions, loaded.version) == (60, stops.version)
    assert stops.dump() == make_stops(60).dump()
    assert stops.version != make_stops(61).version


def test_surprise_is_learned_from_a_thousand_instructions_on_and_goes_with_the_list() -> None:
    assert not len(make_stops(stopgrams.LEAST_SAMPLE - 1).surprise.grams)
    stops = make_stops(stopgrams.LEAST_SAMPLE)
    loaded = StopGrams.load(stops.dump())
    assert loaded.version == stops.version
    phrase = normalise(PHRASE).codes
    (parts,) = loaded.surprise.parts([phrase])
    assert np.array_equal(parts, stops.surprise.parts([phrase])[0])
    assert parts[1:].sum() == 0  # everybody's: each character is expected after the one before


def test_of_many_instructions_the_same_ones_are_learned_from_in_whatever_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopgrams, "LEAST_SAMPLE", 10)
    monkeypatch.setattr(stopgrams, "SAMPLE", 20)
    pairs = [(f"指示その{number}", [f"{number}番の答え", PHRASE[number % 7 :]]) for number in range(60)]
    stops = count_stop_grams(lambda: pairs)
    assert stops.dump() == count_stop_grams(lambda: reversed(pairs), partitions=2).dump()
    (parts,) = stops.surprise.parts([normalise("番").codes])
    assert parts.tolist() == [stops.surprise.total - round(8 * np.log2(19))]  # of twenty, one is its own


LEARNED = StopGrams.load(make_stops(stopgrams.LEAST_SAMPLE).dump())


def signed(body: bytes) -> bytes:
    return body + hashlib.sha256(body).digest()


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body[:-1],
        lambda body: body + b"x",
        lambda body: body.replace(b"HITSTOP3", b"HITSTOP2"),
        lambda body: body[: 24 + 8 * len(LEARNED.hashes)],
        lambda body: body[: 24 + 8 * len(LEARNED.hashes) + 9],
    ],
)
def test_what_was_learned_is_refused_when_it_is_not_whole(change: Callable[[bytes], bytes]) -> None:
    body = LEARNED.dump()[:-32]
    StopGrams.load(signed(body))
    with pytest.raises(CorruptStopGrams):
        StopGrams.load(signed(change(body)))


@pytest.mark.parametrize("place", [0, 8, 30, -1])
def test_a_damaged_list_is_refused(place: int) -> None:
    data = bytearray(make_stops(60).dump())
    data[place] ^= 1
    with pytest.raises(CorruptStopGrams):
        StopGrams.load(bytes(data))


@pytest.mark.parametrize("data", [b"", b"HITSTOP2", b"x" * 100])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(CorruptStopGrams):
        StopGrams.load(data)


def test_lists_that_everybody_writes_alike_are_stops_from_the_start() -> None:
    stops = StopGrams.commonplaces()
    assert share_of_stops(stops, PREFECTURES) == share_of_long_stops(stops, PREFECTURES) == 1
    assert share_of_stops(stops, PREFECTURES.replace("県", "").replace(".", ":")) == 1
    assert share_of_stops(stops, "Monday, Tuesday, Wednesday") == 1
    assert share_of_stops(stops, PHRASE) == 0


def test_stops_leave_the_fingerprints_and_the_skeleton_stays() -> None:
    stops = make_stops(60)
    prints = fingerprint(normalise(PHRASE + "北海道青森県岩手県"))
    without = stops.without_stops(prints)
    assert len(without.grams) < len(prints.grams)
    assert np.array_equal(without.skeleton, prints.skeleton)


def test_an_empty_list_stops_nothing() -> None:
    assert share_of_stops(StopGrams(hashes=np.empty(0, dtype=np.uint64)), PHRASE) == 0
