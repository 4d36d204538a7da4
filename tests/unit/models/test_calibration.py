"""Logistic recalibration against statsmodels, and where Newton's full step runs away."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit

from explainers.errors import RecipeError
from explainers.models.calibration import fit_calibration


def test_intercept_and_slope_are_those_of_an_unpenalised_logistic_regression() -> None:
    rng = np.random.default_rng(0)
    score = rng.normal(0, 2, 800)
    labels = (rng.random(800) < expit(-0.4 + 0.6 * score)).astype(float)
    link = fit_calibration(score, labels, "log-odds")
    oracle = sm.GLM(labels, sm.add_constant(score), family=sm.families.Binomial()).fit()
    np.testing.assert_allclose([link.intercept, link.slope], oracle.params, atol=2e-6)


def test_scores_of_pure_leaves_are_calibrated_and_not_called_a_leak() -> None:
    """A full step overshot, and a decision tree was refused for separating the outcome."""
    rng = np.random.default_rng(1)
    score = rng.choice([-13.8, -2.0, 0.5, 13.8], 300, p=[0.4, 0.2, 0.2, 0.2])
    labels = (rng.random(300) < expit(0.15 * score)).astype(float)
    link = fit_calibration(score, labels, "log-odds")
    oracle = sm.GLM(labels, sm.add_constant(score), family=sm.families.Binomial()).fit()
    np.testing.assert_allclose([link.intercept, link.slope], oracle.params, atol=2e-6)


def test_scores_that_separate_the_outcome_are_refused() -> None:
    labels = np.repeat([0.0, 1.0], 50)
    with pytest.raises(RecipeError):
        fit_calibration(np.linspace(-3, 3, 100), labels, "log-odds")


def test_scores_that_fall_with_the_risk_are_refused() -> None:
    rng = np.random.default_rng(2)
    score = rng.normal(size=400)
    labels = (rng.random(400) < expit(-score)).astype(float)
    with pytest.raises(RecipeError, match="must rise"):
        fit_calibration(score, labels, "log-odds")
