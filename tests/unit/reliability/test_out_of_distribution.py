"""Patients who are unusual for a known reason, and the promised share of false alarms."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.reliability.out_of_distribution import (
    FamiliarPatients,
    compare_patient,
    fit_familiar_patients,
)
from explainers.reliability.training_patients import TrainingPatients


@pytest.fixture(scope="module")
def familiar(training: TrainingPatients) -> FamiliarPatients:
    return fit_familiar_patients(training.matrix, training.columns)


def correlated(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    first = rng.standard_normal(n)
    return np.column_stack([first, 0.95 * first + 0.3 * rng.standard_normal(n)])


TWO = (Column("weight", "Weight", "number"), Column("waist", "Waist", "number"))


def test_one_real_patient_in_a_hundred_is_flagged_at_that_level(
    familiar: FamiliarPatients, diabetes: Study
) -> None:
    """A threshold from a normal or chi-square law would flag many times more."""
    shares = familiar.combination_shares(diabetes.matrix)
    assert 0.005 <= (shares <= 0.01).mean() <= 0.02
    assert 0.035 <= (shares <= 0.05).mean() <= 0.07


def test_shares_are_calibrated_in_repeated_draws() -> None:
    """A patient who is one's own neighbour would look usual; a naive in-sample rank does that."""
    flagged = []
    for seed in range(40):
        patients = correlated(500, seed)
        fitted = fit_familiar_patients(patients[:400], TWO, seed=seed)
        flagged.append((fitted.combination_shares(patients[400:]) <= 0.05).mean())
    assert np.mean(flagged) == pytest.approx(0.05, abs=0.012)


def test_an_impossible_value_is_found_and_named(
    familiar: FamiliarPatients, diabetes: Study
) -> None:
    row = diabetes.matrix[5].copy()
    at = diabetes.model.feature_names.index("height_cm")
    row[at] = 17.1
    unusual = compare_patient(familiar, row, "p")
    assert unusual.familiarity == "very unusual"
    assert unusual.rare_features[0] == "height_cm"
    assert unusual.distance_shares.argmax() == at
    assert unusual.distance_shares.sum() == pytest.approx(1.0)


def test_a_combination_is_unusual_though_each_value_is_ordinary() -> None:
    """Looking at one input at a time would see nothing."""
    fitted = fit_familiar_patients(correlated(1000, 1), TWO)
    unusual = compare_patient(fitted, np.array([1.2, -1.2]), "p")
    assert unusual.tail_shares.min() > 0.1
    assert unusual.rare_features == ()
    assert unusual.familiarity == "very unusual"
    assert unusual.pair is not None
    assert {unusual.pair.first, unusual.pair.second} == {"weight", "waist"}
    assert unusual.pair.share < 0.01


def test_the_pair_is_the_one_that_contradicts(familiar: FamiliarPatients, diabetes: Study) -> None:
    names = diabetes.model.feature_names
    row = diabetes.matrix[np.flatnonzero(~np.isnan(diabetes.matrix).any(axis=1))[0]].copy()
    row[names.index("bmi_kg_m2")], row[names.index("waist_cm")] = 20.0, 125.0
    pair = compare_patient(familiar, row, "p").pair
    assert pair is not None
    assert "waist_cm" in (pair.first, pair.second)
    assert pair.share < 0.01


def test_missing_values_are_counted_not_read_as_numbers(
    familiar: FamiliarPatients, diabetes: Study
) -> None:
    row = np.full(len(diabetes.model.columns), np.nan)
    row[0] = 50.0
    unusual = compare_patient(familiar, row, "p")
    assert unusual.n_missing == 19
    assert unusual.missing_share < 0.01
    assert unusual.pair is None
    assert np.isfinite(unusual.distance)
    assert unusual.to_dict()["feature_values"][1] is None


def test_a_level_never_seen_is_rare() -> None:
    columns = (TWO[0], Column("site", "Site", "category", levels=("a", "b", "c")))
    matrix = np.column_stack([correlated(300, 2)[:, 0], np.arange(300) % 2])
    fitted = fit_familiar_patients(matrix, columns)
    assert compare_patient(fitted, np.array([0.0, 2.0]), "p").rare_features == ("site",)


def test_ten_times_the_largest_value_is_further_than_the_largest() -> None:
    """Ranks alone would put both at the same place."""
    fitted = fit_familiar_patients(correlated(500, 3), TWO)
    largest = fitted.matrix[:, 0].max()
    near, far = (
        compare_patient(fitted, np.array([value, 1.0]), "p").distance
        for value in (largest, 10 * largest)
    )
    assert far > 3 * near


def test_fitting_draws_a_seeded_sample_from_a_large_cohort() -> None:
    patients = correlated(20_000, 4)
    first, again = (fit_familiar_patients(patients, TWO, n_patients=500) for _ in range(2))
    assert len(first.matrix) == 500
    assert np.array_equal(first.matrix, again.matrix)


def test_too_few_patients_are_refused() -> None:
    with pytest.raises(SettingsError, match="at least 100"):
        fit_familiar_patients(correlated(99, 5), TWO)


def test_the_frame_has_one_row_per_input(familiar: FamiliarPatients, diabetes: Study) -> None:
    frame = compare_patient(familiar, diabetes.matrix[0], "p").to_frame()
    assert list(frame.columns) == ["feature", "value", "tail_share", "distance_share"]
    assert tuple(frame["feature"]) == diabetes.model.feature_names
