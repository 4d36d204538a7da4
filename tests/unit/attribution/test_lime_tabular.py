"""LIME; parity with the lime package is tested under parity/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from explainers.attribution.lime_tabular import LimeTabular, filled_reference
from explainers.core import Attribution, Column, Study
from explainers.core.arrays import FloatArray
from explainers.errors import UnsupportedError

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
