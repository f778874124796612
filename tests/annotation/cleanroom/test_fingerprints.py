"""Fingerprints: what two texts share, they find each other by."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.cleanroom import fingerprints as module
from annotation.cleanroom.engine import Engine
from annotation.cleanroom.fingerprints import WINDOW, fingerprint, fingerprint_all, skeleton_grams, text_grams, winnow
from annotation.cleanroom.hashing import GRAM, GRAM_SEED, hash_grams
from annotation.cleanroom.normalise import normalise, normalise_all

from . import texts

GOLDEN = json.loads(Path(module.__file__).with_name("golden.json").read_text(encoding="utf-8"))
letters = st.text(st.sampled_from("あいうえかきくけ東京大阪タ5a"), max_size=80)


@pytest.mark.parametrize("vector", GOLDEN["fingerprints"], ids=lambda vector: vector["text"][:10])
def test_golden_texts_have_the_recorded_fingerprints(vector: dict) -> None:
    prints = fingerprint(normalise(vector["text"]))
    assert prints.grams.tolist() == vector["grams"]
    assert prints.skeleton.tolist() == vector["skeleton"]


@given(letters, letters, letters, letters, st.text(st.sampled_from("あいう東京タ9"), min_size=12, max_size=40))
def test_any_shared_run_of_twelve_shares_a_fingerprint(a: str, b: str, c: str, d: str, shared: str) -> None:
    first = fingerprint(normalise(a + shared + b))
    second = fingerprint(normalise(c + shared + d))
    assert len(np.intersect1d(first.grams, second.grams))


@given(letters, letters, letters, letters, st.text(st.sampled_from("東京大阪"), min_size=10, max_size=20))
def test_any_shared_skeleton_run_of_ten_kanji_shares_a_fingerprint(a: str, b: str, c: str, d: str, shared: str) -> None:
    first = fingerprint(normalise(a + shared + b))
    second = fingerprint(normalise(c + "で".join(shared) + d))
    assert len(np.intersect1d(first.skeleton, second.skeleton))


@given(letters)
def test_fingerprints_are_sorted_distinct_and_the_same_every_time(text: str) -> None:
    prints, again = fingerprint(normalise(text)), fingerprint(normalise(text))
    for one, other in ((prints.grams, again.grams), (prints.skeleton, again.skeleton)):
        assert one.dtype == np.int64
        assert bool((one[1:] > one[:-1]).all())
        assert np.array_equal(one, other)


@given(st.text(st.sampled_from("あいう"), min_size=8, max_size=60))
def test_equal_grams_and_only_equal_grams_have_equal_hashes(text: str) -> None:
    normalised = normalise(text)
    hashes = text_grams(normalised).tolist()
    grams = [normalised.text[index : index + GRAM] for index in range(len(normalised) - GRAM + 1)]
    assert len(hashes) == len(grams)
    assert len(set(hashes)) == len(set(grams))
    assert len(set(zip(hashes, grams, strict=True))) == len(set(grams))


@given(st.lists(st.integers(-50, 50), max_size=60), st.integers(1, 7))
def test_winnowing_keeps_the_minimum_of_every_window(values: list[int], window: int) -> None:
    kept = winnow(np.array(values, dtype=np.int64), window).tolist()
    windows = [values[index : index + window] for index in range(max(1, len(values) - window + 1))]
    assert kept == sorted({min(part) for part in windows if part})


def test_winnowing_keeps_about_a_third_of_ordinary_grams() -> None:
    hashes = hash_grams(np.arange(20_000, dtype=np.uint32), GRAM, 1)
    assert 0.31 < len(winnow(hashes, WINDOW)) / len(hashes) < 0.36


def test_grams_and_skeleton_grams_of_the_same_characters_differ() -> None:
    codes = normalise("東京都千代田区").codes
    skeleton = skeleton_grams(normalise("東京都千代田区"), 7)
    assert hash_grams(codes, 7, GRAM_SEED).tolist() != skeleton[0].tolist()


@pytest.mark.parametrize("text", ["", "、。", "👍"])
def test_a_text_without_letters_has_no_fingerprints(text: str) -> None:
    assert len(fingerprint(normalise(text)).all()) == 0


def test_short_texts_are_found_by_equality_and_by_nothing_else() -> None:
    assert np.array_equal(fingerprint(normalise("東京です")).grams, fingerprint(normalise("東京デス。")).grams)
    assert not np.array_equal(fingerprint(normalise("東京です")).grams, fingerprint(normalise("大阪です")).grams)
    assert not len(np.intersect1d(fingerprint(normalise("東京")).grams, fingerprint(normalise("東京です")).grams))


def test_katakana_alone_is_no_skeleton_gram() -> None:
    hashes, starts = skeleton_grams(normalise("ディレクトリ構成"), 5)
    assert starts.tolist() == [False, False, True, True]
    assert len(hashes) == 2
    assert [len(part) for part in skeleton_grams(normalise("東京"), 5)] == [0, 0]


@given(st.lists(st.text(st.sampled_from("あイ京東都ab、"), max_size=40), max_size=5))
def test_fingerprints_of_many_texts_are_those_of_each_alone(originals: list[str]) -> None:
    of_grams, of_skeleton = fingerprint_all(normalise_all(originals))
    for number, original in enumerate(originals):
        alone = fingerprint(normalise(original))
        assert sorted(set(of_grams[0][of_grams[1] == number].tolist())) == alone.grams.tolist()
        assert sorted(set(of_skeleton[0][of_skeleton[1] == number].tolist())) == alone.skeleton.tolist()


def test_the_engine_gives_many_texts_their_fingerprints_sorted_once_and_without_stops() -> None:
    originals = ["", "短い", *texts.OTHERS, texts.OTHERS[0] * 2, "1 2 3 4 5 6 7 8 9 10 11 12 13"]
    hashes, owners = Engine().fingerprint_all(originals)
    for number, original in enumerate(originals):
        assert hashes[owners == number].tolist() == Engine().fingerprint(original).all().tolist()
    assert (owners[1:] >= owners[:-1]).all()
