from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from explainers.errors import RecipeError
from explainers.models.calibration import fit_calibration
from explainers.models.split import assign_folds, draw_test_patients


@pytest.fixture
def outcomes() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rng = np.random.default_rng(0)
    drawn = (rng.random((2001, 2)) < [0.1, 0.3]).astype(float)
    drawn[rng.random(2001) < 0.05, 1] = np.nan
    return drawn


@pytest.mark.parametrize("fraction", [0.1, 0.4, 0.5])
def test_every_stratum_gives_its_share(
    outcomes: np.ndarray[tuple[int, int], np.dtype[np.float64]], fraction: float
) -> None:
    """Prevents rare outcomes from landing on one side."""
    is_test = draw_test_patients(outcomes, 0, test_fraction=fraction, seed=3)
    assert is_test.sum() == pytest.approx(2001 * fraction, abs=1)
    for a in (0.0, 1.0):
        for b in (0.0, 1.0):
            stratum = (outcomes == [a, b]).all(axis=1)
            assert is_test[stratum].sum() == pytest.approx(stratum.sum() * fraction, abs=1)


def test_the_split_is_seeded_and_the_same_for_all_outcomes(
    outcomes: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> None:
    first = draw_test_patients(outcomes, 0, test_fraction=0.5, seed=3)
    other = draw_test_patients(outcomes, 1, test_fraction=0.5, seed=3)
    np.testing.assert_array_equal(first, draw_test_patients(outcomes, 0, test_fraction=0.5, seed=3))
    assert (first != draw_test_patients(outcomes, 0, test_fraction=0.5, seed=4)).any()
    labelled = ~np.isnan(outcomes[:, 1])
    np.testing.assert_array_equal(first[labelled], other[labelled])
    assert other[~labelled].all()


def test_folds_share_events_evenly() -> None:
    labels = (np.arange(103) < 17).astype(float)
    folds = assign_folds(labels, n_folds=5, seed=0)
    assert set(np.bincount(folds)) == {20, 21}
    assert set(np.bincount(folds[labels == 1])) == {3, 4}


def test_calibration_is_the_maximum_likelihood_fit() -> None:
    """Prevents a slope or intercept that leaves predicted and observed totals apart."""
    rng = np.random.default_rng(0)
    score = rng.normal(size=800)
    labels = (rng.random(800) < expit(0.5 + 0.6 * score)).astype(float)
    link = fit_calibration(score, labels, "log-odds")
    expected = LogisticRegression(C=np.inf, tol=1e-10).fit(score[:, None], labels)
    assert link.intercept == pytest.approx(expected.intercept_[0], abs=1e-5)
    assert link.slope == pytest.approx(expected.coef_[0, 0], abs=1e-5)
    assert link.risk(score).sum() == pytest.approx(labels.sum(), abs=1e-2)


def test_calibration_of_a_probability_works_on_its_log_odds() -> None:
    rng = np.random.default_rng(0)
    score = rng.uniform(0.02, 0.98, 800)
    labels = (rng.random(800) < score).astype(float)
    link = fit_calibration(score, labels, "probability")
    assert fit_calibration(logit(score), labels, "log-odds").slope == link.slope


@pytest.mark.parametrize(
    ("score", "rule"),
    [
        (np.r_[np.zeros(50), np.ones(50)], "without error"),
        (np.zeros(100), "without error|rise"),
        (np.r_[np.linspace(0, 1, 50), np.linspace(-0.5, 0.5, 50)], "must rise"),
    ],
    ids=["separated", "constant", "falling"],
)
def test_scores_that_cannot_be_calibrated_are_refused(
    score: np.ndarray[tuple[int], np.dtype[np.float64]], rule: str
) -> None:
    labels = np.r_[np.zeros(50), np.ones(50)]
    with pytest.raises(RecipeError, match=rule):
        fit_calibration(score, labels, "log-odds")
