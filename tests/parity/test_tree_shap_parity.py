"""Our SHAP values of trees beside those of shap and of XGBoost itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xgboost

from explainers.attribution.shap_package import load_shap
from explainers.attribution.tree_shap import TreeShap
from explainers.core import Attribution, Study
from explainers.core.arrays import FloatArray

N_PATIENTS = 60


@pytest.fixture(params=["nhanes_study", "heart_study"])
def study(request: pytest.FixtureRequest) -> Study:
    found: Study = request.getfixturevalue(request.param)
    return found


def explain(study: Study, method: TreeShap) -> Attribution:
    ids = study.cohort.patient_ids[:N_PATIENTS]
    return method.explain(study, study.matrix[:N_PATIENTS], ids, "log-odds")


def booster_of(study: Study) -> Any:
    return study.model._booster


def contributions_of(study: Study) -> FloatArray:
    names = list(study.model.feature_names)
    patients = xgboost.DMatrix(study.matrix[:N_PATIENTS], feature_names=names)
    return np.asarray(booster_of(study).predict(patients, pred_contribs=True), dtype=np.float64)


def test_path_dependent_values_are_those_of_xgboost(study: Study) -> None:
    """A threshold off by one step, a swapped missing branch or a wrong cover would show."""
    assert np.isnan(study.matrix[:N_PATIENTS]).any()
    ours = explain(study, TreeShap("path-dependent"))
    theirs = study.model.link.slope * contributions_of(study)
    np.testing.assert_allclose(ours.values, theirs[:, :-1], atol=1e-5)
    np.testing.assert_allclose(ours.baseline, study.model.link.intercept + theirs[:, -1], atol=1e-5)


def test_interventional_values_are_those_of_shap_on_the_booster(study: Study) -> None:
    """shap reads the booster by itself: our trees must be the same trees."""
    shap = load_shap()
    reference = study.reference_matrix
    masker = shap.maskers.Independent(reference, max_samples=len(reference))
    explainer = shap.TreeExplainer(booster_of(study), masker)
    theirs = study.model.link.slope * explainer.shap_values(study.matrix[:N_PATIENTS])
    ours = explain(study, TreeShap())
    np.testing.assert_allclose(ours.values, theirs, atol=1e-5)
    assert np.abs(ours.residual()).max() < 1e-6
