"""The suffix automaton finds what a search of every substring finds."""

from hypothesis import given
from hypothesis import strategies as st

from annotation.cleanroom.automaton import SuffixAutomaton

codes = st.lists(st.integers(1, 3), max_size=14)


@given(codes, codes)
def test_the_longest_match_and_its_first_place_are_found_everywhere(reference: list[int], text: list[int]) -> None:
    lengths, ends = SuffixAutomaton(reference).longest_matches(text)
    for place in range(len(text)):
        longest = max(
            length
            for length in range(place + 2)
            if length == 0
            or any(
                reference[start : start + length] == text[place + 1 - length : place + 1]
                for start in range(len(reference) - length + 1)
            )
        )
        assert lengths[place] == longest
        if longest:
            first = next(
                start
                for start in range(len(reference))
                if reference[start : start + longest] == text[place + 1 - longest : place + 1]
            )
            assert ends[place] == first + longest


def test_a_repetitive_reference_needs_at_most_twice_its_length_in_states() -> None:
    automaton = SuffixAutomaton([1, 2] * 5000)
    assert len(automaton._length) <= 2 * 10_000
