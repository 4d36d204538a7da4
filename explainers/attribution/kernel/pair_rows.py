"""Look up the SHAP interaction values of many patients, a block at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from explainers.attribution.kernel.pair_tables import PairTables
from explainers.attribution.kernel.ranking import rank_columns
from explainers.attribution.kernel.rows import (
    LARGEST_BLOCK,
    SMALLEST_BLOCK,
    add_groups,
    map_blocks,
    require_features,
)
from explainers.core.arrays import FloatArray

Result = TypeVar("Result")

# The sums of a block, a number per pair and patient, should stay in a cache.
BLOCK_BYTES = 4 * 2**20


def map_pairs(
    tables: PairTables,
    matrix: FloatArray,
    work: Callable[[slice, FloatArray], Result],
    n_threads: int | None = None,
) -> Iterator[Result]:
    """Hand the interactions of each block of patients to ``work``, and return what it makes.

    However many patients there are, interactions are held for one block per thread.

    Parameters
    ----------
    tables : PairTables
    matrix : ndarray of shape (n, p)
        Encoded patients; NaN is a missing value.
    work : callable
        Given the rows of a block and the values of its pairs (pairs, rows), in the order of
        ``tables.pairs``. Called from several threads.
    n_threads : int, optional
        Default: one per core that the process may use.

    Raises
    ------
    SettingsError
        When patients have fewer features than the trees.
    """
    patients = require_features(matrix, tables.n_features)
    size = block_size(len(tables.pairs), len(patients))

    def explain_block(rows: slice) -> Result:
        return work(rows, _explain_block(tables, patients[rows], size))

    return map_blocks(explain_block, len(patients), size, n_threads)


def block_size(n_pairs: int, n_patients: int) -> int:
    """Patients in a block, a multiple of SMALLEST_BLOCK."""
    fitting = BLOCK_BYTES // (8 * (n_pairs + 1)) // SMALLEST_BLOCK
    needed = -(-max(n_patients, 1) // SMALLEST_BLOCK)
    return max(1, min(fitting, needed, LARGEST_BLOCK // SMALLEST_BLOCK)) * SMALLEST_BLOCK


def _explain_block(tables: PairTables, patients: FloatArray, size: int) -> FloatArray:
    """Interactions (pairs, rows) of up to ``size`` patients."""
    # One more slot than there are pairs takes what unused lanes add.
    sums = np.zeros((len(tables.pairs) + 1, size))
    bytes_ = np.zeros((len(tables.columns.feature), size), dtype=np.uint8)
    rank_columns(tables.cuts, tables.columns, patients, bytes_)
    add_groups(tables.comparisons, tables.vectors, bytes_, sums.reshape(-1))
    return sums[:-1, : len(patients)]
