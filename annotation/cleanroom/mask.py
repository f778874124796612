"""What does not count, because the writer took it from the question: people quote what they answer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.fingerprints import text_grams
from annotation.cleanroom.hashing import GRAM
from annotation.cleanroom.normalise import Normalised


def quoted_mask(text: Normalised, prompts: Sequence[Normalised]) -> NDArray[np.bool_]:
    """Tell which characters stand in passages of 8 or more that also stand in a prompt.

    Shape (n,). A passage of 8 or more characters is exactly a chain of shared 8-grams, so their
    union is the union of all maximal passages.
    """
    quotable = [text_grams(prompt) for prompt in prompts]
    grams = text_grams(text)
    if not quotable or not len(grams):
        return np.zeros(len(text), dtype=np.bool_)
    return cover(found_in(grams, np.concatenate(quotable)), GRAM, len(text))


def found_in(grams: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which grams are among the others; the shape of `grams`. Half of what numpy's isin takes on short texts."""
    if not len(others):
        return np.zeros(len(grams), dtype=np.bool_)
    ordered = np.sort(others)
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
