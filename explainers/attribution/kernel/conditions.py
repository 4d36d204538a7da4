"""What each leaf asks of a patient, in ranks among the thresholds of each feature.

All conditions that one path sets on one feature shrink to ``low < rank <= high`` (see
:mod:`explainers.attribution.cuts`), and to whether a missing value passes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from explainers.attribution.cuts import Cuts, rank_thresholds
from explainers.attribution.kernel.compiled import compiled
from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.trees import TreeEnsemble

# Rank above every cut: no upper bound.
UNBOUNDED = 2**31 - 1


class Trees(NamedTuple):
    """The arrays of a TreeEnsemble that compiled code reads; ``rank`` is that of a node's cut."""

    feature: IntArray
    rank: IntArray
    left: IntArray
    right: IntArray
    missing_goes_left: BoolArray
    value: FloatArray
    cover: FloatArray
    roots: IntArray


class Paths(NamedTuple):
    """Leaves in depth-first order, each with one condition for every distinct feature on its path.

    Attributes
    ----------
    start : ndarray of shape (leaves + 1,)
        Where the conditions of each leaf begin.
    feature, low, high : ndarray of shape (conditions,)
        A patient meets the condition when ``low < rank <= high``.
    missing_passes : ndarray of shape (conditions,)
        Whether a missing value meets the condition.
    ratio : ndarray of shape (conditions,)
        Product over the path's splits on the feature of the child's cover by its parent's: the
        chance to follow the path for a patient whose value of the feature is left out.
    value : ndarray of shape (leaves,)
    first_leaf, last_leaf : ndarray of shape (nodes,)
        The leaves under a node are ``first_leaf <= leaf < last_leaf``.
    """

    start: IntArray
    feature: IntArray
    low: IntArray
    high: IntArray
    missing_passes: BoolArray
    ratio: FloatArray
    value: FloatArray
    first_leaf: IntArray
    last_leaf: IntArray


def rank_trees(ensemble: TreeEnsemble, cuts: Cuts) -> Trees:
    """The ensemble with each threshold replaced by its rank among its feature's cuts."""
    return Trees(
        feature=ensemble.feature,
        rank=rank_thresholds(ensemble, cuts),
        left=ensemble.left,
        right=ensemble.right,
        missing_goes_left=ensemble.missing_goes_left,
        value=ensemble.value,
        cover=ensemble.cover,
        roots=_alike_together(ensemble),
    )


def _alike_together(ensemble: TreeEnsemble) -> IntArray:
    """Roots ordered by their feature: neighbours that share features share a table more cheaply."""
    order = np.argsort(ensemble.feature[ensemble.roots], kind="stable")
    roots: IntArray = ensemble.roots[order]
    return roots


@compiled
def trace_paths(trees: Trees) -> Paths:
    """Number the leaves and collect the conditions of each."""
    n_nodes = len(trees.feature)
    parent = np.full(n_nodes, -1, np.int64)
    depth = np.zeros(n_nodes, np.int64)
    order = _preorder(trees, parent, depth)
    first_leaf = np.zeros(n_nodes, np.int64)
    last_leaf = np.zeros(n_nodes, np.int64)
    n_leaves, n_conditions = _number_leaves(trees, order, depth, first_leaf, last_leaf)
    paths = Paths(
        np.zeros(n_leaves + 1, np.int64),
        np.empty(n_conditions, np.int64),
        np.empty(n_conditions, np.int64),
        np.empty(n_conditions, np.int64),
        np.empty(n_conditions, np.bool_),
        np.empty(n_conditions, np.float64),
        np.empty(n_leaves, np.float64),
        first_leaf,
        last_leaf,
    )
    for node in order:
        if trees.feature[node] < 0:
            _trace_leaf(trees, parent, node, paths)
    return paths


@compiled
def _preorder(trees: Trees, parent: IntArray, depth: IntArray) -> IntArray:
    """All nodes, each before its children and left before right; notes parent and depth."""
    order = np.empty(len(trees.feature), np.int64)
    stack = np.empty(len(trees.feature) + 1, np.int64)
    done = 0
    for root in trees.roots:
        stack[0] = root
        height = 1
        while height:
            height -= 1
            node = stack[height]
            order[done] = node
            done += 1
            if trees.feature[node] >= 0:
                for child in (trees.right[node], trees.left[node]):
                    parent[child] = node
                    depth[child] = depth[node] + 1
                    stack[height] = child
                    height += 1
    return order[:done]


@compiled
def _number_leaves(
    trees: Trees, order: IntArray, depth: IntArray, first_leaf: IntArray, last_leaf: IntArray
) -> tuple[int, int]:
    """Number leaves in depth-first order; returns their number and that of all path steps."""
    n_leaves = 0
    n_steps = 0
    for node in order:
        first_leaf[node] = n_leaves
        if trees.feature[node] < 0:
            n_leaves += 1
            n_steps += depth[node]
    for at in range(len(order) - 1, -1, -1):
        node = order[at]
        if trees.feature[node] < 0:
            last_leaf[node] = first_leaf[node] + 1
        else:
            last_leaf[node] = last_leaf[trees.right[node]]
    return n_leaves, n_steps


@compiled
def _trace_leaf(trees: Trees, parent: IntArray, leaf_node: int, paths: Paths) -> None:
    """Walk from a leaf to its root and merge the conditions on each feature."""
    leaf = paths.first_leaf[leaf_node]
    begin = paths.start[leaf]
    end = begin
    paths.value[leaf] = trees.value[leaf_node]
    child = leaf_node
    while parent[child] >= 0:
        node = parent[child]
        at = begin
        while at < end and paths.feature[at] != trees.feature[node]:
            at += 1
        if at == end:
            paths.feature[at] = trees.feature[node]
            paths.low[at] = -1
            paths.high[at] = UNBOUNDED
            paths.missing_passes[at] = True
            paths.ratio[at] = 1.0
            end += 1
        _narrow(trees, node, child, paths, at)
        child = node
    paths.start[leaf + 1] = end


@compiled
def _narrow(trees: Trees, node: int, child: int, paths: Paths, at: int) -> None:
    """Add the condition of one split to what the path asks of its feature."""
    is_left = trees.left[node] == child
    if is_left:
        paths.high[at] = min(paths.high[at], trees.rank[node])
    else:
        paths.low[at] = max(paths.low[at], trees.rank[node])
    paths.missing_passes[at] &= trees.missing_goes_left[node] == is_left
    if trees.cover[node] > 0:
        paths.ratio[at] *= trees.cover[child] / trees.cover[node]
    else:
        paths.ratio[at] = 0.0
