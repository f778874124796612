"""What does not count, because the writer took it from the question: people quote what they answer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.fingerprints import text_grams
from annotation.cleanroom.hashing import GRAM
from annotation.cleanroom.normalise import Normalised, Shelf


class Quotable:
    """What a text may quote: every passage of 8 or more characters of the prompts."""

    def __init__(self, prompts: Sequence[Normalised]) -> None:
        grams = [text_grams(prompt) for prompt in prompts]
        self._grams = np.unique(np.concatenate(grams)) if grams else np.empty(0, dtype=np.int64)

    def mask(self, text: Normalised) -> NDArray[np.bool_]:
        """Tell which characters stand in passages of 8 or more that also stand in a prompt.

        Shape (n,). A passage of 8 or more characters is exactly a chain of shared 8-grams, so their
        union is the union of all maximal passages.
        """
        if not len(self._grams) or len(text) < GRAM:
            return np.zeros(len(text), dtype=np.bool_)
        return cover(found_in(text_grams(text), self._grams), GRAM, len(text))

    def mask_all(self, shelf: Shelf) -> NDArray[np.bool_]:
        """Tell of all texts of a shelf at once what `mask` tells of each; shape (m,) for m characters together."""
        joined, owners = shelf.joined, shelf.owners
        is_quoted = found_in(text_grams(joined), self._grams)
        if not is_quoted.any():
            return np.zeros(len(joined), dtype=np.bool_)
        is_quoted &= owners[: 1 - GRAM] == owners[GRAM - 1 :]
        return cover(is_quoted, GRAM, len(joined))


def found_in(grams: NDArray[np.int64], ordered: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which grams are among sorted others; the shape of `grams`."""
    if not len(ordered):
        return np.zeros(len(grams), dtype=np.bool_)
    at = np.searchsorted(ordered, grams)
    at[at == len(ordered)] = 0
    return np.equal(ordered[at], grams)


def cover(starts: NDArray[np.bool_], size: int, length: int) -> NDArray[np.bool_]:
    """Tell which of `length` characters lie in a gram of `size` that starts where `starts` is true.

    `starts` has shape (..., max(0, length - size + 1)); the result has shape (..., length).
    """
    covered = np.zeros((*starts.shape[:-1], length), dtype=np.bool_)
    if length < size:
        return covered
    covered[..., : starts.shape[-1]] = starts
    reach = 1
    while reach < size:
        step = min(reach, size - reach)
        covered[..., step:] |= covered[..., :-step]
        reach += step
    return covered
