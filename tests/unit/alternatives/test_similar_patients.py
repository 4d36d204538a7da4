from __future__ import annotations

import json

import numpy as np
import pytest

from explainers.alternatives import (
    SimilarPatients,
    build_attribution_space,
    build_space,
    find_similar_patients,
)
from explainers.core import Attribution, Column, Study
from explainers.core.arrays import FloatArray
from explainers.errors import SettingsError
from explainers.uncertainty import proportion_interval

COLUMNS = (
    Column("a", "A", "number"),
    Column("b", "B", "number"),
    Column("c", "C", "category", levels=("x", "y", "z")),
)


def plain_distance(first: FloatArray, second: FloatArray, spread: FloatArray) -> float:
    steps = []
    for at in range(3):
        if np.isnan(first[at]) or np.isnan(second[at]):
            continue
        if at == 2:
            steps.append(float(first[at] != second[at]))
        else:
            steps.append(((first[at] - second[at]) / spread[at]) ** 2)
    measured = (~np.isnan(first)).sum()
    return float(np.sqrt(np.mean(steps))) if len(steps) >= max(1, measured / 2) else np.inf


def test_distance_is_the_documented_formula_with_missing_values() -> None:
    """Prevents missing read as 0, level positions read as numbers, and a count that is off."""
    rng = np.random.default_rng(0)
    matrix = np.column_stack(
        [rng.normal(5, 3, 40_000), rng.normal(size=40_000), rng.integers(0, 3, 40_000)]
    )
    matrix[rng.random(matrix.shape) < 0.3] = np.nan
    spread = np.nanstd(matrix, axis=0)
    space = build_space(matrix, COLUMNS)
    for row in (matrix[0], np.array([1.0, np.nan, 2.0]), np.array([1.0, 2.0, 0.0])):
        found = space.distances(row)
        for at in [*range(30), 39_999]:
            expected = plain_distance(row, matrix[at], spread)
            assert found[at] == pytest.approx(expected, abs=1e-5)


def test_outcome_is_the_share_among_the_k_nearest_others(nhanes_study: Study) -> None:
    """Prevents the patient vouching for themselves and patients without a label being counted."""
    patient_id = nhanes_study.cohort.patient_ids[11]
    found = find_similar_patients(nhanes_study, patient_id, k=150)
    distances = build_space(nhanes_study.matrix, nhanes_study.model.columns).distances(
        nhanes_study.matrix[11]
    )
    distances[11] = np.inf
    distances[~nhanes_study.is_labelled] = np.inf
    nearest = np.argsort(distances, kind="stable")[:150]
    events = int(nhanes_study.labels[nearest].sum())
    interval = proportion_interval(events, 150)
    assert (found.outcome.n, found.outcome.n_events) == (150, events)
    assert (found.outcome.low, found.outcome.high) == (interval.low, interval.high)
    assert found.farthest_distance == pytest.approx(distances[nearest].max())


def test_share_that_rests_on_few_people_is_withheld(nhanes_study: Study) -> None:
    """7 of 40 with the outcome would be a count of 1 to 10."""
    safest = int(nhanes_study.risk.argsort()[5])
    found = find_similar_patients(nhanes_study, nhanes_study.cohort.patient_ids[safest], k=150)
    outcome = found.outcome
    assert outcome.n_events is None or outcome.n_events == 0 or outcome.n_events >= 11


def test_differences_name_the_input_that_was_made_odd(nhanes_study: Study) -> None:
    row = np.array(nhanes_study.matrix[11])
    at = nhanes_study.model.feature_names.index("hdl_cholesterol_mg_dl")
    row[at] = 190.0
    found = find_similar_patients(nhanes_study, row)
    assert found.differences[0].feature == "hdl_cholesterol_mg_dl"
    assert (found.differences[0].size or 0) > 2


def test_nothing_in_the_result_names_or_lists_a_patient(nhanes_study: Study) -> None:
    """Prevents other patients' records leaving with an explanation."""
    found = find_similar_patients(nhanes_study, nhanes_study.cohort.patient_ids[3])
    text = json.dumps(found.to_dict())
    assert "NH-" not in text
    assert SimilarPatients.from_dict(json.loads(text)).to_dict() == found.to_dict()


def test_fewer_than_eleven_are_refused(nhanes_study: Study) -> None:
    with pytest.raises(SettingsError, match="11 or more"):
        find_similar_patients(nhanes_study, nhanes_study.cohort.patient_ids[3], k=10)
    with pytest.raises(SettingsError, match="at least k other"):
        find_similar_patients(nhanes_study, nhanes_study.cohort.patient_ids[3], k=5000)


def test_typical_value_of_few_is_withheld(heart_study: Study) -> None:
    """A median over a handful of measured neighbours would be one person's value."""
    for patient_id in heart_study.cohort.patient_ids[:40]:
        found = find_similar_patients(heart_study, patient_id, k=11)
        for difference in found.differences:
            if difference.feature == "vessels_coloured" and difference.typical_value is None:
                return
    pytest.fail("no patient has neighbours with unmeasured vessels")


def test_similar_in_reasons(nhanes_study: Study) -> None:
    """Prevents a search in the values where reasons were asked for."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=nhanes_study.matrix.shape)
    values[:60] = 100.0
    attribution = Attribution(
        values=values,
        baseline=np.zeros(len(values)),
        prediction=values.sum(axis=1),
        scale="log-odds",
        feature_names=nhanes_study.model.feature_names,
        patient_ids=nhanes_study.cohort.patient_ids,
        method="made",
        is_exact=True,
        provenance=nhanes_study.provenance("made"),
    )
    patient_id = nhanes_study.cohort.patient_ids[5]
    found = find_similar_patients(nhanes_study, patient_id, k=30, attribution=attribution)
    again = find_similar_patients(
        nhanes_study,
        patient_id,
        k=30,
        attribution=attribution,
        space=build_attribution_space(attribution.values),
    )
    assert found.basis == "attributions"
    assert found.farthest_distance == 0.0
    assert found.outcome == again.outcome
    with pytest.raises(SettingsError, match="every patient of the study"):
        find_similar_patients(nhanes_study, patient_id, attribution=attribution.patient(patient_id))
