"""Percentile bootstrap from weights and from counts."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.errors import SettingsError
from explainers.uncertainty import (
    bootstrap_interval,
    bootstrap_mean_intervals,
    count_draws,
    influence_interval,
    percentile_interval,
)


def test_every_resample_draws_as_many_patients_as_there_are() -> None:
    """Weights that add up to another number bias every sum."""
    seen: list[np.ndarray] = []

    def total(weights: np.ndarray) -> np.ndarray:
        seen.append(weights)
        return weights.sum(axis=1)

    interval = bootstrap_interval(total, 37, n_resamples=300)
    assert (interval.low, interval.high) == (37.0, 37.0)
    weights = np.concatenate(seen)
    assert weights.shape == (300, 37)
    assert weights.var() == pytest.approx(1 - 1 / 37, rel=0.05)


def test_a_mean_gets_its_normal_interval() -> None:
    values = np.random.default_rng(0).normal(10, 2, 400)
    interval = bootstrap_interval(lambda w: w @ values / 400, 400, n_resamples=4000, seed=1)
    half = 1.96 * values.std() / 20
    assert interval.low == pytest.approx(values.mean() - half, abs=0.02)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.02)
    assert interval.method == "Bootstrap, 4,000 resamples"


def test_same_seed_same_interval_whatever_the_chunk() -> None:
    values = np.random.default_rng(0).random((9000, 2))
    first = bootstrap_mean_intervals(values, 1000, seed=5)
    second = bootstrap_mean_intervals(values, 1000, seed=5)
    other = bootstrap_mean_intervals(values, 1000, seed=6)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_columns_are_resampled_together_and_reported_apart() -> None:
    values = np.column_stack([np.arange(50.0), np.full(50, 3.0)])
    low, high = bootstrap_mean_intervals(values, 500)
    assert low.shape == high.shape == (2,)
    assert low[0] < 24.5 < high[0]
    assert (low[1], high[1]) == (3.0, 3.0)


def test_counts_draw_what_weights_draw() -> None:
    """The count shortcut must have the spread of the patient-level bootstrap."""
    draws = count_draws(np.array([30.0, 70.0]), 5000, seed=2)
    assert (draws.sum(axis=1) == 100).all()
    assert draws[:, 0].std() == pytest.approx(np.sqrt(100 * 0.3 * 0.7), rel=0.05)


def test_resamples_without_the_statistic_are_left_out_but_not_most_of_them() -> None:
    draws = np.array([1.0, 2.0, np.nan, 3.0])
    assert percentile_interval(draws, 0.5).high <= 3.0
    with pytest.raises(SettingsError, match="at least half"):
        percentile_interval(np.array([1.0, np.nan, np.nan]))


def test_influence_interval_of_a_mean_is_the_normal_one() -> None:
    values = np.random.default_rng(4).random(200)
    interval = influence_interval(values.mean(), (values - values.mean()) / 200)
    assert interval.high - values.mean() == pytest.approx(1.959964 * values.std() / np.sqrt(200))


@pytest.mark.parametrize(("n", "n_resamples"), [(0, 1000), (10, 5)])
def test_too_little_to_resample_is_refused(n: int, n_resamples: int) -> None:
    with pytest.raises(SettingsError, match="a bootstrap needs at least"):
        bootstrap_interval(lambda weights: weights.sum(axis=1), n, n_resamples)
