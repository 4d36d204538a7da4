"""Random sums of trees, and Shapley values of them from the definition."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np
import pytest

from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble

MakeTrees = Callable[..., TreeEnsemble]
Shapley = Callable[[TreeEnsemble, FloatArray, FloatArray | None], tuple[FloatArray, float]]


def random_trees(
    seed: int, n_features: int = 4, n_trees: int = 3, depth: int = 3, n_cuts: int = 5
) -> TreeEnsemble:
    """Trees with few thresholds, so that features and thresholds repeat and values equal them."""
    rng = np.random.default_rng(seed)
    nodes: list[list[float]] = []

    def grow(level: int, cover: float) -> int:
        number = len(nodes)
        nodes.append([-1, np.nan, -1, -1, 0, rng.normal(), cover])
        if level < depth and rng.random() < 0.9:
            share = rng.uniform(0.05, 0.95)
            cut = float(rng.integers(n_cuts)) / 2
            left, right = grow(level + 1, cover * share), grow(level + 1, cover * (1 - share))
            feature, missing_left = rng.integers(n_features), rng.integers(2)
            nodes[number] = [feature, cut, left, right, missing_left, 0.0, cover]
        return number

    roots = [grow(0, 100.0) for _ in range(n_trees)]
    columns = np.array(nodes).T
    return TreeEnsemble(*columns, roots=np.array(roots), constant=0.25)


def random_patients(seed: int, n: int, n_features: int, n_cuts: int = 5) -> FloatArray:
    """Patients with missing values and values on thresholds."""
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-1, 2 * n_cuts + 1, size=(n, n_features)) / 4
    matrix[rng.random(matrix.shape) < 0.2] = np.nan
    return matrix


def shapley_by_definition(
    trees: TreeEnsemble, matrix: FloatArray, reference: FloatArray | None
) -> tuple[FloatArray, float]:
    """Shapley values (n, p) by visiting all 2^p sets of features, and the value of none."""
    n_features = matrix.shape[1]
    values = np.zeros(matrix.shape)
    baseline = 0.0
    for row, patient in enumerate(matrix):
        worth = {
            kept: _worth(trees, patient, frozenset(kept), reference)
            for size in range(n_features + 1)
            for kept in combinations(range(n_features), size)
        }
        baseline = worth[()]
        for kept, without in worth.items():
            weight = (
                factorial(len(kept)) * factorial(n_features - len(kept) - 1) / factorial(n_features)
                if len(kept) < n_features
                else 0.0
            )
            for feature in set(range(n_features)) - set(kept):
                joined = tuple(sorted((*kept, feature)))
                values[row, feature] += weight * (worth[joined] - without)
    return values, baseline


def interactions_by_definition(
    trees: TreeEnsemble, matrix: FloatArray, reference: FloatArray | None
) -> FloatArray:
    """Halves of the Shapley interaction indices, (n, p, p), by visiting all sets; 0 diagonal."""
    n, p = matrix.shape
    found = np.zeros((n, p, p))
    features = range(p)
    for row, patient in enumerate(matrix):
        worth = {
            frozenset(kept): _worth(trees, patient, frozenset(kept), reference)
            for size in range(p + 1)
            for kept in combinations(features, size)
        }
        for kept, alone in worth.items():
            weight = factorial(len(kept)) * factorial(max(p - len(kept) - 2, 0))
            for i, j in combinations(sorted(set(features) - kept), 2):
                joint = worth[kept | {i, j}] - worth[kept | {i}] - worth[kept | {j}] + alone
                found[row, i, j] += weight * joint / (2 * factorial(p - 1))
    return found + found.transpose(0, 2, 1)


def _worth(
    trees: TreeEnsemble, patient: FloatArray, kept: frozenset[int], reference: FloatArray | None
) -> float:
    if reference is None:
        means = (_mean_below(trees, int(root), patient, kept) for root in trees.roots)
        return trees.constant + sum(means)
    mixed = reference.copy()
    columns = sorted(kept)
    mixed[:, columns] = patient[columns]
    return float(trees.score(mixed).mean())


def _mean_below(trees: TreeEnsemble, node: int, patient: FloatArray, kept: frozenset[int]) -> float:
    """Follow the patient at kept features, and the covers at the others."""
    feature = int(trees.feature[node])
    if feature < 0:
        return float(trees.value[node])
    left, right = int(trees.left[node]), int(trees.right[node])
    if feature in kept:
        goes_left = trees.goes_left(np.array([node]), patient[[feature]])[0]
        return _mean_below(trees, left if goes_left else right, patient, kept)
    total = trees.cover[left] * _mean_below(trees, left, patient, kept)
    total += trees.cover[right] * _mean_below(trees, right, patient, kept)
    return float(total / trees.cover[node])


@pytest.fixture(scope="session")
def make_trees() -> MakeTrees:
    return random_trees


@pytest.fixture(scope="session")
def make_patients() -> Callable[..., FloatArray]:
    return random_patients


@pytest.fixture(scope="session")
def define_shapley() -> Shapley:
    return shapley_by_definition


@pytest.fixture(scope="session")
def define_interactions() -> Callable[..., FloatArray]:
    return interactions_by_definition
