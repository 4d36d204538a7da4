"""Look up the SHAP values of many patients in tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from explainers.attribution.kernel.compiled import compiled
from explainers.attribution.kernel.deep import PATIENTS_AT_ONCE, add_deep_trees
from explainers.attribution.kernel.lanes import LANES, add_lanes
from explainers.attribution.kernel.ranking import ByteMatrix, rank_columns, rank_features
from explainers.attribution.kernel.tables import Comparisons, ShapTables, Vectors
from explainers.core.arrays import FloatArray
from explainers.errors import SettingsError

Result = TypeVar("Result")

# Few enough for bytes and sums to stay in a cache, many enough to make the visit of all tables pay.
LARGEST_BLOCK = 4096
# Blocks are whole multiples of this: compiled code does not look for the end of an array.
SMALLEST_BLOCK = PATIENTS_AT_ONCE


def explain_rows(
    tables: ShapTables, matrix: FloatArray, n_threads: int | None = None
) -> tuple[FloatArray, float]:
    """SHAP values of the raw score.

    Parameters
    ----------
    tables : ShapTables
    matrix : ndarray of shape (n, p)
        Encoded patients; NaN is a missing value.
    n_threads : int, optional
        Default: one per core that the process may use.

    Returns
    -------
    values : ndarray of shape (n, p)
    baseline : float
        Row sums plus baseline are the raw score, to the rounding of double precision.

    Raises
    ------
    SettingsError
        When patients have fewer features than the trees.
    """
    patients = require_features(matrix, tables.n_features)
    values = np.zeros(matrix.shape)
    block = min(LARGEST_BLOCK, -(-max(len(matrix), 1) // SMALLEST_BLOCK) * SMALLEST_BLOCK)

    def explain_block(rows: slice) -> None:
        sums = _explain_block(tables, patients[rows], block)
        values[rows, : tables.n_features] = sums[: len(values[rows])]

    list(map_blocks(explain_block, len(matrix), block, n_threads))
    return values, tables.baseline


def require_features(matrix: FloatArray, n_features: int) -> FloatArray:
    """The patients as compiled code reads them; SettingsError when they lack features."""
    if matrix.ndim != 2 or matrix.shape[1] < n_features:
        raise SettingsError(
            f"the trees split on {n_features} features and patients must have as many",
            value=matrix.shape,
        )
    return np.ascontiguousarray(matrix, dtype=np.float64)


def map_blocks(
    work: Callable[[slice], Result], n: int, block: int, n_threads: int | None = None
) -> Iterator[Result]:
    """Results of ``work`` for all blocks of ``n`` patients, in order, from several threads."""
    blocks = [slice(first, min(first + block, n)) for first in range(0, n, block)]
    n_workers = min(n_threads or _usable_cores(), len(blocks))
    if n_workers <= 1:
        yield from map(work, blocks)
        return
    with ThreadPoolExecutor(n_workers) as pool:
        yield from pool.map(work, blocks)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _explain_block(tables: ShapTables, patients: FloatArray, size: int) -> FloatArray:
    """Attributions (size, p) of up to ``size`` patients; what follows them is padding."""
    # One more feature than there are takes what unused lanes add.
    sums = np.zeros((tables.n_features + 1, size))
    bytes_ = np.zeros((len(tables.columns.feature), size), dtype=np.uint8)
    rank_columns(tables.cuts, tables.columns, patients, bytes_)
    add_groups(tables.comparisons, tables.vectors, bytes_, sums.reshape(-1))
    if len(tables.deep.roots):
        ranks = np.zeros((tables.n_features, size), dtype=np.int32)
        rank_features(tables.cuts, patients, ranks)
        add_deep_trees(tables.deep, ranks, sums.reshape(-1))
    attributions: FloatArray = sums[: tables.n_features].T
    return attributions


@compiled
def add_groups(
    comparisons: Comparisons, vectors: Vectors, bytes_: ByteMatrix, sums: FloatArray
) -> None:
    """Add the table rows of all groups to the sums of a block of patients."""
    size = bytes_.shape[1]
    narrow = np.empty(size, np.uint8)
    wide = np.empty(size, np.uint16)
    for group in range(len(vectors.n_rows)):
        if vectors.n_rows[group] <= 256:
            _number_rows(comparisons, group, bytes_, narrow)
            _add_group(vectors, group, narrow, sums)
        else:
            _number_rows(comparisons, group, bytes_, wide)
            _add_group(vectors, group, wide, sums)


@compiled
def _number_rows(
    comparisons: Comparisons, group: int, bytes_: ByteMatrix, rows: npt.NDArray[np.unsignedinteger]
) -> None:
    """Table row of each patient; unsigned numbers wrap around, as the weights expect."""
    kind = rows.dtype.type
    rows[:] = kind(comparisons.base[group])
    for k in range(comparisons.start[group], comparisons.start[group + 1]):
        column = bytes_[comparisons.column[k]]
        cut = comparisons.cut[k]
        weight = kind(comparisons.weight[k])
        for row in range(len(rows)):
            rows[row] = kind(rows[row] + (weight if column[row] <= cut else kind(0)))


@compiled
def _add_group(
    vectors: Vectors, group: int, rows: npt.NDArray[np.unsignedinteger], sums: FloatArray
) -> None:
    """Add the table rows of one group to the sums, which lie feature by feature."""
    size = len(rows)
    for vector in range(vectors.start[group], vectors.start[group + 1]):
        slot = vectors.slot[vector]
        slots = (slot[0] * size, slot[1] * size, slot[2] * size, slot[3] * size)
        start = vectors.offset[vector]
        for first in range(0, size, LANES):
            add_lanes(vectors.value, start, rows, first, sums, slots)
