"""Which coalitions kernel SHAP looks at, and with what weight."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explainers.attribution.coalition_pairs import (
    CoalitionPairs,
    choose_pairs,
    count_pairs,
    fewest_pairs,
)
from explainers.core.arrays import FloatArray


def both(pairs: CoalitionPairs) -> set[tuple[bool, ...]]:
    """All coalitions, first and second of each pair."""
    return {tuple(mask) for mask in (*pairs.masks.tolist(), *(~pairs.masks).tolist())}


def kernel(sizes: FloatArray, d: int) -> FloatArray:
    """The Shapley kernel of Lundberg and Lee 2017, Theorem 2."""
    return np.array([(d - 1) / (math.comb(d, int(s)) * s * (d - s)) for s in sizes])


@pytest.mark.parametrize("d", [2, 3, 4, 5, 8, 9])
def test_all_pairs_are_all_coalitions_once(d: int) -> None:
    """Prevents a coalition of the middle size from being counted twice, or left out."""
    pairs = choose_pairs(d, count_pairs(d), seed=0)
    assert pairs.is_complete
    assert len(pairs.masks) == count_pairs(d)
    assert len(both(pairs)) == 2**d - 2


@pytest.mark.parametrize("d", [4, 5, 8, 9])
def test_listed_pairs_have_the_weight_of_the_kernel(d: int) -> None:
    """A weight off by two in the middle size would give values that still add up."""
    pairs = choose_pairs(d, count_pairs(d), seed=0)
    expected = kernel(pairs.masks.sum(axis=1).astype(float), d)
    np.testing.assert_allclose(pairs.weights / pairs.weights.sum(), expected / expected.sum())


@pytest.mark.parametrize("n_pairs", [70, 200, 1000])
def test_drawn_pairs_stand_for_the_sizes_that_are_not_listed(n_pairs: int) -> None:
    """Prevents draws that weigh more or less in all than what they were drawn from."""
    d = 12
    pairs = choose_pairs(d, n_pairs, seed=0)
    assert len(pairs.masks) == n_pairs
    assert not pairs.is_complete
    sizes = np.minimum(pairs.masks.sum(axis=1), d - pairs.masks.sum(axis=1))
    listed = set(sizes[: pairs.n_listed].tolist())
    assert listed == set(range(1, max(listed) + 1))
    assert not listed & set(sizes[pairs.n_listed :].tolist())
    whole = choose_pairs(d, count_pairs(d), seed=0)
    size_of = np.minimum(whole.masks.sum(axis=1), d - whole.masks.sum(axis=1))
    rest = whole.weights[~np.isin(size_of, list(listed))].sum()
    np.testing.assert_allclose(pairs.weights[pairs.n_listed :].sum(), rest)


def test_sizes_are_drawn_by_their_weight() -> None:
    pairs = choose_pairs(30, 20_000, seed=0)
    sizes = pairs.masks[pairs.n_listed :].sum(axis=1)
    shares = np.array([1 / (s * (30 - s)) / (2 if s == 15 else 1) for s in range(1, 16)])
    smallest = int(sizes.min())
    expected = shares[smallest - 1 :] / shares[smallest - 1 :].sum()
    found = np.bincount(sizes, minlength=16)[smallest:] / len(sizes)
    np.testing.assert_allclose(found, expected, atol=0.015)


@pytest.mark.parametrize("d", [2, 3, 7, 20, 100])
def test_the_fewest_pairs_hold_every_single_feature(d: int) -> None:
    """Without them few draws can leave the regression without a solution."""
    pairs = choose_pairs(d, fewest_pairs(d), seed=0)
    singles = {mask for mask in both(pairs) if sum(mask) == 1}
    assert len(singles) == d


@pytest.mark.parametrize("d", [0, 1])
def test_without_a_choice_there_are_no_pairs(d: int) -> None:
    pairs = choose_pairs(d, fewest_pairs(d), seed=0)
    assert pairs.masks.shape == (0, d)
    assert pairs.is_complete


def test_the_seed_decides() -> None:
    first, again, other = (choose_pairs(15, 300, seed=seed).masks for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
