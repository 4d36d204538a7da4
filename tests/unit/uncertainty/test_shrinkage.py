"""Shrinkage against closed forms, its limits, and its coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from explainers.errors import SettingsError
from explainers.uncertainty.shrinkage import shrink_estimates, shrink_proportions


def test_a_common_prior_that_is_known_gives_its_beta_posterior() -> None:
    """With 250 groups the prior is known: the posterior is the textbook one."""
    rng = np.random.default_rng(1)
    n = rng.integers(20, 60, 250).astype(float)
    successes = rng.binomial(n.astype(int), rng.beta(12, 8, 250)).astype(float)
    found = shrink_proportions(successes, n)
    expected = (successes + 12) / (n + 20)
    assert np.abs(found.value - expected).max() < 0.03
    exact = stats.beta(successes + 12, n - successes + 8).ppf(0.975)
    assert np.abs(found.high - exact).max() < 0.03


def test_the_mixture_weighs_priors_by_their_beta_binomial_likelihood() -> None:
    """A likelihood that forgot the normalising constant of the prior would favour extreme ones."""
    successes, n = np.array([3.0, 9.0, 5.0]), np.array([10.0, 12.0, 20.0])
    found = shrink_proportions(successes, n)
    total, value = 0.0, np.zeros(3)
    for mean in (np.arange(41) + 0.5) / 41:
        for share in (np.arange(20) + 0.5) / 20:
            precision = n.mean() * share / (1 - share)
            first, second = mean * precision, (1 - mean) * precision
            fit = stats.betabinom(n, first, second).pmf(successes).prod()
            total += fit
            value += fit * (successes + first) / (n + precision)
    assert found.value == pytest.approx(value / total, rel=1e-4)


def test_normal_shrinkage_follows_efron_and_morris_where_the_spread_is_known() -> None:
    rng = np.random.default_rng(2)
    true = rng.normal(0.4, 0.3, 800)
    errors = np.full(800, 0.2)
    values = rng.normal(true, errors)
    found = shrink_estimates(values, errors)
    weight = 0.3**2 / (0.3**2 + 0.2**2)
    assert np.abs(found.weight - weight).max() < 0.05
    assert np.abs(found.value - (weight * values + (1 - weight) * values.mean())).max() < 0.05


def test_a_small_group_moves_further_than_a_large_one() -> None:
    """Weights the wrong way round would erase the large groups and keep the noise."""
    found = shrink_proportions(np.array([9.0, 90.0, 50.0, 48.0]), np.array([10.0, 100, 100, 100]))
    assert found.weight[0] < found.weight[1]
    assert 0.9 - found.value[0] > 0.9 - found.value[1] > 0


def test_identical_groups_meet_and_distinct_groups_stay() -> None:
    same = shrink_estimates(np.full(12, 0.5), np.full(12, 0.1))
    assert np.allclose(same.value, 0.5)
    assert (same.high - same.low < 2 * 1.96 * 0.1).all()
    apart = shrink_estimates(np.array([0.0, 10.0, 20.0, 30.0]), np.full(4, 0.1))
    assert np.abs(apart.value - [0, 10, 20, 30]).max() < 0.05


@pytest.mark.parametrize("kind", ["proportions", "estimates"])
def test_intervals_cover_and_errors_shrink(kind: str) -> None:
    """Six groups: a prior fixed at its best guess would cover far less than it says."""
    rng = np.random.default_rng(5)
    covered, error, raw_error = [], [], []
    n = np.array([15.0, 20, 30, 40, 60, 120])
    for _ in range(40):
        if kind == "proportions":
            true = rng.beta(14, 6, 6)
            successes = rng.binomial(n.astype(int), true).astype(float)
            raw, found = successes / n, shrink_proportions(successes, n)
        else:
            true, errors = rng.normal(0.8, 0.05, 6), 0.4 / np.sqrt(n)
            raw = rng.normal(true, errors)
            found = shrink_estimates(raw, errors)
        covered.append((found.low <= true) & (true <= found.high))
        error.append((found.value - true) ** 2)
        raw_error.append((raw - true) ** 2)
    assert np.mean(covered) > 0.91
    assert np.mean(error) < 0.9 * np.mean(raw_error)


def test_too_few_groups_or_impossible_counts_are_refused() -> None:
    with pytest.raises(SettingsError, match="at least 3"):
        shrink_proportions(np.array([1.0, 2.0]), np.array([10.0, 10.0]))
    with pytest.raises(SettingsError, match="successes"):
        shrink_proportions(np.array([1.0, 2.0, 11.0]), np.full(3, 10.0))
    with pytest.raises(SettingsError, match="positive"):
        shrink_estimates(np.zeros(3), np.zeros(3))
