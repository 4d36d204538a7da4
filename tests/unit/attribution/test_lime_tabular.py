"""LIME; parity with the lime package is tested under parity/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from explainers.attribution.attributor import prepare
from explainers.attribution.lime_sampling import filled_reference
from explainers.attribution.lime_surroundings import MOST_PATTERNS, KeptSurroundings
from explainers.attribution.lime_tabular import LimeTabular
from explainers.core import Attribution, Column, Study
from explainers.core.arrays import FloatArray
from explainers.errors import SettingsError, UnsupportedError

Make = Callable[..., Study]


@dataclass(frozen=True)
class Listener:
    """Passes everything on to a model and keeps what it was asked to predict."""

    model: Any
    asked: list[FloatArray] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def score(self, matrix: FloatArray) -> FloatArray:
        self.asked.append(matrix)
        return self.model.score(matrix)


def explain(study: Study, row: FloatArray, n_samples: int = 1000) -> Attribution:
    return LimeTabular(n_samples).explain(study, row[None, :], ("p",), "risk")


def complete_row(study: Study) -> FloatArray:
    return study.matrix[~np.isnan(study.matrix).any(axis=1)][0]


def test_the_residual_is_shown_and_not_hidden(make_study: Make) -> None:
    """LIME's weights do not add up; spreading the rest over the bars would invent reasons."""
    study = make_study("xgboost")
    attribution = explain(study, complete_row(study))
    assert not attribution.is_exact
    assert np.abs(attribution.residual()[0]) > 1e-6
    assert attribution.local_fit is not None
    assert 0 < attribution.local_fit[0] < 1


def test_the_seed_of_the_study_decides(make_study: Make) -> None:
    study = make_study("xgboost")
    row = complete_row(study)
    first, again = explain(study, row), explain(study, row)
    np.testing.assert_array_equal(first.values, again.values)
    assert (explain(replace(study, seed=1), row).values != first.values).any()


def test_an_input_that_was_not_measured_stays_missing_and_gets_nothing(make_study: Make) -> None:
    """Filling it in would explain the prediction for a patient who does not exist."""
    study = make_study("xgboost")
    row = complete_row(study)
    row[[1, 5]] = np.nan
    listener = Listener(study.model)
    attribution = explain(replace(study, model=listener), row)
    np.testing.assert_array_equal(attribution.values[0, [1, 5]], 0)
    assert (attribution.values[0, [0, 2, 3, 4]] != 0).all()
    for matrix in listener.asked:
        assert np.isnan(matrix[:, [1, 5]]).all()
        assert not np.isnan(matrix[:, [0, 2, 3, 4]]).any()


def test_levels_are_drawn_as_levels(make_study: Make) -> None:
    """A category taken for a number would be perturbed to values between its levels."""
    study = make_study("xgboost")
    listener = Listener(study.model)
    explain(replace(study, model=listener), complete_row(study))
    drawn = np.concatenate(listener.asked)[:, 4:]
    assert set(np.unique(drawn[:, 0])) <= {0, 1}
    assert set(np.unique(drawn[:, 1])) <= {0, 1, 2}


def test_seeds_are_explained_as_studies_with_those_seeds_are(make_study: Make) -> None:
    """Seeds in one call that leak into each other, or the study's own seed, would show."""
    study = make_study("xgboost")
    row = complete_row(study)
    row[2] = np.nan
    together = LimeTabular(1000).explain_seeds(study, row, (5, 0, 9), "log-odds")
    for seed, fit in zip((5, 0, 9), together, strict=True):
        alone = LimeTabular(1000).explain(
            replace(study, seed=seed), row[None, :], ("p",), "log-odds"
        )
        np.testing.assert_allclose(fit.weights, alone.values[0], rtol=0, atol=1e-12)
        assert fit.intercept == pytest.approx(alone.baseline[0], abs=1e-12)
        assert alone.local_fit is not None
        assert fit.r_squared == pytest.approx(alone.local_fit[0], abs=1e-12)


@pytest.mark.parametrize("n_samples", [5000, 30_000])
def test_seeds_share_calls_of_the_model_without_unbounded_memory(
    make_study: Make, n_samples: int
) -> None:
    """A call per seed is slow; all of many large seeds at once would need gigabytes."""
    study = make_study("logistic")
    listener = Listener(study.model)
    heard = replace(study, model=listener)
    LimeTabular(n_samples).explain_seeds(heard, complete_row(study), range(20), "risk")
    sizes = [len(matrix) for matrix in listener.asked if len(matrix) > 1]
    assert sum(sizes) == 20 * (n_samples - 1)
    assert max(sizes) <= max(25_000, n_samples)
    assert len(sizes) == -(-20 // max(1, 25_000 // n_samples))


def test_patients_with_the_same_inputs_measured_share_one_call(make_study: Make) -> None:
    """A cohort would otherwise pay for the same invented patients once per patient."""
    study = make_study("xgboost")
    rows = np.repeat(complete_row(study)[None, :], 4, axis=0)
    rows[1:3, 0] = np.nan
    listener = Listener(study.model)
    LimeTabular(1000).explain(replace(study, model=listener), rows, tuple("abcd"), "risk")
    assert sorted(len(matrix) for matrix in listener.asked) == [4, 999, 999]


def test_no_patients_and_no_seeds_give_nothing(make_study: Make) -> None:
    study = make_study("logistic")
    assert LimeTabular(1000).explain(study, np.empty((0, 6)), (), "risk").values.shape == (0, 6)
    assert LimeTabular(1000).explain_seeds(study, complete_row(study), (), "risk") == ()


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_lime_has_no_random_numbers_for_is_refused(make_study: Make, seed: int) -> None:
    """Wrapped around, two seeds would give the same draw and look perfectly stable."""
    study = make_study("logistic")
    with pytest.raises(SettingsError, match=str(seed)):
        LimeTabular(1000).explain_seeds(study, complete_row(study), (0, seed), "risk")
    with pytest.raises(SettingsError, match=str(seed)):
        explain(replace(study, seed=seed), complete_row(study))


def test_provenance_says_who_computed(make_study: Make) -> None:
    """Named after lime but not computed by it: a reader must be able to see that."""
    study = make_study("logistic")
    attribution = explain(study, complete_row(study))
    assert attribution.method == "lime"
    assert attribution.provenance.settings["implementation"].startswith("Pellucid")


def test_a_patient_with_nothing_measured_is_refused(make_study: Make) -> None:
    study = make_study("xgboost")
    with pytest.raises(UnsupportedError, match="at least one measured input"):
        explain(study, np.full(6, np.nan))


def test_missing_reference_values_become_typical_ones() -> None:
    """The median of a category, or a mode of a number, would be values nobody has."""
    columns = [
        Column("age", "Age", "number"),
        Column("pain", "Pain", "category", levels=("a", "b", "c")),
    ]
    reference = np.array([[1.0, 2.0], [2.0, 2.0], [9.0, 0.0], [np.nan, np.nan]])
    np.testing.assert_array_equal(filled_reference(reference, columns)[3], [2, 2])


def test_an_input_no_reference_patient_has_is_refused_by_name() -> None:
    """A contribution of 0 would read as "does not matter" where nothing could be drawn."""
    with pytest.raises(UnsupportedError, match="'age'"):
        filled_reference(np.array([[np.nan], [np.nan]]), [Column("age", "Age", "number")])


def test_a_prepared_method_asks_the_model_once_and_answers_the_same(make_study: Make) -> None:
    """Prevents reasons of the patient before, or of another seed, scale or pattern of inputs."""
    study = make_study("xgboost")
    listener = Listener(study.model)
    study = replace(study, model=listener)
    method = prepare(LimeTabular(600), study)
    row = complete_row(study)
    other, partly = row.copy(), row.copy()
    other[0] += 1.0
    partly[[1, 5]] = np.nan
    for patient in (row, other, partly, row):
        for scale in ("risk", "log-odds"):
            expected = LimeTabular(600).explain(study, patient[None, :], ("p",), scale)
            found = method.explain(study, patient[None, :], ("p",), scale)
            np.testing.assert_array_equal(found.values, expected.values)
            np.testing.assert_array_equal(found.baseline, expected.baseline)
            ours = method.explain_seeds(study, patient, (3, 4, 3), scale)
            anew = LimeTabular(600).explain_seeds(study, patient, (3, 4, 3), scale)
            for one, two in zip(ours, anew, strict=True):
                np.testing.assert_array_equal(one.weights, two.weights)
                assert (one.intercept, one.r_squared) == (two.intercept, two.r_squared)
    listener.asked.clear()
    method.explain_seeds(study, other, (3, 4), "risk")
    assert [len(matrix) for matrix in listener.asked] == [1]  # the patient's own prediction
    assert method == LimeTabular(600)


def test_a_method_prepared_for_one_study_gives_another_study_its_own_reasons(
    make_study: Make,
) -> None:
    """Prevents invented patients like the reference patients of the study prepared for."""
    method = prepare(LimeTabular(600), make_study("xgboost"))
    other = make_study("xgboost", n_reference=40)
    row = complete_row(other)
    found = method.explain(other, row[None, :], ("p",), "risk")
    np.testing.assert_array_equal(found.values, explain(other, row, 600).values)


def test_what_is_kept_is_bounded(make_study: Make) -> None:
    """Prevents a server that keeps invented patients for every pattern of missing inputs."""
    study = make_study("xgboost")
    kept = KeptSurroundings(study)
    n_features = study.matrix.shape[1]
    patterns = [
        np.array([bool(number >> at & 1) for at in range(n_features)])
        for number in range(1, MOST_PATTERNS + 3)
    ]
    first = kept.around(patterns[0])
    assert kept.around(patterns[0]) is first
    for pattern in patterns[1:]:
        kept.around(pattern)
    assert kept.around(patterns[0]) is not first
    assert kept.around(patterns[-1]) is kept.around(patterns[-1])
