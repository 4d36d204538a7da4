"""SHAP values of additive models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from explainers.attribution.linear_shap import LinearShap
from explainers.core import Study
from explainers.errors import UnsupportedError

Make = Callable[..., Study]


def test_reasons_add_up_with_missing_values_and_calibration(make_study: Make) -> None:
    """A lost intercept, slope or filled-in value would leave a residual."""
    study = make_study("logistic")
    ids = study.cohort.patient_ids
    attribution = LinearShap().explain(study, study.matrix, ids, "log-odds")
    assert np.isnan(study.matrix).any()
    assert np.abs(attribution.residual()).max() < 1e-9
    assert attribution.is_exact


def test_the_average_reference_patient_gets_no_reasons(make_study: Make) -> None:
    """Terms measured from zero, or from the training mean, would not average out."""
    study = make_study("logistic")
    ids = study.reference.patient_ids
    attribution = LinearShap().explain(study, study.reference_matrix, ids, "log-odds")
    np.testing.assert_allclose(attribution.values.mean(axis=0), 0, atol=1e-12)


@pytest.mark.parametrize(("family", "scale"), [("logistic", "risk"), ("xgboost", "log-odds")])
def test_what_is_not_additive_is_refused(make_study: Make, family: str, scale: str) -> None:
    study = make_study(family)
    with pytest.raises(UnsupportedError, match="linear-shap cannot explain"):
        LinearShap().explain(study, study.matrix[:1], ("p",), scale)
