"""Patients' values as small whole numbers, so that 32 of them are compared in one instruction."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from explainers.attribution.cuts import MISSING, Cuts
from explainers.attribution.kernel.compiled import compiled
from explainers.core.arrays import BoolArray, FloatArray, IntArray, SingleArray

ByteMatrix = npt.NDArray[np.uint8]
RankMatrix = npt.NDArray[np.int32]

# A column of one byte per patient tells this many cuts apart.
CUTS_PER_COLUMN = 255


class Columns(NamedTuple):
    """One byte per patient and column: the rank of a value among up to 255 cuts of its feature.

    Attributes
    ----------
    feature, first_rank, n_cuts : ndarray of shape (columns,)
        The byte is ``rank - first_rank``, cut off at 0 and at ``n_cuts``.
    missing_is_low : ndarray of shape (columns,)
        Whether a missing value becomes 0 (below every cut) or ``n_cuts`` (above every cut).
    """

    feature: IntArray
    first_rank: IntArray
    n_cuts: IntArray
    missing_is_low: BoolArray


def first_columns(cuts: Cuts) -> IntArray:
    """First column of each feature, (p + 1,): two for every 255 cuts, missing high, then low."""
    n_pieces = -(-np.diff(cuts.start) // CUTS_PER_COLUMN)
    return np.concatenate([[0], np.cumsum(2 * n_pieces)]).astype(np.int64)


def describe_columns(cuts: Cuts, used: IntArray) -> Columns:
    """What the columns with the given numbers hold."""
    first_column = first_columns(cuts)
    feature = np.searchsorted(first_column, used, side="right") - 1
    within = used - first_column[feature]
    first_rank = within // 2 * CUTS_PER_COLUMN
    return Columns(
        feature=feature.astype(np.int64),
        first_rank=first_rank,
        n_cuts=np.minimum(np.diff(cuts.start)[feature] - first_rank, CUTS_PER_COLUMN),
        missing_is_low=within % 2 == 1,
    )


@compiled
def rank_columns(cuts: Cuts, columns: Columns, patients: FloatArray, bytes_: ByteMatrix) -> None:
    """Write the bytes (columns, size) of at most ``size`` patients."""
    values = np.empty(len(patients), cuts.value.dtype)
    ranks = np.empty(len(patients), np.int32)
    known = -1
    for column in range(len(columns.feature)):
        feature = columns.feature[column]
        if feature != known:
            values[:] = patients[:, feature].astype(cuts.value.dtype)
            _rank_values(cuts.value[cuts.start[feature] : cuts.start[feature + 1]], values, ranks)
            known = feature
        n_cuts = columns.n_cuts[column]
        missing = 0 if columns.missing_is_low[column] else n_cuts
        first_rank = columns.first_rank[column]
        for row in range(len(patients)):
            inside = min(max(ranks[row] - first_rank, 0), n_cuts)
            bytes_[column, row] = np.uint8(missing if np.isnan(values[row]) else inside)


@compiled
def rank_features(cuts: Cuts, patients: FloatArray, ranks: RankMatrix) -> None:
    """Write the ranks (p, size) of at most ``size`` patients; MISSING where a value is missing."""
    values = np.empty(len(patients), cuts.value.dtype)
    for feature in range(len(ranks)):
        values[:] = patients[:, feature].astype(cuts.value.dtype)
        own = ranks[feature, : len(patients)]
        _rank_values(cuts.value[cuts.start[feature] : cuts.start[feature + 1]], values, own)
        for row in range(len(values)):
            if np.isnan(values[row]):
                own[row] = MISSING


@compiled
def _rank_values(
    cuts: SingleArray | FloatArray,
    values: SingleArray | FloatArray,
    ranks: npt.NDArray[np.int32],
) -> None:
    """Number of cuts below each value.

    All patients take each step of the bisection together, and none jumps: a mispredicted jump
    costs more than all comparisons.
    """
    ranks[:] = 0
    width = len(cuts)
    while width > 0:
        half = (width + 1) >> 1
        for row in range(len(values)):
            is_below = cuts[ranks[row] + half - 1] < values[row]
            ranks[row] += np.int32(half) * np.int32(is_below)
        width -= half
