"""Agreement of two reviewers: published examples, and what has no meaning."""

import krippendorff
import numpy as np
import pytest

from annotation.cleanroom.agreement import agreement_of, cohen_kappa, krippendorff_alpha

# Two readers of fifty applications: twenty accepted by both, fifteen refused by both. Kappa is known to be 0.4.
FIFTY = np.array([[20, 5, 0], [10, 15, 0], [0, 0, 0]])


def alpha_of_the_library(table: np.ndarray) -> float:
    """Each cell of the table is so many texts that got these two verdicts."""
    kinds = [np.eye(len(table), dtype=int)[a] + np.eye(len(table), dtype=int)[b] for a, b in np.ndindex(table.shape)]
    return float(
        krippendorff.alpha(
            value_counts=np.repeat(kinds, table.ravel(), axis=0),
            value_domain=np.arange(len(table)),
            level_of_measurement="nominal",
        )
    )


def test_a_published_example() -> None:
    found = agreement_of(FIFTY)
    assert (found.texts, found.agreed, found.percent) == (50, 35, 70)
    assert found.kappa == pytest.approx(0.4) and found.alpha == pytest.approx(alpha_of_the_library(FIFTY))
    assert found.percent_range == pytest.approx((56.2, 80.9), abs=0.1)
    assert found.alpha_range is not None and found.alpha_range[0] < 0.4 < found.alpha_range[1]
    assert agreement_of(FIFTY) == found


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_what_the_library_computes(seed: int) -> None:
    table = np.random.default_rng(seed).integers(0, 30, size=(3, 3))
    assert krippendorff_alpha(table) == pytest.approx(alpha_of_the_library(table))


def test_full_agreement_is_one_and_one_kind_of_verdict_says_nothing() -> None:
    assert cohen_kappa(np.diag([5, 4, 1])) == krippendorff_alpha(np.diag([5, 4, 1])) == 1
    same = agreement_of(np.diag([12, 0, 0]))
    assert (same.percent, same.kappa, same.alpha, same.alpha_range) == (100, None, None, None)
    assert agreement_of(np.zeros((3, 3), dtype=int)).percent is None
    assert agreement_of(np.array([[0, 1, 0], [0, 0, 0], [0, 0, 0]])).alpha is None
