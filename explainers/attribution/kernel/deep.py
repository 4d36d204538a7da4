"""Path-dependent SHAP of trees with too many features on a path for tables.

The leaf game of :mod:`leaf_games` is integrated with a Gauss-Legendre rule, but the products along
a path are shared by all leaves below it, as in Linear TreeShap (Yu, Xu, Sun and Zhang 2022), for a
block of patients at once. At every point t of the rule, going down multiplies by the factor
``o t + z (1 - t)`` of each feature on the path, and going up adds the leaves' products G. An edge
on feature i then adds ``sum_t w_t G_t (o - z) / (o t + z (1 - t))`` to phi_i. Where the feature was
already met higher up, its new o and z replace the old ones and the old edge's part is taken back.
The cost is nodes x points per patient, whatever the number of features on a path.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from explainers.attribution.cuts import MISSING
from explainers.attribution.kernel.compiled import compiled
from explainers.attribution.kernel.conditions import Paths, Trees
from explainers.attribution.kernel.leaf_games import gauss_legendre
from explainers.attribution.kernel.ranking import RankMatrix
from explainers.core.arrays import FloatArray, IntArray

# Patients that descend together: enough to pay for the steps between loops.
PATIENTS_AT_ONCE = 64


class DeepTrees(NamedTuple):
    """Trees that are walked instead of looked up.

    Attributes
    ----------
    trees : Trees
        All trees of the ensemble.
    roots : ndarray of shape (deep trees,)
    depth : int
        Edges on the longest path.
    point, weight : ndarray of shape (points,)
        Gauss-Legendre rule on [0, 1], exact for the largest number of features on a path.
    """

    trees: Trees
    roots: IntArray
    depth: int
    point: FloatArray
    weight: FloatArray


class Walk(NamedTuple):
    """Scratch space; index d is the edge that leads to the node at depth d.

    Attributes
    ----------
    node, feature, previous : ndarray of shape (depth + 1,)
        ``previous`` is the depth of the edge above on the same feature, 0 if none.
    ratio : ndarray of shape (depth + 1,)
        z, merged with that of the previous edge.
    met : ndarray of shape (depth + 1, patients)
        o, merged with that of the previous edge.
    product, below : ndarray of shape (depth + 1, points, patients)
        Product of the factors down to here, and sum of the products of all leaves below.
    """

    node: IntArray
    feature: IntArray
    previous: IntArray
    ratio: FloatArray
    met: FloatArray
    product: FloatArray
    below: FloatArray


def make_deep_trees(trees: Trees, paths: Paths, roots: IntArray) -> DeepTrees:
    """Prepare the walk of the trees with the given roots."""
    depth, n_conditions = 0, 1
    for root in roots:
        leaves = slice(paths.first_leaf[root], paths.last_leaf[root] + 1)
        n_conditions = max(n_conditions, int(np.diff(paths.start[leaves]).max()))
        depth = max(depth, tree_depth(trees, int(root)))
    size = (n_conditions + 1) // 2
    point, weight = gauss_legendre(size)
    return DeepTrees(trees, roots, depth, point[size], weight[size])


@compiled
def tree_depth(trees: Trees, root: int) -> int:
    """Edges on the longest path of one tree."""
    nodes = np.array([root])
    depth = 0
    while True:
        inner = nodes[trees.feature[nodes] >= 0]
        if len(inner) == 0:
            return depth
        nodes = np.concatenate((trees.left[inner], trees.right[inner]))
        depth += 1


@compiled
def mean_of_tree(paths: Paths, root: int) -> float:
    """Cover-weighted mean of a tree's leaves: its value of no features."""
    total = 0.0
    for leaf in range(paths.first_leaf[root], paths.last_leaf[root]):
        total += paths.value[leaf] * paths.ratio[paths.start[leaf] : paths.start[leaf + 1]].prod()
    return total


@compiled
def add_deep_trees(deep: DeepTrees, ranks: RankMatrix, sums: FloatArray) -> None:
    """Add the SHAP values of a block of patients with ranks (p, size) to ``sums`` (p * size)."""
    size = ranks.shape[1]
    n_points = len(deep.point)
    walk = Walk(
        np.zeros(deep.depth + 1, np.int64),
        np.full(deep.depth + 1, -1, np.int64),
        np.zeros(deep.depth + 1, np.int64),
        np.ones(deep.depth + 1),
        np.ones((deep.depth + 1, PATIENTS_AT_ONCE)),
        np.ones((deep.depth + 1, n_points, PATIENTS_AT_ONCE)),
        np.zeros((deep.depth + 1, n_points, PATIENTS_AT_ONCE)),
    )
    for first in range(0, size, PATIENTS_AT_ONCE):
        part = ranks[:, first : first + PATIENTS_AT_ONCE]
        for root in deep.roots:
            _walk_tree(deep, root, part, walk, (sums, size, first))


@compiled
def _walk_tree(
    deep: DeepTrees, root: int, ranks: RankMatrix, walk: Walk, target: tuple[FloatArray, int, int]
) -> None:
    """Visit each node going down and, after its children, going up."""
    trees = deep.trees
    # How many children of the node at each depth were visited.
    visited = np.zeros(deep.depth + 1, np.int64)
    walk.node[0] = root
    depth = 0
    while depth >= 0:
        node = walk.node[depth]
        if visited[depth] == 0 and depth > 0:
            _descend(deep, depth, ranks, walk)
        if trees.feature[node] >= 0 and visited[depth] < 2:
            child = trees.left[node] if visited[depth] == 0 else trees.right[node]
            visited[depth] += 1
            depth += 1
            walk.node[depth] = child
            visited[depth] = 0
            walk.below[depth] = 0.0
            continue
        if trees.feature[node] < 0:
            _end_path(trees.value[node], walk.product[depth], walk.below[depth])
        if depth > 0:
            _settle(deep, depth, walk, target)
        depth -= 1


@compiled
def _descend(deep: DeepTrees, depth: int, ranks: RankMatrix, walk: Walk) -> None:
    """Merge the edge to this depth with the one above on its feature, and multiply."""
    trees = deep.trees
    parent = walk.node[depth - 1]
    node = walk.node[depth]
    feature = trees.feature[parent]
    previous = depth - 1
    while previous > 0 and walk.feature[previous] != feature:
        previous -= 1
    walk.feature[depth] = feature
    walk.previous[depth] = previous
    cover = trees.cover[parent]
    above = walk.ratio[previous] if previous else 1.0
    walk.ratio[depth] = above * (trees.cover[node] / cover if cover > 0 else 0.0)
    is_left = trees.left[parent] == node
    default = trees.missing_goes_left[parent] == is_left
    own_rank = trees.rank[parent]
    met, was_met = walk.met[depth], walk.met[previous]
    for row in range(ranks.shape[1]):
        rank = ranks[feature, row]
        here = default if rank == MISSING else (rank <= own_rank) == is_left
        # The edge to the root stands for no edge: every patient meets it.
        met[row] = was_met[row] if here else 0.0
    _multiply(deep, depth, walk)


@compiled
def _multiply(deep: DeepTrees, depth: int, walk: Walk) -> None:
    """Replace the factor of the previous edge on the feature, if any, by that of this edge.

    Conditions are numbers 0 and 1 and choices are sums, so that the loop becomes vectors.
    """
    previous = walk.previous[depth]
    ratio = walk.ratio[depth]
    above = walk.ratio[previous]
    kept = ratio / above if above > 0 else 0.0
    met, was_met = walk.met[depth], walk.met[previous]
    for k in range(len(deep.point)):
        here = deep.point[k]
        absent = ratio * (1.0 - here)
        old = here + above * (1.0 - here) if previous else 1.0
        if_missed = kept if previous else absent
        if_lost = absent / old - if_missed
        if_met = here / old
        product, up = walk.product[depth, k], walk.product[depth - 1, k]
        for row in range(len(met)):
            product[row] = up[row] * (if_missed + was_met[row] * if_lost + met[row] * if_met)


@compiled
def _end_path(value: float, product: FloatArray, below: FloatArray) -> None:
    """A leaf's products, with its value."""
    for k in range(len(product)):
        for row in range(product.shape[1]):
            below[k, row] = value * product[k, row]


@compiled
def _settle(deep: DeepTrees, depth: int, walk: Walk, target: tuple[FloatArray, int, int]) -> None:
    """Add this edge's part to the attribution of its feature, and take back the previous one's."""
    sums, size, first = target
    start = walk.feature[depth] * size + first
    previous = walk.previous[depth]
    met, was_met = walk.met[depth], walk.met[previous]
    total = sums[start : start + len(met)]
    for k in range(len(deep.point)):
        here = deep.point[k]
        weight = deep.weight[k]
        # Taking back the part of a patient who misses both conditions leaves nothing.
        if_missed = 0.0 if previous else -weight / (1.0 - here)
        if_met = weight * (_share(walk.ratio[depth], here) + 1.0 / (1.0 - here))
        if_was_met = weight * (_share(walk.ratio[previous], here) + 1.0 / (1.0 - here))
        taken = if_was_met if previous else 0.0
        below, up = walk.below[depth, k], walk.below[depth - 1, k]
        for row in range(len(met)):
            total[row] += below[row] * (if_missed + met[row] * if_met - was_met[row] * taken)
            up[row] += below[row]


@compiled
def _share(ratio: float, here: float) -> float:
    """``(o - z) / (o t + z (1 - t))`` at o = 1; at o = 0 it is ``-1 / (1 - t)`` whatever z."""
    return (1.0 - ratio) / (here + ratio * (1.0 - here))
