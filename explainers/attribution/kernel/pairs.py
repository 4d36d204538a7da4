"""Pairs of features: which of them meet on a path, and where a group's table keeps them.

Two features interact only where they meet on a path. Each such pair has a slot, as each feature
has one in the tables of SHAP values; ``pair_slot`` (p, p) is symmetric and holds the slot of each
pair, -1 where there is none.
"""

from __future__ import annotations

import numpy as np

from explainers.attribution.kernel.compiled import compiled
from explainers.attribution.kernel.conditions import Paths
from explainers.attribution.kernel.leaf_games import MOST_CONDITIONS
from explainers.attribution.kernel.shapes import MOST_FEATURES, Shape
from explainers.core.arrays import BoolArray, IntArray


@compiled
def meet_on_paths(paths: Paths, n_features: int) -> BoolArray:
    """Which pairs of features meet on a path, (p, p), symmetric; False on the diagonal."""
    meet = np.zeros((n_features, n_features), np.bool_)
    for leaf in range(len(paths.value)):
        for at in range(paths.start[leaf], paths.start[leaf + 1]):
            for other in range(paths.start[leaf], at):
                meet[paths.feature[at], paths.feature[other]] = True
                meet[paths.feature[other], paths.feature[at]] = True
    return meet


def number_pairs(wanted: BoolArray) -> tuple[IntArray, IntArray]:
    """Slots of the pairs for which ``wanted`` (p, p) is true.

    Returns
    -------
    pairs : ndarray of shape (pairs, 2)
        Both features of each slot, the lower one first.
    pair_slot : ndarray of shape (p, p)
    """
    pairs: IntArray = np.argwhere(np.triu(wanted, 1)).astype(np.int64)
    pair_slot = np.full(wanted.shape, -1, dtype=np.int64)
    pair_slot[pairs[:, 0], pairs[:, 1]] = np.arange(len(pairs))
    pair_slot[pairs[:, 1], pairs[:, 0]] = np.arange(len(pairs))
    return pairs, pair_slot


@compiled
def make_local_pairs() -> IntArray:
    """Empty scratch space for :func:`find_pairs`."""
    return np.full((MOST_FEATURES, MOST_FEATURES), -1, np.int64)


@compiled
def find_pairs(
    paths: Paths, leaves: tuple[int, int], shape: Shape, pair_slot: IntArray, local: IntArray
) -> int:
    """Number the pairs of a group that have a slot; returns how many there are.

    Writes to ``local`` (MOST_FEATURES, MOST_FEATURES), full of -1 before, the number within the
    group of each pair of the group's features as they stand in ``shape``.
    """
    place = np.empty(MOST_CONDITIONS, np.int64)
    n_pairs = 0
    for leaf in range(leaves[0], leaves[1]):
        begin = paths.start[leaf]
        for i in range(paths.start[leaf + 1] - begin):
            feature = paths.feature[begin + i]
            place[i] = place_of(shape, feature)
            for j in range(i):
                if pair_slot[feature, paths.feature[begin + j]] < 0:
                    continue
                if local[place[i], place[j]] < 0:
                    local[place[i], place[j]] = n_pairs
                    local[place[j], place[i]] = n_pairs
                    n_pairs += 1
    return n_pairs


@compiled
def place_of(shape: Shape, feature: int) -> int:
    """Where a feature that the group has stands among its features."""
    k = 0
    while shape.feature[k] != feature:
        k += 1
    return k
