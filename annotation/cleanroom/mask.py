"""What does not count, because the writer took it from the question: people quote what they answer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.fingerprints import text_grams
from annotation.cleanroom.hashing import GRAM
from annotation.cleanroom.normalise import Normalised


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
        return self.mask_grams(text_grams(text), len(text))

    def mask_grams(self, grams: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
        """Tell the same of a text of `length` characters by its 8-grams."""
        is_quoted = found_in(grams, self._grams)
        return cover(is_quoted, GRAM, length) if is_quoted.any() else np.zeros(length, dtype=np.bool_)


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
