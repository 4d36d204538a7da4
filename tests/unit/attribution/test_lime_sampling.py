"""LIME's invented patients; that they are lime's own is tested under parity/."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.attribution.lime_sampling import describe_columns, invent_patients
from explainers.core import Column

AGE = Column("age", "Age", "number")
PAIN = Column("pain", "Pain", "category", levels=("a", "b", "c"))


def test_values_stay_in_the_bin_they_were_drawn_for() -> None:
    """A value in another bin would count as "same" or "different" wrongly in the local model."""
    reference = np.random.default_rng(0).gamma(2.0, size=(200, 1))
    (draw,) = describe_columns(reference, [AGE])
    invented = invent_patients([draw], 4000, np.random.RandomState(1))
    positions = [draw.position_of(value) for value in invented.values[0]]
    np.testing.assert_array_equal(positions, invented.chosen[0])
    assert invented.values.min() >= reference.min()
    assert invented.values.max() <= reference.max()


def test_bins_and_levels_occur_as_often_as_among_reference_patients() -> None:
    """Levels drawn evenly would invent rare patients too often."""
    rng = np.random.default_rng(0)
    reference = np.column_stack([rng.normal(size=500), rng.choice([0.0, 2.0], 500, p=[0.9, 0.1])])
    draws = describe_columns(reference, [AGE, PAIN])
    invented = invent_patients(draws, 20_000, np.random.RandomState(1))
    np.testing.assert_allclose(np.bincount(invented.chosen[0]) / 19_999, 0.25, atol=0.015)
    rare = np.mean(reference[:, 1] == 2)
    assert np.mean(invented.values[1] == 2) == pytest.approx(rare, abs=0.01)
    assert set(np.unique(invented.values[1])) == {0.0, 2.0}


def test_a_level_no_reference_patient_has_is_like_nobody() -> None:
    """Taken for the next level, its weight would describe other patients."""
    (draw,) = describe_columns(np.array([[0.0], [2.0], [2.0]]), [PAIN])
    assert [draw.position_of(level) for level in (0.0, 1.0, 2.0)] == [0, -1, 1]


def test_a_number_at_a_quartile_belongs_below_it() -> None:
    """The bins are closed above; off by one side, half of all whole numbers would move."""
    (draw,) = describe_columns(np.arange(1.0, 6.0)[:, None], [AGE])
    assert [draw.position_of(value) for value in (2.0, 2.1, 3.0, 4.0, 99.0)] == [0, 1, 1, 2, 3]


def test_no_value_is_infinite_where_a_bin_holds_one_value_far_from_its_ends() -> None:
    """The ends are then 1e11 spreads away, where probabilities have no digits left."""
    values = np.concatenate([[0.0], np.full(30, 1e9 + 1 / 3), 2e9 + np.arange(10.0)])
    (draw,) = describe_columns(values[:, None], [AGE])
    invented = invent_patients([draw], 5000, np.random.RandomState(0))
    assert np.isfinite(invented.values).all()
