"""Edits that make a patient whom no training patient resembles, and edits that do not."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.reliability.edited_patient import EditedPatient, compare_edit
from explainers.reliability.out_of_distribution import (
    UNUSUAL_SHARE,
    FamiliarPatients,
    fit_familiar_patients,
    share_at_least,
)
from explainers.reliability.training_patients import TrainingPatients


@pytest.fixture(scope="module")
def familiar(training: TrainingPatients) -> FamiliarPatients:
    return fit_familiar_patients(training.matrix, training.columns)


def edited(
    study: Study, familiar: FamiliarPatients, patient_id: str, **values: float
) -> EditedPatient:
    before = study.rows_of([patient_id])[0]
    after = before.copy()
    for name, value in values.items():
        after[study.model.feature_names.index(name)] = value
    return compare_edit(familiar, before, after)


def test_a_lower_weight_with_the_waist_left_is_a_pair_that_nobody_has(
    familiar: FamiliarPatients, diabetes: Study
) -> None:
    """Each of 60 kg and a waist of 115 cm is ordinary; together they passed without a word."""
    names = diabetes.model.feature_names
    weight, waist = names.index("weight_kg"), names.index("waist_cm")
    at = int(
        np.flatnonzero((diabetes.matrix[:, waist] > 114) & (diabetes.matrix[:, weight] > 90))[0]
    )
    patient_id = diabetes.cohort.patient_ids[at]
    found = edited(diabetes, familiar, patient_id, weight_kg=60.0)
    assert found.changed == ("weight_kg",)
    assert found.new == ()
    pairs = {(pair.feature, pair.other): pair for pair in found.pairs}
    strained = pairs["weight_kg", "waist_cm"]
    assert strained.surprise > strained.surprise_before
    assert strained.share <= 0.05 / (len(names) - 1)
    assert found.is_extrapolation


def test_the_waist_changed_along_takes_the_warning_of_that_pair_away(
    familiar: FamiliarPatients, diabetes: Study
) -> None:
    names = diabetes.model.feature_names
    weight, waist = names.index("weight_kg"), names.index("waist_cm")
    at = int(
        np.flatnonzero((diabetes.matrix[:, waist] > 114) & (diabetes.matrix[:, weight] > 90))[0]
    )
    patient_id = diabetes.cohort.patient_ids[at]
    found = edited(diabetes, familiar, patient_id, weight_kg=60.0, waist_cm=80.0)
    assert not any({pair.feature, pair.other} == {"weight_kg", "waist_cm"} for pair in found.pairs)


def test_values_that_real_patients_have_are_seldom_called_strained(
    familiar: FamiliarPatients, diabetes: Study
) -> None:
    """A limit without the division by the number of pairs would warn at one value in four."""
    rows, p = diabetes.matrix[:400], len(familiar.columns)
    warned, undivided = [], []
    for at in range(p):
        usual = np.sort(familiar.pairs.surprises_with(familiar.matrix, at), axis=0)
        now = familiar.pairs.surprises_with(rows, at)
        shares = np.stack([share_at_least(usual[:, one], now[:, one]) for one in range(p)], axis=1)
        shares[now == 0] = 1.0
        warned.append((shares <= UNUSUAL_SHARE / (p - 1)).any(axis=1).mean())
        undivided.append((shares <= UNUSUAL_SHARE).any(axis=1).mean())
    assert 0.01 < np.mean(warned) < 0.04
    assert np.mean(undivided) > 0.25


def test_a_number_beyond_every_training_patient_is_new(
    familiar: FamiliarPatients, diabetes: Study
) -> None:
    patient_id = diabetes.cohort.patient_ids[0]
    found = edited(diabetes, familiar, patient_id, weight_kg=299.0)
    assert found.new == ("weight_kg",)


def test_a_gap_that_no_training_patient_has_is_named(
    familiar: FamiliarPatients, diabetes: Study
) -> None:
    """Every training patient has an age; many lack a waist."""
    patient_id = diabetes.cohort.patient_ids[0]
    found = edited(diabetes, familiar, patient_id, age_years=np.nan, waist_cm=np.nan)
    assert found.unseen_gaps == ("age_years",)
    assert not any(pair.feature == "age_years" for pair in found.pairs)


def test_nothing_changed_is_nothing_said(familiar: FamiliarPatients, diabetes: Study) -> None:
    for row in diabetes.matrix[:8]:
        found = compare_edit(familiar, row, row)
        assert not found.is_extrapolation
        assert found.combination_share == found.combination_share_before


def test_surprise_by_one_input_is_that_of_all_pairs(
    familiar: FamiliarPatients, diabetes: Study
) -> None:
    """Prevents the two ways of working out a pair from drifting apart."""
    rows = diabetes.matrix[:30]
    every = familiar.pairs.surprises(rows)
    both_ways = every + every.transpose(0, 2, 1)
    for at in range(rows.shape[1]):
        np.testing.assert_allclose(familiar.pairs.surprises_with(rows, at), both_ways[:, at])


def test_a_row_of_another_model_is_refused() -> None:
    columns = (Column("a", "A", "number"), Column("b", "B", "number"))
    fitted = fit_familiar_patients(np.random.default_rng(0).normal(size=(200, 2)), columns)
    with pytest.raises(SettingsError, match="needs 2 encoded values"):
        compare_edit(fitted, np.zeros(3), np.zeros(3))
