"""Splits on sets of levels written as thresholds: the same score and the same Shapley values."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainers.attribution.kernel import build_tables, explain_rows
from explainers.attribution.shap_package import shap_of_trees
from explainers.core import TreeEnsemble
from explainers.core.arrays import FloatArray
from explainers.errors import BundleError
from explainers.models import level_splits
from explainers.models.level_splits import find_runs, with_level_splits

SEEDS = st.integers(0, 10**6)
# The first two features are categories with so many levels; the last is a number.
N_LEVELS = {0: 5, 1: 3}
P = 3

Sets = dict[int, frozenset[int]]


def random_trees(seed: int) -> tuple[TreeEnsemble, Sets]:
    """Trees whose splits on a category are sets of levels, some of them empty or full."""
    rng = np.random.default_rng(seed)
    nodes: list[list[float]] = []
    sets: Sets = {}

    def grow(depth: int, cover: float) -> int:
        number = len(nodes)
        nodes.append([-1, np.nan, -1, -1, 0, rng.normal(), cover])
        if depth == 0 or rng.random() < 0.1:
            return number
        feature = int(rng.integers(P))
        if feature in N_LEVELS:
            chosen = np.flatnonzero(rng.random(N_LEVELS[feature]) < rng.choice([0.0, 0.5, 1.0]))
            sets[number] = frozenset(chosen.tolist())
        share = rng.uniform(0.1, 0.9)
        left, right = grow(depth - 1, cover * share), grow(depth - 1, cover * (1 - share))
        nodes[number] = [feature, 0.5, left, right, rng.integers(2), 0.0, cover]
        return number

    roots = [grow(3, 50.0) for _ in range(3)]
    return TreeEnsemble(*np.array(nodes).T, roots=np.array(roots), constant=0.5), sets


def random_patients(seed: int, n: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    levels = [rng.integers(count, size=n) for count in N_LEVELS.values()]
    matrix = np.column_stack([*levels, rng.choice([0.0, 0.5, 1.0], n)]).astype(np.float64)
    matrix[rng.random(matrix.shape) < 0.2] = np.nan
    return matrix


def goes_left(trees: TreeEnsemble, sets: Sets, node: int, value: float) -> bool:
    if np.isnan(value):
        return bool(trees.missing_goes_left[node])
    if node in sets:
        return int(value) in sets[node]
    return bool(value <= trees.threshold[node])


def worth(trees: TreeEnsemble, sets: Sets, row: FloatArray, kept: tuple[int, ...]) -> float:
    """Score of a patient walked through the sets; a feature not kept follows the covers."""

    def below(node: int) -> float:
        feature = int(trees.feature[node])
        if feature < 0:
            return float(trees.value[node])
        left, right = int(trees.left[node]), int(trees.right[node])
        if feature in kept:
            return below(left if goes_left(trees, sets, node, row[feature]) else right)
        mean = trees.cover[left] * below(left) + trees.cover[right] * below(right)
        return float(mean / trees.cover[node])

    return trees.constant + sum(below(int(root)) for root in trees.roots)


def score(trees: TreeEnsemble, sets: Sets, row: FloatArray) -> float:
    return worth(trees, sets, row, tuple(range(P)))


def shapley(
    trees: TreeEnsemble, sets: Sets, row: FloatArray, reference: FloatArray | None
) -> FloatArray:
    """Shapley's formula on the trees as they were, sets and all."""

    def game(kept: tuple[int, ...]) -> float:
        if reference is None:
            return worth(trees, sets, row, kept)
        mixed = reference.copy()
        mixed[:, list(kept)] = row[list(kept)]
        return float(np.mean([score(trees, sets, each) for each in mixed]))

    values = np.zeros(P)
    for feature in range(P):
        others = [other for other in range(P) if other != feature]
        for size in range(P):
            weight = factorial(size) * factorial(P - size - 1) / factorial(P)
            for kept in combinations(others, size):
                joined = tuple(sorted((*kept, feature)))
                values[feature] += weight * (game(joined) - game(kept))
    return values


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_every_patient_keeps_their_score(seed: int) -> None:
    """A level in the wrong run, or a missing value in the wrong copy, would change it."""
    trees, sets = random_trees(seed)
    patients = random_patients(seed, 30)
    grown = with_level_splits(trees, sets, N_LEVELS)
    expected = [score(trees, sets, row) for row in patients]
    np.testing.assert_allclose(grown.score(patients), expected, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.booleans())
def test_shapley_values_are_those_of_the_sets(seed: int, is_interventional: bool) -> None:  # noqa: FBT001
    """Covers that leak between the sides would change path-dependent values and nothing else."""
    trees, sets = random_trees(seed)
    patients = random_patients(seed, 3)
    reference = random_patients(seed + 1, 4) if is_interventional else None
    grown = with_level_splits(trees, sets, N_LEVELS)
    expected = np.array([shapley(trees, sets, row, reference) for row in patients])
    values, _ = explain_rows(build_tables(grown, reference), patients)
    np.testing.assert_allclose(values, expected, atol=1e-9)
    by_shap, _ = shap_of_trees(grown, patients, reference)
    np.testing.assert_allclose(by_shap, expected, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_covers_add_up_at_every_split(seed: int) -> None:
    """A node whose children weigh more or less than it does is no longer the trained tree."""
    trees, sets = random_trees(seed)
    grown = with_level_splits(trees, sets, N_LEVELS)
    inner = grown.feature >= 0
    below = grown.cover[grown.left[inner]] + grown.cover[grown.right[inner]]
    np.testing.assert_allclose(below, grown.cover[inner], rtol=1e-12)
    np.testing.assert_allclose(grown.cover[grown.roots], trees.cover[trees.roots])


@given(st.frozensets(st.integers(0, 8)), st.integers(0, 8), st.integers(0, 9))
def test_runs_hold_every_level_once_and_both_sides_in_full(
    left: frozenset[int], first: int, length: int
) -> None:
    last = first + length - 1
    runs = find_runs(left, first, last)
    levels = [level for run in runs for level in range(run.first, run.last + 1)]
    assert levels == list(range(first, last + 1))
    for run in runs:
        assert all((level in left) == run.goes_left for level in range(run.first, run.last + 1))
    for side in (True, False):
        assert sum(run.share for run in runs if run.goes_left == side) == pytest.approx(1.0)


def test_trees_without_sets_stay_as_they_are() -> None:
    trees, _ = random_trees(0)
    assert with_level_splits(trees, {}, N_LEVELS) is trees


def test_the_precision_of_the_comparison_stays() -> None:
    trees, sets = random_trees(1)
    grown = with_level_splits(replace(trees, compares_in="double"), sets, N_LEVELS)
    assert grown.compares_in == "double"


def test_trees_that_would_grow_without_bound_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Prevents a model file that fills the memory when it is opened."""
    monkeypatch.setattr(level_splits, "MOST_NODES", 10)
    trees, sets = random_trees(3)
    with pytest.raises(BundleError, match="at most 10 nodes"):
        with_level_splits(trees, sets, N_LEVELS)
