from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from explainers.core import AdditiveModel, Study, TreeModel
from explainers.core.encoding import encode
from explainers.errors import NotFoundError, SettingsError


def test_a_study_agrees_with_its_model(heart_study: Study) -> None:
    expected = heart_study.model.predict_risk(heart_study.cohort.frame)
    np.testing.assert_array_equal(heart_study.risk, expected)
    np.testing.assert_array_equal(heart_study.predict(heart_study.matrix, "risk"), expected)
    log_odds = heart_study.predict(heart_study.matrix, "log-odds")
    np.testing.assert_allclose(np.log(expected / (1 - expected)), log_odds, atol=1e-9)
    assert heart_study.is_labelled.all()


def test_rows_are_found_by_patient(heart_study: Study) -> None:
    third = heart_study.cohort.patient_ids[2]
    np.testing.assert_array_equal(heart_study.rows_of([third]), heart_study.matrix[2:3])
    with pytest.raises(NotFoundError):
        heart_study.rows_of(["nobody"])


def test_arrays_of_a_study_cannot_be_changed(heart_study: Study) -> None:
    for array in (heart_study.matrix, heart_study.reference_matrix, heart_study.risk):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


@pytest.mark.parametrize("threshold", [0.0, 1.0, -0.1, float("nan")])
def test_impossible_thresholds_are_refused(heart_study: Study, threshold: float) -> None:
    with pytest.raises(SettingsError, match="threshold"):
        heart_study.with_threshold(threshold)


def test_another_threshold_changes_nothing_else(heart_study: Study) -> None:
    other = heart_study.with_threshold(0.4)
    assert other.threshold == 0.4
    np.testing.assert_array_equal(other.risk, heart_study.risk)


def test_a_study_needs_a_reference(heart_study: Study) -> None:
    with pytest.raises(SettingsError, match="reference"):
        dataclasses.replace(heart_study, reference=heart_study.cohort.select([]))


def test_provenance_names_model_patients_and_reference(heart_study: Study) -> None:
    provenance = heart_study.provenance("toy", n=3)
    assert provenance.model_digest == heart_study.model.digest
    assert provenance.cohort_digest == heart_study.cohort.digest
    assert provenance.reference_digest == heart_study.reference.digest
    assert provenance.settings == {"n": 3}


def test_models_are_what_they_say(
    heart_study: Study, forest_study: Study, logistic_study: Study
) -> None:
    """Prevents the wrong exact method from being chosen for a model."""
    for study, is_tree in ((heart_study, True), (forest_study, True), (logistic_study, False)):
        assert isinstance(study.model, TreeModel) is is_tree
        assert isinstance(study.model, AdditiveModel) is not is_tree
        np.testing.assert_array_equal(encode(study.cohort.frame, study.model.columns), study.matrix)
