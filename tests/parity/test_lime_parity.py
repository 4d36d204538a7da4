"""Our LIME values beside those of the lime package used directly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import lime.lime_tabular
import numpy as np
import pytest

from explainers.attribution.lime_sampling import (
    describe_columns,
    filled_reference,
    invent_patients,
)
from explainers.attribution.lime_tabular import LimeTabular
from explainers.core import Column, Study
from explainers.core.arrays import FloatArray

STUDIES = ["nhanes_study", "logistic_study", "forest_study", "heart_study"]
N_SAMPLES = 1000


def number(name: str) -> Column:
    return Column(name, name, "number")


def explainer_of_lime(
    reference: FloatArray, columns: list[Column], seed: int, **settings: Any
) -> Any:
    return lime.lime_tabular.LimeTabularExplainer(
        reference,
        categorical_features=[at for at, column in enumerate(columns) if not column.is_numeric],
        random_state=np.random.RandomState(seed),
        **settings,
    )


def by_lime(study: Study, row: FloatArray, scale: Any, *, selection: str = "none") -> Any:
    """lime in regression on the inputs that were measured, the others held missing."""
    measured = np.flatnonzero(~np.isnan(row))
    columns = [study.model.columns[at] for at in measured]
    reference = filled_reference(study.reference_matrix[:, measured], columns)

    def predict(invented: FloatArray) -> FloatArray:
        rows = np.full((len(invented), len(row)), np.nan)
        rows[:, measured] = invented
        return study.predict(rows, scale)

    return explainer_of_lime(
        reference, columns, study.seed, mode="regression", feature_selection=selection
    ).explain_instance(row[measured], predict, num_features=len(measured), num_samples=N_SAMPLES)


def weights_of(theirs: Any, row: FloatArray) -> FloatArray:
    weights = np.zeros(len(row))
    measured = np.flatnonzero(~np.isnan(row))
    for position, weight in theirs.local_exp[1]:
        weights[measured[position]] = weight
    return weights


def complete_rows(study: Study) -> FloatArray:
    rows: FloatArray = study.matrix[~np.isnan(study.matrix).any(axis=1)]
    return rows


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

    columns = list(study.model.columns)
    theirs = explainer_of_lime(
        filled_reference(study.reference_matrix, columns),
        columns,
        study.seed,
        mode="classification",
        feature_selection="none",
    ).explain_instance(row, probabilities, labels=(1,), num_samples=5000)
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


@pytest.mark.parametrize("scale", ["risk", "log-odds"])
@pytest.mark.parametrize("fixture", STUDIES)
def test_values_are_those_of_lime_with_and_without_missing_inputs(
    request: pytest.FixtureRequest, fixture: str, scale: Any
) -> None:
    """Invented patients shared by patients who do not have the same inputs would show."""
    study: Study = request.getfixturevalue(fixture)
    complete = complete_rows(study)[:2]
    with_gaps = complete.copy()
    with_gaps[0, [0, 2]] = np.nan
    with_gaps[1, -1] = np.nan
    rows = np.vstack([complete, with_gaps])
    ours = LimeTabular(N_SAMPLES).explain(study, rows, ("a", "b", "c", "d"), scale)
    assert ours.local_fit is not None
    for at, row in enumerate(rows):
        theirs = by_lime(study, row, scale)
        np.testing.assert_allclose(ours.values[at], weights_of(theirs, row), atol=1e-9)
        assert ours.baseline[at] == pytest.approx(theirs.intercept[1], abs=1e-9)
        assert ours.local_fit[at] == pytest.approx(theirs.score, abs=1e-9)


@pytest.mark.parametrize("fixture", STUDIES)
def test_each_of_many_seeds_gives_what_lime_gives_for_it(
    request: pytest.FixtureRequest, fixture: str
) -> None:
    """One stream of random numbers for all seeds would be as random and not reproducible."""
    study: Study = request.getfixturevalue(fixture)
    row = complete_rows(study)[0]
    seeds = (0, 7, 2**32 - 1)
    for seed, ours in zip(
        seeds, LimeTabular(N_SAMPLES).explain_seeds(study, row, seeds, "risk"), strict=True
    ):
        theirs = by_lime(replace(study, seed=seed), row, "risk")
        np.testing.assert_allclose(ours.weights, weights_of(theirs, row), atol=1e-9)
        assert ours.intercept == pytest.approx(theirs.intercept[1], abs=1e-9)
        assert ours.r_squared == pytest.approx(theirs.score, abs=1e-9)


@pytest.mark.parametrize("n_measured", [5, 13])
def test_all_inputs_selected_are_the_same_fit_however_lime_selects_them(
    forest_study: Study, n_measured: int
) -> None:
    """lime's default selects step by step up to six inputs and by weight beyond."""
    row = complete_rows(forest_study)[0]
    row[n_measured:] = np.nan
    theirs = by_lime(forest_study, row, "risk", selection="auto")
    ours = LimeTabular(N_SAMPLES).explain(forest_study, row[None, :], ("p",), "risk")
    np.testing.assert_allclose(ours.values[0], weights_of(theirs, row), atol=1e-9)


def awkward_reference() -> tuple[FloatArray, list[Column]]:
    """Columns in which quartiles coincide, bins are empty, narrow, lopsided or huge."""
    rng = np.random.default_rng(3)
    ones_and_more = np.where(np.arange(100) < 40, 1.0, rng.normal(50, 9, 100))
    columns = {
        "usual": rng.normal(size=100),
        "same": np.full(100, 7.0),
        "two": np.where(np.arange(100) < 50, 3.0, 4.0),
        "many lowest": ones_and_more,
        "many highest": -ones_and_more,
        "lopsided": np.exp(rng.normal(0, 4, 100)),
        "huge": 1e9 + np.round(rng.normal(0, 1, 100)),
        "counts": rng.poisson(1.5, 100).astype(float),
    }
    level = Column("level", "Level", "category", levels=tuple("abcdef"))
    matrix = np.column_stack([*columns.values(), rng.choice([0.0, 2.0, 5.0], 100)])
    return matrix, [*(number(name) for name in columns), level]


@pytest.mark.parametrize("seed", range(5))
def test_invented_patients_are_those_of_lime_for_awkward_columns(seed: int) -> None:
    """A bin without width uses up no random number; taking one would shift all later columns."""
    reference, columns = awkward_reference()
    asked: list[FloatArray] = []

    def listen(invented: FloatArray) -> FloatArray:
        asked.append(invented)
        return invented[:, 0]

    explainer_of_lime(reference, columns, seed, mode="regression").explain_instance(
        reference[0], listen, num_samples=2000
    )
    ours = invent_patients(describe_columns(reference, columns), 2000, np.random.RandomState(seed))
    np.testing.assert_allclose(ours.values.T, asked[0][1:], rtol=1e-9, atol=1e-9)
