from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from explainers.core import Link, TreeEnsemble


def test_log_odds_become_risk_through_the_calibration() -> None:
    link = Link("log-odds", intercept=0.5, slope=2.0)
    score = np.array([-1.0, 0.0, 1.0])
    np.testing.assert_allclose(link.log_odds(score), [-1.5, 0.5, 2.5])
    np.testing.assert_allclose(link.risk(score), expit([-1.5, 0.5, 2.5]))
    np.testing.assert_array_equal(link.to_scale(score, "risk"), link.risk(score))
    np.testing.assert_array_equal(link.to_scale(score, "log-odds"), link.log_odds(score))


def test_unanimous_forests_stay_finite() -> None:
    """Prevents an infinite bar where all trees agree."""
    link = Link("probability", slope=1.5)
    assert np.isfinite(link.log_odds(np.array([0.0, 1.0]))).all()
    np.testing.assert_allclose(link.log_odds(np.array([0.3])), 1.5 * logit(0.3))


@pytest.mark.parametrize(
    ("kind", "scale", "affine"),
    [
        ("log-odds", "log-odds", True),
        ("log-odds", "risk", False),
        ("probability", "log-odds", False),
        ("probability", "risk", False),
    ],
)
def test_a_straight_line_is_claimed_only_where_there_is_one(
    kind: str,
    scale: str,
    affine: bool,  # noqa: FBT001 - a parameter of a table
) -> None:
    """Prevents SHAP values of the score from being stretched onto a curved scale."""
    link = Link(kind, intercept=0.1, slope=0.7)  # type: ignore[arg-type]
    assert link.is_affine(scale) is affine  # type: ignore[arg-type]


@pytest.fixture
def ensemble() -> TreeEnsemble:
    """Two trees: a <= 1 (missing right) then b <= 0 (missing left); and a single leaf."""
    return TreeEnsemble(
        feature=np.array([0, -1, 1, -1, -1, -1]),
        threshold=np.array([1.0, np.nan, 0.0, np.nan, np.nan, np.nan]),
        left=np.array([1, -1, 3, -1, -1, -1]),
        right=np.array([2, -1, 4, -1, -1, -1]),
        missing_goes_left=np.array([0, 0, 1, 0, 0, 0]),
        value=np.array([0.0, 10.0, 0.0, 20.0, 30.0, 0.5]),
        cover=np.ones(6),
        roots=np.array([0, 5]),
        constant=100.0,
    )


def test_patients_reach_the_right_leaves(ensemble: TreeEnsemble) -> None:
    patients = np.array(
        [
            [1.0, 9.0],
            [1.0 + 1e-9, 9.0],
            [1.0 + 1e-6, 9.0],
            [2.0, 0.0],
            [np.nan, np.nan],
            [np.nan, 1],
        ]
    )
    np.testing.assert_array_equal(ensemble.leaves(patients)[:, 0], [1, 1, 4, 3, 3, 4])
    np.testing.assert_array_equal(ensemble.leaves(patients)[:, 1], 5)
    expected = 100.5 + np.array([10.0, 10.0, 30.0, 20.0, 20.0, 30.0])
    np.testing.assert_array_equal(ensemble.score(patients), expected)
    assert ensemble.n_trees == 2


def test_trees_cannot_be_changed(ensemble: TreeEnsemble) -> None:
    with pytest.raises(ValueError, match="read-only"):
        ensemble.value[0] = 1.0


def test_nobody_has_no_score(ensemble: TreeEnsemble) -> None:
    assert ensemble.score(np.empty((0, 2))).shape == (0,)
