"""Kernel SHAP beside shap's own, beside exact values of trees, and beside those of sums."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.attribution.kernel_shap import KernelShap
from explainers.attribution.linear_shap import LinearShap
from explainers.attribution.shap_package import load_shap
from explainers.attribution.tree_shap import TreeShap
from explainers.core import Cohort, Study
from explainers.core.arrays import FloatArray
from explainers.core.link import Scale

# Features that vary in the small games below.
N_PLAYERS = 7


def small_game(study: Study, n_reference: int = 12) -> Study:
    """Reference patients who differ from the study's first patient in a few features only."""
    patient = study.cohort.select(study.cohort.patient_ids[:1]).frame
    names = [column.name for column in study.model.columns[-N_PLAYERS:]]
    frame = study.reference.frame.iloc[:n_reference].copy()
    for name in frame.columns.difference(names):
        frame[name] = patient[name].iloc[0]
    return replace(study, reference=Cohort(frame, study.cohort.schema))


def explained_by_shap(study: Study, scale: Scale) -> FloatArray:
    """Values (p,) of the first patient by shap.KernelExplainer with every coalition."""
    explainer = load_shap().KernelExplainer(
        lambda matrix: study.predict(matrix, scale), study.reference_matrix
    )
    found = explainer.shap_values(study.matrix[0], nsamples=2**N_PLAYERS, l1_reg=False, silent=True)
    return np.asarray(found, dtype=np.float64)


@pytest.mark.parametrize("scale", ["risk", "log-odds"])
@pytest.mark.parametrize("fixture", ["nhanes_study", "forest_study", "logistic_study"])
def test_with_all_coalitions_we_say_what_shap_says(
    request: pytest.FixtureRequest, fixture: str, scale: Scale
) -> None:
    study = small_game(request.getfixturevalue(fixture))
    ids = study.cohort.patient_ids[:1]
    found = KernelShap().explain(study, study.matrix[:1], ids, scale)
    assert found.is_exact
    assert np.count_nonzero(found.values) > 3
    np.testing.assert_allclose(found.values[0], explained_by_shap(study, scale), atol=1e-6)


def test_of_a_sum_any_sample_gives_the_exact_values(logistic_study: Study) -> None:
    """The regression fits a model without interactions without a residual, hence error."""
    rows, ids = logistic_study.matrix[:2], logistic_study.cohort.patient_ids[:2]
    exact = LinearShap().explain(logistic_study, rows, ids, "log-odds").values
    sampled = KernelShap(128).explain(logistic_study, rows, ids, "log-odds")
    assert not sampled.is_exact
    np.testing.assert_allclose(sampled.values, exact, atol=1e-9)
    assert sampled.std_error is not None
    assert sampled.std_error.max() < 1e-9


def test_of_trees_the_sample_stays_within_its_error(nhanes_study: Study) -> None:
    """20 features cannot be enumerated; what is drawn must be right for the rest."""
    study = replace(
        nhanes_study, reference=nhanes_study.cohort.select(nhanes_study.cohort.patient_ids[-20:])
    )
    rows, ids = study.matrix[:2], study.cohort.patient_ids[:2]
    exact = TreeShap().explain(study, rows, ids, "log-odds").values
    sampled = KernelShap(1024).explain(study, rows, ids, "log-odds")
    assert sampled.std_error is not None
    assert np.abs(sampled.values - exact).max() > 1e-6
    assert (np.abs(sampled.values - exact) <= 4 * sampled.std_error + 1e-6).all()
