"""Decide which leaves share a table and which trees are walked, within a limit on memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from explainers.attribution.kernel.compiled import compiled
from explainers.attribution.kernel.conditions import Paths, Trees
from explainers.attribution.kernel.groups import (
    COSTS,
    Costs,
    choose_groups,
)
from explainers.attribution.kernel.lanes import LANES
from explainers.attribution.kernel.pairs import find_pairs, make_local_pairs
from explainers.attribution.kernel.shapes import (
    MOST_TABLE_FEATURES,
    count_comparisons,
    describe_group,
    make_shape,
)
from explainers.core.arrays import IntArray
from explainers.errors import UnsupportedError

# Tables beyond this no longer fit beside a cohort of a million patients in 1.5 GB.
LARGEST_TABLES_BYTES = 256 * 2**20


class Plan(NamedTuple):
    """What becomes of each leaf.

    Attributes
    ----------
    bounds : ndarray of shape (groups, 2)
        Leaves that share a table: the first, and one past the last.
    n_slots, n_rows, n_comparisons : ndarray of shape (groups,)
        A table has a column for each slot: for each of its features, or of its pairs of features.
    deep_roots : ndarray of shape (deep trees,)
        Roots of the trees that are walked.
    """

    bounds: IntArray
    n_slots: IntArray
    n_rows: IntArray
    n_comparisons: IntArray
    deep_roots: IntArray

    @property
    def n_bytes(self) -> int:
        """Memory that the tables will take."""
        return int((self.n_rows * -(-self.n_slots // LANES)).sum()) * LANES * 8


def plan_groups(
    trees: Trees, paths: Paths, *, may_walk: bool, pair_slot: IntArray | None = None
) -> Plan:
    """Cheapest plan whose tables fit into memory.

    Parameters
    ----------
    trees : Trees
    paths : Paths
    may_walk : bool
        Whether trees that are too deep for tables can be walked instead.
    pair_slot : ndarray of shape (p, p), optional
        For tables of pairs of features instead of features; see pairs.py.

    Raises
    ------
    UnsupportedError
        When there is none; never where trees may be walked.
    """
    # Each time the tables are too large, their entries are made dearer; at last all trees walk.
    # Tables of pairs are wider, and were fastest from the second step on.
    steps = (1, 3, 10, 100) if pair_slot is None else (3, 10, 100)
    for dearer in (*steps, np.inf) if may_walk else steps:
        costs = COSTS._replace(build=COSTS.build * dearer, walk=COSTS.walk if may_walk else np.inf)
        plan = _plan_at(trees, paths, costs, pair_slot)
        if len(plan.deep_roots) and not may_walk:
            raise UnsupportedError(
                "for pairs of features, and with reference patients, the kernel takes trees of at"
                f" most {MOST_TABLE_FEATURES} features on a path",
                value=f"{len(plan.deep_roots)} deeper trees",
                remedy="Use another engine for this model.",
            )
        if plan.n_bytes <= LARGEST_TABLES_BYTES:
            return plan
    raise UnsupportedError(
        f"the kernel's tables may take {LARGEST_TABLES_BYTES / 2**20:.0f} MiB",
        value=f"{plan.n_bytes / 2**20:.0f} MiB",
        remedy="Use another engine for this model.",
    )


def _plan_at(trees: Trees, paths: Paths, costs: Costs, pair_slot: IntArray | None) -> Plan:
    pairs = np.empty((0, 0), dtype=np.int64) if pair_slot is None else pair_slot
    bounds, deep_roots = choose_groups(trees, paths, costs, pairs)
    n_slots, n_rows, n_comparisons = measure_groups(paths, bounds, pairs)
    # Groups without any of the pairs that were asked for need no table.
    kept = n_slots > 0
    return Plan(bounds[kept], n_slots[kept], n_rows[kept], n_comparisons[kept], deep_roots)


@compiled
def measure_groups(
    paths: Paths, bounds: IntArray, pair_slot: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Slots, rows and comparisons of each group."""
    shape = make_shape()
    n_slots = np.empty(len(bounds), np.int64)
    n_rows = np.empty(len(bounds), np.int64)
    n_comparisons = np.empty(len(bounds), np.int64)
    for group in range(len(bounds)):
        leaves = (bounds[group, 0], bounds[group, 1])
        n_features, n_rows[group] = describe_group(paths, leaves[0], leaves[1], shape)
        n_comparisons[group] = count_comparisons(shape, n_features)
        n_slots[group] = n_features
        if len(pair_slot):
            n_slots[group] = find_pairs(paths, leaves, shape, pair_slot, make_local_pairs())
    return n_slots, n_rows, n_comparisons
