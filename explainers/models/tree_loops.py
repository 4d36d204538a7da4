"""The compiled loops that look up the leaf of each patient in each tree.

Two ways, by the size of the tree. In a small one every comparison is made for a vector of patients
at once: each clears the bits of the leaves that it rules out, and the lowest bit left is the leaf
(Lucchese et al. 2015, QuickScorer). In a large one patients walk down, one level at a time. Neither
branches on a patient's value.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.compiled import compiled

WordArray = NDArray[np.uint32]

ALL_LEAVES = np.uint32(0xFFFFFFFF)
# Multiplied by this, each power of two below 2^32 has other upper five bits.
DE_BRUIJN = np.uint32(0x077CB531)
UPPER_BITS = np.uint32(27)
BIT_NUMBER = np.zeros(32, dtype=np.uint8)
BIT_NUMBER[[((0x077CB531 << bit) & 0xFFFFFFFF) >> 27 for bit in range(32)]] = np.arange(32)


class SmallTrees(NamedTuple):
    """Trees of at most 32 leaves.

    Attributes
    ----------
    number : ndarray of shape (s,)
        Position of each among all trees.
    start : ndarray of shape (s + 1,)
        First comparison of each tree, and the number of all.
    feature, threshold, missing_goes_left : ndarray of shape (comparisons,)
        As in a TreeEnsemble, with features numbered among those that are used.
    kept : ndarray of shape (comparisons,)
        Bits of the leaves still possible for a patient who goes right.
    first_leaf : ndarray of shape (s,)
        Where the values of a tree's leaves begin, which are in order from left to right.
    value : ndarray of shape (leaves,)
    """

    number: IntArray
    start: IntArray
    feature: IntArray
    threshold: FloatArray
    missing_goes_left: BoolArray
    kept: WordArray
    first_leaf: IntArray
    value: FloatArray


class LargeTrees(NamedTuple):
    """All other trees; nodes are numbered as in the TreeEnsemble.

    Attributes
    ----------
    number : ndarray of shape (s,)
        Position of each among all trees.
    root, depth : ndarray of shape (s,)
        First node, and levels below it.
    feature, threshold, missing_goes_right, value : ndarray of shape (nodes,)
        As in a TreeEnsemble, with features numbered among those that are used; 0 at a leaf.
    child : ndarray of shape (2 * nodes,)
        Left and right child of each node; a leaf is its own child.
    """

    number: IntArray
    root: WordArray
    depth: IntArray
    feature: WordArray
    threshold: FloatArray
    missing_goes_right: BoolArray
    value: FloatArray
    child: WordArray


@compiled
def fill_small(trees: SmallTrees, patients: FloatArray, out: FloatArray) -> None:
    """Write the leaf values of patients (p, n) to the trees' columns of ``out`` (n, trees)."""
    n = patients.shape[1]
    possible = np.empty(n, np.uint32)
    for tree in range(len(trees.number)):
        possible[:] = ALL_LEAVES
        for at in range(trees.start[tree], trees.start[tree + 1]):
            seen, cut, kept = patients[trees.feature[at]], trees.threshold[at], trees.kept[at]
            # A comparison with a missing value is false.
            if trees.missing_goes_left[at]:
                for row in range(n):
                    possible[row] &= kept if seen[row] > cut else ALL_LEAVES
            else:
                for row in range(n):
                    possible[row] &= ALL_LEAVES if seen[row] <= cut else kept
        value, column = trees.value[trees.first_leaf[tree] :], np.uint64(trees.number[tree])
        for row in range(n):
            lowest = possible[row] & (~possible[row] + np.uint32(1))
            leaf = BIT_NUMBER[np.uint32(lowest * DE_BRUIJN) >> UPPER_BITS]
            out[np.uint64(row), column] = value[np.uint64(leaf)]


@compiled
def fill_large(trees: LargeTrees, patients: FloatArray, out: FloatArray) -> None:
    """The same for large trees. Numbers without sign save a test for negative ones each time."""
    n = patients.shape[1]
    node = np.empty(n, np.uint32)
    for tree in range(len(trees.number)):
        node[:] = trees.root[tree]
        for _ in range(trees.depth[tree]):
            for row in range(n):
                at = np.uint64(node[row])
                seen = patients[trees.feature[at], np.uint64(row)]
                is_missing = seen != seen  # noqa: PLR0124  (faster than isnan)
                right = (seen > trees.threshold[at]) | (is_missing & trees.missing_goes_right[at])
                node[row] = trees.child[at + at + np.uint64(right)]
        column = np.uint64(trees.number[tree])
        for row in range(n):
            out[np.uint64(row), column] = trees.value[node[np.uint64(row)]]
