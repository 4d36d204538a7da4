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
    n_features, n_rows, n_comparisons : ndarray of shape (groups,)
    deep_roots : ndarray of shape (deep trees,)
        Roots of the trees that are walked.
    """

    bounds: IntArray
    n_features: IntArray
    n_rows: IntArray
    n_comparisons: IntArray
    deep_roots: IntArray

    @property
    def n_bytes(self) -> int:
        """Memory that the tables will take."""
        return int((self.n_rows * -(-self.n_features // LANES)).sum()) * LANES * 8


def plan_groups(trees: Trees, paths: Paths, *, may_walk: bool) -> Plan:
    """Cheapest plan whose tables fit into memory.

    Raises
    ------
    UnsupportedError
        When there is none; never where trees may be walked.
    """
    # Each time the tables are too large, their entries are made dearer; at last all trees walk.
    for dearer in (1, 3, 10, 100, np.inf) if may_walk else (1, 3, 10, 100):
        costs = COSTS._replace(build=COSTS.build * dearer, walk=COSTS.walk if may_walk else np.inf)
        plan = _plan_at(trees, paths, costs)
        if len(plan.deep_roots) and not may_walk:
            raise UnsupportedError(
                "with reference patients the kernel takes trees of at most"
                f" {MOST_TABLE_FEATURES} features on a path",
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


def _plan_at(trees: Trees, paths: Paths, costs: Costs) -> Plan:
    bounds, deep_roots = choose_groups(trees, paths, costs)
    return Plan(bounds, *measure_groups(paths, bounds), deep_roots)


@compiled
def measure_groups(paths: Paths, bounds: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Features, rows and comparisons of each group."""
    shape = make_shape()
    n_features = np.empty(len(bounds), np.int64)
    n_rows = np.empty(len(bounds), np.int64)
    n_comparisons = np.empty(len(bounds), np.int64)
    for group in range(len(bounds)):
        n_features[group], n_rows[group] = describe_group(
            paths, bounds[group, 0], bounds[group, 1], shape
        )
        n_comparisons[group] = count_comparisons(shape, n_features[group])
    return n_features, n_rows, n_comparisons
