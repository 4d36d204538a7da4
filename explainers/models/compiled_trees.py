"""Trees of any library laid out for the compiled loops, and the raw scores these give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.trees import TreeEnsemble
from explainers.models.tree_loops import (
    ALL_LEAVES,
    LargeTrees,
    SmallTrees,
    fill_large,
    fill_small,
)

MOST_BITS = 32
# Patients and leaf values of a block stay in the second-level cache for a hundred trees, and take
# 16 MiB at most for the largest model.
ROWS_AT_ONCE = 1024
NUMBERS_AT_ONCE = 2**20


class Places(NamedTuple):
    """Where each node is in its tree, (nodes,) each; 0 for a node that no tree has.

    ``level`` is the number of edges to the root, ``n_leaves`` counts the leaves below (1 at a
    leaf), ``leaves_before`` those of the same tree to the left, ``tree`` is the number of the tree
    plus 1.
    """

    level: IntArray
    n_leaves: IntArray
    leaves_before: IntArray
    tree: IntArray


@dataclass(frozen=True, eq=False)
class CompiledTrees:
    """Trees laid out for the compiled loops.

    Attributes
    ----------
    ensemble : TreeEnsemble
    used : ndarray of shape (u,)
        Features that some tree asks for.
    """

    ensemble: TreeEnsemble
    used: IntArray
    _small: SmallTrees
    _large: LargeTrees

    @classmethod
    def of(cls, ensemble: TreeEnsemble) -> CompiledTrees:
        """Lay out the trees of a model."""
        places = _find_places(ensemble)
        used, own_number = np.unique(ensemble.feature, return_inverse=True)
        feature = own_number - (used[:1] < 0).sum()
        is_small = places.n_leaves[ensemble.roots] <= MOST_BITS
        return cls(
            ensemble,
            used[used >= 0],
            _lay_out_small(ensemble, places, feature, is_small),
            _lay_out_large(ensemble, places, feature, ~is_small),
        )

    def score(self, matrix: FloatArray) -> FloatArray:
        """Raw score (n,) of encoded patients (n, p), added up in double precision.

        Bit for bit ``constant + value[leaves].sum(axis=1)``, which is how the models add up the
        leaves that their libraries find: a number does not tell which way it was computed.
        """
        total = np.empty(len(matrix))
        widest = max(1, len(self.used), self.ensemble.n_trees)
        size = max(1, min(ROWS_AT_ONCE, len(matrix), NUMBERS_AT_ONCE // widest))
        values = np.empty((size, self.ensemble.n_trees))
        for start in range(0, len(matrix), size):
            seen = self.ensemble.seen(matrix[start : start + size, self.used])
            patients = np.ascontiguousarray(seen.T, dtype=np.float64)
            found = values[: len(seen)]
            fill_small(self._small, patients, found)
            fill_large(self._large, patients, found)
            total[start : start + size] = self.ensemble.constant + found.sum(axis=1)
        return total


def _find_places(ensemble: TreeEnsemble) -> Places:
    """Walk down all trees together, one level at a time, and count leaves on the way back."""
    places = Places(*(np.zeros(len(ensemble.feature), dtype=np.int64) for _ in Places._fields))
    places.tree[ensemble.roots] = np.arange(ensemble.n_trees) + 1
    levels = [ensemble.roots]
    while len(inner := levels[-1][ensemble.feature[levels[-1]] >= 0]):
        for children in (ensemble.left[inner], ensemble.right[inner]):
            places.level[children] = len(levels)
            places.tree[children] = places.tree[inner]
        levels.append(np.concatenate([ensemble.left[inner], ensemble.right[inner]]))
    places.n_leaves[ensemble.feature < 0] = 1
    for nodes in reversed(levels):
        inner = nodes[ensemble.feature[nodes] >= 0]
        left, right = ensemble.left[inner], ensemble.right[inner]
        places.n_leaves[inner] = places.n_leaves[left] + places.n_leaves[right]
    for nodes in levels:
        inner = nodes[ensemble.feature[nodes] >= 0]
        left, right = ensemble.left[inner], ensemble.right[inner]
        places.leaves_before[left] = places.leaves_before[inner]
        places.leaves_before[right] = places.leaves_before[inner] + places.n_leaves[left]
    return places


def _lay_out_small(
    ensemble: TreeEnsemble, places: Places, feature: IntArray, is_small: BoolArray
) -> SmallTrees:
    number = np.flatnonzero(is_small)
    nodes = np.flatnonzero(np.concatenate([[False], is_small])[places.tree])
    nodes = nodes[np.lexsort([places.leaves_before[nodes], places.tree[nodes]])]
    is_inner = ensemble.feature[nodes] >= 0
    tests, leaves = nodes[is_inner], nodes[~is_inner]
    n_left = places.n_leaves[ensemble.left[tests]]
    ruled_out = ((1 << n_left) - 1) << places.leaves_before[tests]
    return SmallTrees(
        number=number,
        start=np.searchsorted(places.tree[tests], np.append(number + 1, len(is_small) + 1)),
        feature=feature[tests],
        threshold=ensemble.threshold[tests],
        missing_goes_left=ensemble.missing_goes_left[tests],
        kept=(int(ALL_LEAVES) & ~ruled_out).astype(np.uint32),
        first_leaf=np.searchsorted(places.tree[leaves], number + 1),
        value=ensemble.value[leaves],
    )


def _lay_out_large(
    ensemble: TreeEnsemble, places: Places, feature: IntArray, is_large: BoolArray
) -> LargeTrees:
    number = np.flatnonzero(is_large)
    depth = np.zeros(ensemble.n_trees + 1, dtype=np.int64)
    np.maximum.at(depth, places.tree, places.level)
    is_leaf = ensemble.feature < 0
    own = np.arange(len(is_leaf))
    left, right = (np.where(is_leaf, own, each) for each in (ensemble.left, ensemble.right))
    return LargeTrees(
        number=number,
        root=ensemble.roots[number].astype(np.uint32),
        depth=depth[number + 1],
        feature=np.where(is_leaf, 0, feature).astype(np.uint32),
        threshold=ensemble.threshold.copy(),
        missing_goes_right=~ensemble.missing_goes_left,
        value=ensemble.value.copy(),
        child=np.column_stack([left, right]).astype(np.uint32).ravel(),
    )
