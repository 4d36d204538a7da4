"""Partial dependence against scikit-learn, on a real model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import partial_dependence

from explainers.core import Study
from explainers.core.arrays import FloatArray
from explainers.effects import estimate_partial_dependence


class RiskRegressor(RegressorMixin, BaseEstimator):
    """A study's risk, as scikit-learn wants to see it."""

    def __init__(self, study: Study) -> None:
        self.study = study

    def fit(self, patients: FloatArray, labels: FloatArray) -> RiskRegressor:  # noqa: ARG002
        self.fitted_ = True
        return self

    def predict(self, patients: FloatArray) -> FloatArray:
        return self.study.predict(np.asarray(patients), "risk")


@pytest.mark.parametrize("feature", ["age_years", "hdl_cholesterol_mg_dl", "general_health"])
def test_partial_dependence_agrees_with_scikit_learn(nhanes_study: Study, feature: str) -> None:
    """Prevents averaging over the wrong axis, or over log-odds and then turning into risk."""
    position = nhanes_study.model.feature_names.index(feature)
    ours = estimate_partial_dependence(nhanes_study, feature, n_patients=len(nhanes_study.cohort))
    theirs = partial_dependence(
        RiskRegressor(nhanes_study).fit(nhanes_study.matrix, nhanes_study.labels),
        nhanes_study.matrix,
        [position],
        method="brute",
        custom_values={position: ours.curve.x},
    )
    np.testing.assert_allclose(ours.curve.y, theirs["average"][0], atol=1e-12)


def test_risk_scale_is_not_the_transformed_log_odds_curve(nhanes_study: Study) -> None:
    risk = estimate_partial_dependence(nhanes_study, "age_years", n_patients=200)
    log_odds = estimate_partial_dependence(
        nhanes_study, "age_years", n_patients=200, scale="log-odds"
    )
    assert np.abs(risk.curve.y - expit(log_odds.curve.y)).max() > 0.01
