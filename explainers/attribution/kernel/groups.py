"""Decide which leaves share a table, by what that costs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from explainers.attribution.kernel.compiled import compiled
from explainers.attribution.kernel.conditions import Paths, Trees
from explainers.attribution.kernel.lanes import LANES
from explainers.attribution.kernel.pairs import find_pairs, make_local_pairs
from explainers.attribution.kernel.shapes import (
    Shape,
    count_comparisons,
    describe_group,
    longest_path,
    make_shape,
)
from explainers.core.arrays import BoolArray, FloatArray, IntArray


class Costs(NamedTuple):
    """Nanoseconds, as measured; only their ratios matter.

    Attributes
    ----------
    lookup, lookup_far : float
        One table row of one vector, from the first-level cache and from beyond it.
    compare, compare_wide : float
        One comparison, with row numbers of 8 and of 16 bits.
    build : float
        One table entry, spread over the patients that share it.
    walk : float
        One node and one point of the rule, for a tree that is walked (see deep.py); inf where
        trees cannot be walked.
    """

    lookup: float
    lookup_far: float
    compare: float
    compare_wide: float
    build: float
    walk: float


# Measured on one core of an AMD EPYC (AVX2), for a cohort of a hundred thousand patients.
COSTS = Costs(lookup=1.6, lookup_far=2.6, compare=0.1, compare_wide=0.2, build=2e-4, walk=3.0)


@compiled
def price_group(
    paths: Paths, leaves: tuple[int, int], shape: Shape, costs: Costs, pair_slot: IntArray
) -> float:
    """Nanoseconds per patient of a run of leaves in one table; inf if impossible."""
    first, last = leaves
    n_features, n_rows = describe_group(paths, first, last, shape)
    if n_rows == 0:
        return np.inf
    n_slots = n_features
    n_entries = float(paths.start[last] - paths.start[first])
    if len(pair_slot):
        n_slots = find_pairs(paths, leaves, shape, pair_slot, make_local_pairs())
        if n_slots == 0:
            return 0.0
        # Pairs of a path, as if all paths were equally long.
        n_entries *= (n_entries / (last - first) - 1) / 2
    n_vectors = (n_slots + LANES - 1) // LANES
    is_near = n_rows <= 512
    lookup = costs.lookup if is_near else costs.lookup_far
    compare = costs.compare if n_rows <= 256 else costs.compare_wide
    return float(
        n_vectors * lookup
        + count_comparisons(shape, n_features) * compare
        + n_rows * n_entries * costs.build
    )


@compiled
def choose_groups(
    trees: Trees, paths: Paths, costs: Costs, pair_slot: IntArray
) -> tuple[IntArray, IntArray]:
    """Cut all leaves into groups that are cheap for many patients.

    Each tree is cut into subtrees by dynamic programming from its leaves to its root; neighbours
    are then joined where one table for both is cheaper, also across trees. A table holds one
    number per feature, or, given ``pair_slot`` (see pairs.py), one per pair of features.

    Returns
    -------
    bounds : ndarray of shape (groups, 2)
        First leaf, and one past the last.
    deep : ndarray of shape (deep trees,)
        Roots of the trees with too many features on a path for tables, or cheaper to walk.
    """
    shape = make_shape()
    n_leaves = len(paths.value)
    bounds = np.empty((n_leaves, 2), np.int64)
    price = np.empty(n_leaves)
    is_deep = np.zeros(len(trees.roots), np.bool_)
    best = np.zeros(len(trees.feature))
    is_whole = np.zeros(len(trees.feature), np.bool_)
    n_groups = 0
    for t in range(len(trees.roots)):
        root = trees.roots[t]
        if trees.feature[root] < 0:
            continue
        _price_subtrees(trees, paths, root, (costs, pair_slot), (shape, best, is_whole))
        if not best[root] < _price_walk(paths, root, costs):
            is_deep[t] = True
        else:
            n_groups = _take_subtrees(trees, paths, root, best, is_whole, (bounds, price, n_groups))
    n_groups = _join_neighbours(paths, bounds[:n_groups], price, shape, (costs, pair_slot))
    return bounds[:n_groups].copy(), trees.roots[is_deep]


@compiled
def _price_walk(paths: Paths, root: int, costs: Costs) -> float:
    """Nanoseconds per patient of walking a whole tree; see deep.py."""
    first, last = paths.first_leaf[root], paths.last_leaf[root]
    n_points = (longest_path(paths, first, last) + 1) // 2
    return float(2 * (last - first) * n_points * costs.walk)


@compiled
def _price_subtrees(
    trees: Trees,
    paths: Paths,
    root: int,
    pricing: tuple[Costs, IntArray],
    notes: tuple[Shape, FloatArray, BoolArray],
) -> None:
    """Lowest price of each subtree, and whether it is that of a single table."""
    costs, pair_slot = pricing
    shape, best, is_whole = notes
    order = subtree_nodes(trees, root, paths.last_leaf[root] - paths.first_leaf[root])
    for at in range(len(order) - 1, -1, -1):
        node = order[at]
        apart = np.inf
        may_join = True
        if trees.feature[node] >= 0:
            apart = best[trees.left[node]] + best[trees.right[node]]
            may_join = bool(is_whole[trees.left[node]] and is_whole[trees.right[node]])
        whole = np.inf
        if may_join:
            leaves = (paths.first_leaf[node], paths.last_leaf[node])
            whole = price_group(paths, leaves, shape, costs, pair_slot)
        best[node] = min(whole, apart)
        is_whole[node] = whole <= apart and whole < np.inf


@compiled
def subtree_nodes(trees: Trees, root: int, n_leaves: int) -> IntArray:
    """Nodes of a tree, each before its children and left before right."""
    order = np.empty(2 * n_leaves - 1, np.int64)
    stack = np.empty(2 * n_leaves, np.int64)
    stack[0] = root
    height = 1
    done = 0
    while height:
        height -= 1
        node = stack[height]
        order[done] = node
        done += 1
        if trees.feature[node] >= 0:
            stack[height] = trees.right[node]
            stack[height + 1] = trees.left[node]
            height += 2
    return order


@compiled
def _take_subtrees(
    trees: Trees,
    paths: Paths,
    root: int,
    best: FloatArray,
    is_whole: BoolArray,
    taken: tuple[IntArray, FloatArray, int],
) -> int:
    """Append the cheapest subtrees of one tree to the groups; returns their number so far."""
    bounds, price, n_groups = taken
    after = paths.first_leaf[root]
    for node in subtree_nodes(trees, root, paths.last_leaf[root] - after):
        if is_whole[node] and paths.first_leaf[node] >= after:
            bounds[n_groups, 0] = paths.first_leaf[node]
            bounds[n_groups, 1] = paths.last_leaf[node]
            price[n_groups] = best[node]
            after = paths.last_leaf[node]
            n_groups += 1
    return n_groups


@compiled
def _join_neighbours(
    paths: Paths,
    bounds: IntArray,
    price: FloatArray,
    shape: Shape,
    pricing: tuple[Costs, IntArray],
) -> int:
    """Join each group to the one before it where that is cheaper; returns the number left."""
    costs, pair_slot = pricing
    kept = 0
    for group in range(len(bounds)):
        if kept and bounds[kept - 1, 1] == bounds[group, 0]:
            leaves = (bounds[kept - 1, 0], bounds[group, 1])
            joint = price_group(paths, leaves, shape, costs, pair_slot)
            if joint <= price[kept - 1] + price[group]:
                bounds[kept - 1, 1] = bounds[group, 1]
                price[kept - 1] = joint
                continue
        bounds[kept] = bounds[group]
        price[kept] = price[group]
        kept += 1
    return kept
