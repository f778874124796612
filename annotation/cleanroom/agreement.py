"""How well two reviewers agree: percent, Cohen's kappa, Krippendorff's alpha, with intervals. Numbers only, no rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.calibration import wilson

# Each resample draws as many texts as there are; the interval holds the middle 95 in a hundred.
RESAMPLES = 300
MIDDLE = (2.5, 97.5)
# Of more texts than this the intervals are narrower than anybody needs, and drawing them takes long.
MOST_RESAMPLED = 2000
FEWEST_FOR_INTERVAL = 10


@dataclass(frozen=True, slots=True)
class Agreement:
    """`percent` and its interval are of 100; kappa and alpha are 1 for full agreement and 0 for what chance gives.

    Those are None where they mean nothing: there is no text, or nobody ever gave more than one kind of verdict. The
    intervals of few texts are None too.
    """

    texts: int
    agreed: int
    percent: float | None
    percent_range: tuple[float, float] | None
    kappa: float | None
    alpha: float | None
    alpha_range: tuple[float, float] | None


def agreement_of(table: NDArray[np.int64], *, with_range: bool = True) -> Agreement:
    """Return the agreement of pairs of verdicts, counted in a square table: row of the first, column of the second."""
    texts, agreed = int(table.sum()), int(np.trace(table))
    if not texts:
        return Agreement(0, 0, None, None, None, None, None)
    share, low, high = wilson(agreed, texts)
    alpha = krippendorff_alpha(table)
    has_range = with_range and alpha is not None and FEWEST_FOR_INTERVAL <= texts <= MOST_RESAMPLED
    return Agreement(
        texts=texts,
        agreed=agreed,
        percent=100 * share,
        percent_range=(100 * low, 100 * high),
        kappa=cohen_kappa(table),
        alpha=alpha,
        alpha_range=_alpha_range(table) if has_range else None,
    )


def cohen_kappa(table: NDArray[np.int64]) -> float | None:
    """Return Cohen's kappa (1960) of the first readers and the second; None where chance alone would always agree."""
    shares = table / table.sum()
    by_chance = float(shares.sum(axis=1) @ shares.sum(axis=0))
    return None if by_chance == 1 else (float(np.trace(shares)) - by_chance) / (1 - by_chance)


def krippendorff_alpha(table: NDArray[np.int64]) -> float | None:
    """Return Krippendorff's alpha (2011) for names without order; None where there is one text, or one kind of verdict.

    Of two verdicts a text it is 1 - observed / expected disagreement of their coincidences. The library that computes it for any
    number of readers may not be passed on with a product; a test compares the two.
    """
    if np.count_nonzero(table.sum(axis=0) + table.sum(axis=1)) < 2 or table.sum() < 2:
        return None
    coincidences = (table + table.T).astype(float)
    total = float(coincidences.sum())
    observed = total - float(np.trace(coincidences))
    expected = (total**2 - float((coincidences.sum(axis=1) ** 2).sum())) / (total - 1)
    return 1 - observed / expected


def _alpha_range(table: NDArray[np.int64]) -> tuple[float, float]:
    """Return the interval of alpha by resampling texts; the same table gives the same interval."""
    texts = int(table.sum())
    drawn = np.random.default_rng(0).multinomial(texts, table.ravel() / texts, size=RESAMPLES)
    found = [krippendorff_alpha(one.reshape(table.shape)) for one in drawn]
    low, high = np.percentile([1.0 if alpha is None else alpha for alpha in found], MIDDLE)
    return float(low), float(high)
