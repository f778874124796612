"""The index in memory, and the ranking that every index shares."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from annotation.cleanroom.fingerprints import Fingerprints, fingerprint
from annotation.cleanroom.index import MemoryIndex, Retriever, rank_candidates, rank_rows
from annotation.cleanroom.normalise import normalise

from . import texts

prints = st.lists(st.sets(st.integers(-20, 20), max_size=12), max_size=12)


def make_prints(values: set[int]) -> Fingerprints:
    return Fingerprints(grams=np.array(sorted(values), dtype=np.int64), skeleton=np.empty(0, dtype=np.int64))


def make_index(references: list[set[int]], *, compact_after: int = 0) -> MemoryIndex:
    index = MemoryIndex()
    for number, values in enumerate(references):
        index.add(number, make_prints(values))
        if number < compact_after:
            index.compact()
    return index


def test_the_most_hits_come_first_and_the_lower_id_among_equals() -> None:
    assert rank_candidates([(7, 2), (3, 5), (2, 2), (9, 1)], limit=3) == [3, 2, 7]
    assert rank_candidates({4: 1}.items()) == [4]
    assert rank_candidates([]) == []


def test_a_rare_hash_outweighs_many_common_ones() -> None:
    common = [(value, reference) for value in range(10) for reference in range(30)]
    rows = np.array([*common, (99, 77), (98, 77)], dtype=np.int64)
    assert rank_rows(rows[:, 0], rows[:, 1], limit=2) == [77, 0]
    assert rank_rows(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)) == []


@given(prints, st.sets(st.integers(-20, 20), max_size=12), st.integers(0, 12))
def test_rows_are_those_asked_for_whether_merged_yet_or_not(references: list, wanted: set, merged: int) -> None:
    index = make_index(references, compact_after=merged)
    hashes, owners = index.rows(np.array(sorted(wanted), dtype=np.int64))
    expected = sorted((value, number) for number, values in enumerate(references) for value in values & wanted)
    assert sorted(zip(hashes.tolist(), owners.tolist(), strict=True)) == expected
    fresh = make_index(references)
    assert index.candidates(make_prints(wanted)) == fresh.candidates(make_prints(wanted))


def test_what_was_added_is_found_by_the_next_call() -> None:
    index: Retriever = MemoryIndex()
    own = fingerprint(normalise(texts.REFERENCE))
    assert index.candidates(own, limit=20) == []
    index.add(5, own)
    assert index.candidates(own, limit=20) == [5]


def test_a_passage_of_sixty_is_found_among_other_references() -> None:
    index = MemoryIndex()
    for number, text in enumerate((*texts.OTHERS, texts.REFERENCE)):
        index.add(number, fingerprint(normalise(text)))
    pasted = texts.INDEPENDENT[:150] + texts.REFERENCE[100:160] + texts.INDEPENDENT[150:]
    assert index.candidates(fingerprint(normalise(pasted)), limit=1) == [len(texts.OTHERS)]


def test_many_rows_at_once_are_the_same_as_one_by_one() -> None:
    one_by_one = make_index([{1, 2}, {2, 3}])
    at_once = MemoryIndex()
    at_once.add_rows(np.array([3, 2, 2, 1]), np.array([1, 1, 0, 0]))
    wanted = make_prints({2, 3})
    assert at_once.candidates(wanted) == one_by_one.candidates(wanted) == [1, 0]
