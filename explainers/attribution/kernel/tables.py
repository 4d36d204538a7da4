"""Build the tables from which a whole cohort's SHAP values are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from explainers.attribution.cuts import Cuts, find_cuts, rank_patients
from explainers.attribution.kernel.compiled import compiled
from explainers.attribution.kernel.conditions import Paths, rank_trees, trace_paths
from explainers.attribution.kernel.deep import DeepTrees, make_deep_trees, mean_of_tree
from explainers.attribution.kernel.lanes import LANES
from explainers.attribution.kernel.leaf_games import (
    MOST_CONDITIONS,
    Game,
    fill_leaf_table,
    make_game,
)
from explainers.attribution.kernel.plan import Plan, plan_groups
from explainers.attribution.kernel.ranking import (
    CUTS_PER_COLUMN,
    Columns,
    describe_columns,
    first_columns,
)
from explainers.attribution.kernel.shapes import (
    MOST_FEATURES,
    MOST_ROWS,
    Shape,
    describe_group,
    make_shape,
    missing_segment,
)
from explainers.attribution.kernel.support import supports_kernel
from explainers.core.arrays import FloatArray, IntArray
from explainers.core.trees import TreeEnsemble
from explainers.errors import UnsupportedError


class Comparisons(NamedTuple):
    """Row number of a group: ``base + sum(weight[k] * (byte[column[k]] <= cut[k]))`` modulo 2^16.

    Attributes
    ----------
    start : ndarray of shape (groups + 1,)
        Where each group's comparisons begin.
    base : ndarray of shape (groups,)
    column, cut, weight : ndarray of shape (comparisons,)
    """

    start: IntArray
    base: npt.NDArray[np.uint16]
    column: IntArray
    cut: npt.NDArray[np.uint8]
    weight: npt.NDArray[np.uint16]


class Vectors(NamedTuple):
    """The tables, cut lengthwise into vectors of four features.

    Attributes
    ----------
    start : ndarray of shape (groups + 1,)
        Where each group's vectors begin.
    n_rows : ndarray of shape (groups,)
    offset : ndarray of shape (vectors,)
        Where a vector's rows begin in ``value``.
    slot : ndarray of shape (vectors, 4)
        Feature, or pair of features, of each lane; their number where the lane is unused.
    value : ndarray, one-dimensional
    """

    start: IntArray
    n_rows: IntArray
    offset: IntArray
    slot: IntArray
    value: FloatArray


@dataclass(frozen=True)
class ShapTables:
    """Everything needed to look up the SHAP values of any number of patients.

    Attributes
    ----------
    n_features : int
    baseline : float
        Mean raw score of the game's reference patients or training patients.
    cuts, columns, comparisons, vectors, deep
        The tables, and the trees too deep for them; see the classes.
    """

    n_features: int
    baseline: float
    cuts: Cuts
    columns: Columns
    comparisons: Comparisons
    vectors: Vectors
    deep: DeepTrees

    @property
    def n_groups(self) -> int:
        """Number of tables."""
        return len(self.vectors.n_rows)

    @property
    def n_bytes(self) -> int:
        """Memory that the tables take."""
        return int(self.vectors.value.nbytes)


def build_tables(ensemble: TreeEnsemble, reference: FloatArray | None = None) -> ShapTables:
    """Tables of the exact SHAP values of a sum of trees.

    Parameters
    ----------
    ensemble : TreeEnsemble
    reference : ndarray of shape (m, p), optional
        Encoded reference patients (interventional SHAP); without them, path-dependent SHAP after
        the cover of each node.

    Raises
    ------
    UnsupportedError
        Interventional, when a tree is too deep for tables or the tables would be too large; the
        path-dependent game has no such limit, because deep trees are walked.
    """
    support = supports_kernel(ensemble, reference)
    if not support.is_supported:
        raise UnsupportedError(
            f"the kernel cannot explain this model: {support.reason}",
            remedy="Use another engine for this model.",
        )
    n_features = int(ensemble.feature.max(initial=-1)) + 1
    cuts = find_cuts(ensemble, n_features)
    trees = rank_trees(ensemble, cuts)
    paths = trace_paths(trees)
    plan = plan_groups(trees, paths, may_walk=reference is None)
    comparisons, vectors = reserve(plan, n_features)
    ranks = np.empty((0, n_features), dtype=np.int64)
    if reference is not None:
        ranks = rank_patients(reference[:, :n_features], cuts)
    first_column = first_columns(cuts)
    base = fill_groups(paths, plan.bounds, make_game(ranks), first_column, comparisons, vectors)
    base += sum(mean_of_tree(paths, root) for root in plan.deep_roots)
    base += ensemble.value[ensemble.roots[ensemble.feature[ensemble.roots] < 0]].sum()
    columns, comparisons = renumber_columns(cuts, comparisons)
    return ShapTables(
        n_features=n_features,
        baseline=float(ensemble.constant + base),
        cuts=cuts,
        columns=columns,
        comparisons=comparisons,
        vectors=vectors,
        deep=make_deep_trees(trees, paths, plan.deep_roots),
    )


def reserve(plan: Plan, n_slots: int) -> tuple[Comparisons, Vectors]:
    """Lay out the tables of all groups; an unused lane has slot ``n_slots``."""
    n_vectors = -(-plan.n_slots // LANES)
    offsets = starts(np.repeat(plan.n_rows, n_vectors) * LANES)
    n_comparisons = int(plan.n_comparisons.sum())
    comparisons = Comparisons(
        start=starts(plan.n_comparisons),
        base=np.zeros(len(plan.bounds), dtype=np.uint16),
        column=np.zeros(n_comparisons, dtype=np.int64),
        cut=np.zeros(n_comparisons, dtype=np.uint8),
        weight=np.zeros(n_comparisons, dtype=np.uint16),
    )
    vectors = Vectors(
        start=starts(n_vectors),
        n_rows=plan.n_rows,
        offset=offsets[:-1],
        slot=np.full((len(offsets) - 1, LANES), n_slots, dtype=np.int64),
        value=np.zeros(offsets[-1]),
    )
    return comparisons, vectors


def starts(sizes: IntArray) -> IntArray:
    """Where pieces of these sizes begin when laid end to end; the total last."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def renumber_columns(cuts: Cuts, comparisons: Comparisons) -> tuple[Columns, Comparisons]:
    """Keep only the columns that comparisons read."""
    used, renumbered = np.unique(comparisons.column, return_inverse=True)
    return describe_columns(cuts, used), comparisons._replace(column=renumbered.astype(np.int64))


@compiled
def fill_groups(
    paths: Paths,
    bounds: IntArray,
    game: Game,
    first_column: IntArray,
    comparisons: Comparisons,
    vectors: Vectors,
) -> float:
    """Fill the tables of all groups; returns the sum of the leaves' values of no features."""
    shape = make_shape()
    rows = np.empty((MOST_ROWS, MOST_FEATURES))
    leaf_table = np.empty((1 << MOST_CONDITIONS, MOST_CONDITIONS))
    pattern = np.empty(MOST_ROWS, np.int64)
    base = 0.0
    for group in range(len(bounds)):
        first, last = bounds[group]
        n_features, n_rows = describe_group(paths, first, last, shape)
        write_comparisons(shape, n_features, first_column, comparisons, group)
        rows[:n_rows, :n_features] = 0.0
        for leaf in range(first, last):
            base += fill_leaf_table(paths, leaf, game, leaf_table)
            spell_patterns(paths, (leaf, first), shape, n_features, pattern)
            _add_leaf(paths, leaf, shape, leaf_table, pattern[:n_rows], rows)
        _write_vectors(shape, n_features, rows, vectors, group)
    return base


@compiled
def write_comparisons(
    shape: Shape, n_features: int, first_column: IntArray, comparisons: Comparisons, group: int
) -> None:
    """Write the comparisons that add up to the row number."""
    at = comparisons.start[group]
    stride = 1
    base = 0
    for k in range(n_features):
        classes = shape.segment_class[k]
        n_cuts = shape.n_cuts[k]
        base += stride * classes[n_cuts]
        like_missing = missing_segment(shape, k)
        for segment in range(n_cuts):
            step = classes[segment] - classes[segment + 1]
            if step:
                is_low = like_missing <= segment
                _write_one(shape, k, first_column, (comparisons, at), (segment, is_low))
                comparisons.weight[at] = np.uint16((stride * step) & 0xFFFF)
                at += 1
        if like_missing > n_cuts:
            # Missing counts as highest above; both columns differ only where it is missing.
            step = stride * (shape.missing_class[k] - classes[n_cuts])
            for is_low in (True, False):
                _write_one(shape, k, first_column, (comparisons, at), (0, is_low))
                comparisons.weight[at] = np.uint16((step if is_low else -step) & 0xFFFF)
                at += 1
        stride *= shape.n_classes[k]
    comparisons.base[group] = np.uint16(base & 0xFFFF)


@compiled
def _write_one(
    shape: Shape,
    k: int,
    first_column: IntArray,
    place: tuple[Comparisons, int],
    asked: tuple[int, bool],
) -> None:
    """Write column and cut of one comparison."""
    comparisons, at = place
    segment, missing_is_low = asked
    rank = shape.cut[k, segment]
    piece = rank // CUTS_PER_COLUMN
    comparisons.column[at] = first_column[shape.feature[k]] + 2 * piece + int(missing_is_low)
    comparisons.cut[at] = np.uint8(rank - piece * CUTS_PER_COLUMN)


@compiled
def spell_patterns(
    paths: Paths, which: tuple[int, int], shape: Shape, n_features: int, pattern: IntArray
) -> None:
    """Conditions of one leaf that the patients of each table row meet, as bits."""
    leaf, first = which
    begin, end = paths.start[leaf], paths.start[leaf + 1]
    pattern[0] = 0
    stride = 1
    for k in range(n_features):
        place = begin
        while place < end and paths.feature[place] != shape.feature[k]:
            place += 1
        for number in range(shape.n_classes[k] - 1, -1, -1):
            bit = 0
            if place < end:
                met = (shape.class_mask[k, number] >> np.uint64(leaf - first)) & np.uint64(1)
                bit = np.int64(met) << (place - begin)
            for row in range(stride):
                pattern[number * stride + row] = pattern[row] | bit
        stride *= shape.n_classes[k]


@compiled
def _add_leaf(
    paths: Paths,
    leaf: int,
    shape: Shape,
    leaf_table: FloatArray,
    pattern: IntArray,
    rows: FloatArray,
) -> None:
    """Add one leaf's table to the rows of its group."""
    begin = paths.start[leaf]
    for i in range(paths.start[leaf + 1] - begin):
        k = 0
        while shape.feature[k] != paths.feature[begin + i]:
            k += 1
        for row in range(len(pattern)):
            rows[row, k] += leaf_table[pattern[row], i]


@compiled
def _write_vectors(
    shape: Shape, n_features: int, rows: FloatArray, vectors: Vectors, group: int
) -> None:
    """Copy a group's rows into vectors."""
    for k in range(n_features):
        vector = vectors.start[group] + k // LANES
        lane = k % LANES
        vectors.slot[vector, lane] = shape.feature[k]
        at = vectors.offset[vector] + lane
        for row in range(vectors.n_rows[group]):
            vectors.value[at + row * LANES] = rows[row, k]
