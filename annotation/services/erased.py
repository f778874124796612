"""What can still be said of references whose text was erased: their fingerprints stayed, and a copy of one shares them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.fingerprints import SKELETON_GRAM, Fingerprints, skeleton_grams, text_grams
from annotation.cleanroom.normalise import normalise
from annotation.services.reference_index import Found

ERASED_REFERENCE = "erased_reference"

# Winnowing keeps at least one hash of every five consecutive 8-grams, so that a shared run of n characters shares at
# least ceil((n - 11) / 5) hashes: every run of 22 or more shares three, and the engine blocks from a run of 24. Three by
# chance need a run of 18 on average, from which the engine asks for a review, and a review is all that is asked for here.
SHARED_HASHES = 3


@dataclass(frozen=True, slots=True)
class ErasedMatch:
    """A reference without text that shares too many fingerprints: of `hashes` that the text has, `shared`."""

    reference_id: int
    shared: int
    hashes: int


def erased_matches(fingerprints: Fingerprints, found: Found, prompts: Sequence[str]) -> tuple[ErasedMatch, ...]:
    """Return the erased references that share `SHARED_HASHES` or more with a text, or all where the text has fewer.

    `found` is what the index holds of the text's fingerprints. Stop-grams have left them already; what the text quotes
    from `prompts` is left out here. 8-grams and skeleton grams count apart, so that one long name does not reach the
    number by being in both.
    """
    # Hardly any are erased, but tens of thousands of rows may be found: what follows looks at the erased ones alone.
    is_erased = np.isin(found.references, found.erased)
    if not is_erased.any():
        return ()
    hashes, holders = found.hashes[is_erased], found.references[is_erased]
    quoted = _quoted(prompts)
    matches: dict[int, ErasedMatch] = {}
    for kind, is_skeleton in ((fingerprints.grams, False), (fingerprints.skeleton, True)):
        informative = np.setdiff1d(kind, quoted)
        # The skeleton of a short text is a name or two, and proves nothing by being shared whole.
        needed = SHARED_HASHES if is_skeleton else min(SHARED_HASHES, len(informative))
        if not needed:
            continue
        references, counts = np.unique(holders[np.isin(hashes, informative)], return_counts=True)
        for reference, shared in zip(references[counts >= needed], counts[counts >= needed], strict=True):
            matches.setdefault(int(reference), ErasedMatch(int(reference), int(shared), len(informative)))
    return tuple(matches[pk] for pk in sorted(matches))


def erased_reasons(matches: Sequence[ErasedMatch]) -> list[dict[str, Any]]:
    """Return the matches as a stored report tells its reasons."""
    return [
        {
            "code": ERASED_REFERENCE,
            "outcome": "review",
            "reference": match.reference_id,
            "numbers": {"shared": match.shared, "hashes": match.hashes},
        }
        for match in matches
    ]


def _quoted(prompts: Sequence[str]) -> NDArray[np.int64]:
    """Every gram of the prompts, thinned by nothing: whatever of theirs a text's fingerprints hold is in it."""
    grams: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    for prompt in prompts:
        readable = normalise(prompt, lenient=True)
        grams += [text_grams(readable), skeleton_grams(readable, SKELETON_GRAM)[0]]
    return np.unique(np.concatenate(grams))
