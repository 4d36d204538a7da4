"""Our LIME values beside those of the lime package used directly."""

from __future__ import annotations

import lime.lime_tabular
import numpy as np
import pytest

from explainers.attribution.lime_tabular import LimeTabular, filled_reference
from explainers.core import Study
from explainers.core.arrays import FloatArray


@pytest.mark.parametrize("fixture", ["nhanes_study", "logistic_study", "forest_study"])
def test_values_are_those_of_lime_in_classification(
    request: pytest.FixtureRequest, fixture: str
) -> None:
    """Weights filed under the wrong class or column, or another seed, would show."""
    study: Study = request.getfixturevalue(fixture)
    complete = np.flatnonzero(~np.isnan(study.matrix).any(axis=1))[0]
    row = study.matrix[complete]

    def probabilities(patients: FloatArray) -> FloatArray:
        risk = study.predict(patients, "risk")
        return np.column_stack([1 - risk, risk])

    explainer = lime.lime_tabular.LimeTabularExplainer(
        filled_reference(study.reference_matrix, list(study.model.columns)),
        mode="classification",
        categorical_features=[
            at for at, column in enumerate(study.model.columns) if not column.is_numeric
        ],
        feature_selection="none",
        random_state=np.random.RandomState(study.seed),
    )
    theirs = explainer.explain_instance(row, probabilities, labels=(1,), num_samples=5000)
    patient = study.cohort.patient_ids[complete]
    ours = LimeTabular().explain(study, row[None, :], (patient,), "risk")
    weights = dict(theirs.local_exp[1])
    expected = [weights[at] for at in range(len(row))]
    np.testing.assert_allclose(ours.values[0], expected, atol=1e-9)
    assert ours.baseline[0] == pytest.approx(theirs.intercept[1], abs=1e-9)
    assert ours.local_fit is not None
    assert ours.local_fit[0] == pytest.approx(theirs.score, abs=1e-9)
    local_prediction = ours.baseline[0] + ours.values[0].sum()
    assert local_prediction == pytest.approx(theirs.local_pred[0], abs=1e-9)
