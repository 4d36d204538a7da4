"""Build the tables from which SHAP interaction values are looked up, one slot per pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.attribution.cuts import Cuts, find_cuts, rank_patients
from explainers.attribution.kernel.compiled import compiled
from explainers.attribution.kernel.conditions import Paths, rank_trees, trace_paths
from explainers.attribution.kernel.lanes import LANES
from explainers.attribution.kernel.leaf_games import MOST_CONDITIONS, Game, make_game
from explainers.attribution.kernel.pair_games import MOST_LEAF_PAIRS, fill_leaf_pairs
from explainers.attribution.kernel.pairs import (
    find_pairs,
    make_local_pairs,
    meet_on_paths,
    number_pairs,
    place_of,
)
from explainers.attribution.kernel.plan import plan_groups
from explainers.attribution.kernel.ranking import Columns, first_columns
from explainers.attribution.kernel.shapes import (
    MOST_FEATURES,
    MOST_ROWS,
    Shape,
    describe_group,
    make_shape,
)
from explainers.attribution.kernel.support import supports_kernel
from explainers.attribution.kernel.tables import (
    Comparisons,
    Vectors,
    renumber_columns,
    reserve,
    spell_patterns,
    write_comparisons,
)
from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.trees import TreeEnsemble
from explainers.errors import UnsupportedError

MOST_PAIRS = MOST_FEATURES * (MOST_FEATURES - 1) // 2


@dataclass(frozen=True)
class PairTables:
    """Everything needed to look up the interactions of any number of patients.

    Attributes
    ----------
    n_features : int
    pairs : ndarray of shape (pairs, 2)
        Both features of each slot, the lower one first; pairs that are not here do not interact
        or were not asked for.
    cuts, columns, comparisons, vectors
        The tables; see the classes.
    """

    n_features: int
    pairs: IntArray
    cuts: Cuts
    columns: Columns
    comparisons: Comparisons
    vectors: Vectors

    @property
    def n_bytes(self) -> int:
        """Memory that the tables take."""
        return int(self.vectors.value.nbytes)


def build_pair_tables(
    ensemble: TreeEnsemble,
    reference: FloatArray | None = None,
    wanted: BoolArray | None = None,
) -> PairTables:
    """Tables of the exact SHAP interaction values of a sum of trees.

    Parameters
    ----------
    ensemble : TreeEnsemble
    reference : ndarray of shape (m, p), optional
        Encoded reference patients (interventional); without them, path-dependent values.
    wanted : ndarray of shape (p, p), optional
        Symmetric; True for the pairs that tables are built for. Default: all pairs.

    Raises
    ------
    UnsupportedError
        When a tree is too deep for tables or the tables would be too large.
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
    pairs, pair_slot = number_pairs(_chosen(meet_on_paths(paths, n_features), wanted))
    plan = plan_groups(trees, paths, may_walk=False, pair_slot=pair_slot)
    comparisons, vectors = reserve(plan, len(pairs))
    ranks = np.empty((0, n_features), dtype=np.int64)
    if reference is not None:
        ranks = rank_patients(reference[:, :n_features], cuts)
    fill_pair_groups(
        paths, plan.bounds, make_game(ranks), pair_slot, (first_columns(cuts), comparisons), vectors
    )
    columns, comparisons = renumber_columns(cuts, comparisons)
    return PairTables(n_features, pairs, cuts, columns, comparisons, vectors)


def find_interacting(ensemble: TreeEnsemble, wanted: BoolArray | None = None) -> IntArray:
    """Pairs of features that meet on a path, (pairs, 2), as in :class:`PairTables`."""
    n_features = int(ensemble.feature.max(initial=-1)) + 1
    paths = trace_paths(rank_trees(ensemble, find_cuts(ensemble, n_features)))
    return number_pairs(_chosen(meet_on_paths(paths, n_features), wanted))[0]


def _chosen(meet: BoolArray, wanted: BoolArray | None) -> BoolArray:
    return meet if wanted is None else meet & wanted[: len(meet), : len(meet)]


@compiled
def fill_pair_groups(
    paths: Paths,
    bounds: IntArray,
    game: Game,
    pair_slot: IntArray,
    lookup: tuple[IntArray, Comparisons],
    vectors: Vectors,
) -> None:
    """Fill the tables of all groups."""
    first_column, comparisons = lookup
    shape = make_shape()
    rows = np.empty((MOST_PAIRS, MOST_ROWS))
    leaf_table = np.empty((MOST_LEAF_PAIRS, 1 << MOST_CONDITIONS))
    pattern = np.empty(MOST_ROWS, np.int64)
    for group in range(len(bounds)):
        first, last = bounds[group]
        n_features, n_rows = describe_group(paths, first, last, shape)
        local = make_local_pairs()
        n_pairs = find_pairs(paths, (first, last), shape, pair_slot, local)
        write_comparisons(shape, n_features, first_column, comparisons, group)
        rows[:n_pairs, :n_rows] = 0.0
        for leaf in range(first, last):
            fill_leaf_pairs(paths, leaf, game, leaf_table)
            spell_patterns(paths, (leaf, first), shape, n_features, pattern)
            _add_leaf(paths, leaf, (shape, local), leaf_table, pattern[:n_rows], rows)
        _write_vectors((shape, local), n_features, rows, (pair_slot, vectors), group)


@compiled
def _add_leaf(
    paths: Paths,
    leaf: int,
    places: tuple[Shape, IntArray],
    leaf_table: FloatArray,
    pattern: IntArray,
    rows: FloatArray,
) -> None:
    """Add one leaf's table to the rows of its group."""
    shape, local = places
    begin = paths.start[leaf]
    at = 0
    for i in range(paths.start[leaf + 1] - begin):
        for j in range(i):
            mine = place_of(shape, paths.feature[begin + i])
            number = local[mine, place_of(shape, paths.feature[begin + j])]
            if number >= 0:
                for row in range(len(pattern)):
                    rows[number, row] += leaf_table[at, pattern[row]]
            at += 1


@compiled
def _write_vectors(
    places: tuple[Shape, IntArray],
    n_features: int,
    rows: FloatArray,
    target: tuple[IntArray, Vectors],
    group: int,
) -> None:
    """Copy a group's rows into vectors."""
    shape, local = places
    pair_slot, vectors = target
    for k in range(n_features):
        for other in range(k):
            number = local[k, other]
            if number < 0:
                continue
            vector = vectors.start[group] + number // LANES
            lane = number % LANES
            vectors.slot[vector, lane] = pair_slot[shape.feature[k], shape.feature[other]]
            at = vectors.offset[vector] + lane
            for row in range(vectors.n_rows[group]):
                vectors.value[at + row * LANES] = rows[number, row]
