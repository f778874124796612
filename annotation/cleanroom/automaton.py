"""The longest match at each place of a text, in time linear whatever the text repeats.

A suffix automaton of the reference (Blumer et al., "The smallest automaton recognizing the
subwords of a text", 1985). Slower than a join of hashes on ordinary text, and never worse.
"""


class SuffixAutomaton:
    """Recognises every substring of a sequence of m code points, in at most 2 m states."""

    def __init__(self, codes: list[int]) -> None:
        self._next: list[dict[int, int]] = [{}]
        self._link = [-1]
        self._length = [0]
        self._first_end = [0]  # one past the end of the state's first occurrence
        last = 0
        for position, code in enumerate(codes):
            last = self._extend(last, code, position + 1)

    def longest_matches(self, codes: list[int]) -> tuple[list[int], list[int]]:
        """Return, for each place in `codes`, the longest match that ends there.

        Two lists as long as `codes`: the match's length (0 for none), and one past the end of
        its first occurrence in the automaton's sequence.
        """
        following, link, length, first_end = self._next, self._link, self._length, self._first_end
        state = matched = 0
        lengths, ends = [], []
        for code in codes:
            while state and code not in following[state]:
                state = link[state]
                matched = length[state]
            if code in following[state]:
                state = following[state][code]
                matched += 1
            lengths.append(matched)
            ends.append(first_end[state])
        return lengths, ends

    def _extend(self, last: int, code: int, end: int) -> int:
        following, link, length = self._next, self._link, self._length
        current = self._add_state(self._length[last] + 1, end, {})
        state = last
        while state != -1 and code not in following[state]:
            following[state][code] = current
            state = link[state]
        if state == -1:
            link[current] = 0
            return current
        target = following[state][code]
        if length[target] == length[state] + 1:
            link[current] = target
            return current
        clone = self._add_state(length[state] + 1, self._first_end[target], dict(following[target]))
        link[clone] = link[target]
        link[target] = link[current] = clone
        while state != -1 and following[state].get(code) == target:
            following[state][code] = clone
            state = link[state]
        return current

    def _add_state(self, length: int, first_end: int, following: dict[int, int]) -> int:
        self._next.append(following)
        self._link.append(0)
        self._length.append(length)
        self._first_end.append(first_end)
        return len(self._length) - 1
