"""How long a shared passage is as it was written, with its signs and blanks: of code and mathematics they are a half.

The other lengths count letters alone. `for num in nums: if count == 0:` is worth twelve full characters so, as a name of
two words is; but nobody arrives at forty written characters of it, sign by sign, without having seen them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.normalise import Normalised

LEAST_RUN = 16  # normalised characters: no shorter passage comes near the thresholds, and none is looked at
MOST_BETWEEN = 3  # what one character counts at most with the signs and blanks behind it: an indent, a row of dashes


def written_length(text: Normalised, reference: Normalised, span: Sequence[int], counted: NDArray[np.bool_]) -> int:
    """Return how many original characters of both a passage has; `span` is its start, end and start in the reference.

    `counted`, bool of shape (n,): the characters of the text that count. Each is as long as the way to the next, in the
    original where that is shorter; the last of the passage as itself.
    """
    start, end, reference_start = span
    mine = np.diff(text.offsets[start:end])
    theirs = np.diff(reference.offsets[reference_start : reference_start + end - start])
    steps = np.minimum(np.minimum(mine, theirs), MOST_BETWEEN)
    return int(np.append(steps, 1)[counted[start:end]].sum())
