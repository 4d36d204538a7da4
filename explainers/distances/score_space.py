"""Who is unlike the others: points whose distances count units, levels and gaps alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from explainers.core.arrays import BoolArray, FloatArray, IntArray, frozen_floats
from explainers.core.schema import Column
from explainers.errors import SettingsError

# Distances held at one time: 4 million numbers are 32 megabytes.
CHUNK_CELLS = 4_000_000


@dataclass(frozen=True)
class NumberAxis:
    """Where the values of one number or ordered level lie among known ones.

    Attributes
    ----------
    known : ndarray of shape (k,)
        Known values, ascending.
    spread : float
        Robust standard deviation, the unit in which values beyond the known range are extended.
    """

    known: FloatArray
    spread: float

    @classmethod
    def of(cls, values: FloatArray) -> NumberAxis:
        """The axis of one column (n,); missing values play no part."""
        known = np.sort(values[~np.isnan(values)])
        if len(known) == 0:
            return cls(frozen_floats([0.0]), 1.0)
        quartiles = np.quantile(known, [0.25, 0.75])
        spread = float(quartiles[1] - quartiles[0]) / 1.349
        return cls(frozen_floats(known), spread or float(known.std()) or 1.0)

    def scores(self, values: FloatArray) -> FloatArray:
        """Normal scores (n,) by rank, extended by a straight line beyond the known range.

        Ranks make skewed inputs comparable; the extension keeps a value of ten times the largest
        known one from looking like the largest.
        """
        below, not_above = self._ranks(values)
        n = len(self.known)
        share = np.clip((below + not_above) / (2.0 * n), 0.5 / n, 1.0 - 0.5 / n)
        beyond = np.maximum(values - self.known[-1], 0) - np.maximum(self.known[0] - values, 0)
        scores: FloatArray = ndtri(share) + beyond / self.spread
        return scores

    def tail_shares(self, values: FloatArray) -> FloatArray:
        """Two-sided share (n,) of known values at least as far out, in (0, 1]."""
        below, not_above = self._ranks(values)
        n = len(self.known)
        one_sided = (1.0 + np.minimum(not_above, n - below)) / (n + 1.0)
        return np.minimum(1.0, 2.0 * one_sided)

    def _ranks(self, values: FloatArray) -> tuple[IntArray, IntArray]:
        return (
            np.searchsorted(self.known, values, side="left"),
            np.searchsorted(self.known, values, side="right"),
        )


@dataclass(frozen=True)
class ScoreSpace:
    """A Euclidean space for encoded patients.

    A number or an ordered level is one coordinate (its normal score) and one that says whether it
    is missing; two unordered levels, or a level and a missing one, are one unit apart. A gap is a
    difference here; where patients are compared over what both have, see
    :class:`~explainers.distances.patient_space.PatientSpace`.

    Attributes
    ----------
    columns : tuple of Column, length p
    axes : tuple of NumberAxis or None, length p
        None for unordered levels.
    owners : ndarray of shape (d,)
        Position of the input that each coordinate belongs to.
    """

    columns: tuple[Column, ...]
    axes: tuple[NumberAxis | None, ...]
    owners: IntArray

    @classmethod
    def of(cls, matrix: FloatArray, columns: tuple[Column, ...]) -> ScoreSpace:
        """The space of encoded patients (n, p).

        Raises
        ------
        SettingsError
            When there is no patient, or the matrix does not fit the columns.
        """
        if matrix.ndim != 2 or len(matrix) == 0 or matrix.shape[1] != len(columns):
            raise SettingsError(
                f"a space of patients needs at least one row of {len(columns)} inputs",
                value=matrix.shape,
            )
        axes = tuple(
            NumberAxis.of(matrix[:, at]) if is_graded(column) else None
            for at, column in enumerate(columns)
        )
        widths = [
            2 if axis else len(column.levels) + 1
            for axis, column in zip(axes, columns, strict=True)
        ]
        return cls(columns, axes, np.repeat(np.arange(len(columns)), widths))

    def locate(self, matrix: FloatArray) -> FloatArray:
        """Coordinates (n, d) of encoded patients (n, p)."""
        parts: list[FloatArray] = [
            _graded(axis, values) if axis else _one_hot(values, len(column.levels))
            for axis, column, values in zip(self.axes, self.columns, matrix.T, strict=True)
        ]
        return np.hstack(parts)

    def by_input(self, squares: FloatArray) -> FloatArray:
        """Sum coordinates (n, d) into the inputs they belong to, (n, p)."""
        starts = np.searchsorted(self.owners, np.arange(len(self.columns)))
        totals: FloatArray = np.add.reduceat(squares, starts, axis=1)
        return totals


def is_graded(column: Column) -> bool:
    """Whether "more" and "less" have a meaning for the column."""
    return column.is_numeric or column.ordered or column.kind == "yes_no"


def nearest_distances(
    points: FloatArray, among: FloatArray, k: int, *, is_same: bool = False
) -> FloatArray:
    """Mean distance (n,) of points (n, d) to their k nearest among (m, d).

    Parameters
    ----------
    is_same : bool
        Whether ``points`` are ``among`` themselves; nobody is then a neighbour of their own.
    """
    rows = max(1, CHUNK_CELLS // len(among))
    parts = []
    for start in range(0, len(points), rows):
        squares = squared_distances(points[start : start + rows], among)
        if is_same:
            at = np.arange(len(squares))
            squares[at, start + at] = np.inf
        nearest = np.partition(squares, k - 1, axis=1)[:, :k]
        parts.append(np.sqrt(nearest).mean(axis=1))
    return np.concatenate(parts) if parts else np.empty(0)


def squared_distances(points: FloatArray, among: FloatArray) -> FloatArray:
    """Squared Euclidean distances (n, m) between points (n, d) and (m, d)."""
    squares: FloatArray = (
        (points**2).sum(axis=1)[:, None] + (among**2).sum(axis=1) - 2 * points @ among.T
    )
    clipped: FloatArray = np.maximum(squares, 0.0)
    return clipped


def _graded(axis: NumberAxis, values: FloatArray) -> FloatArray:
    is_missing: BoolArray = np.isnan(values)
    scores = np.where(is_missing, 0.0, axis.scores(values))
    return np.column_stack([scores, is_missing.astype(np.float64)])


def _one_hot(values: FloatArray, n_levels: int) -> FloatArray:
    """Corners of a simplex with edges of length 1; the last corner is "missing"."""
    corners = np.zeros((len(values), n_levels + 1))
    places = np.where(np.isnan(values), n_levels, values).astype(np.int64)
    corners[np.arange(len(values)), places] = np.sqrt(0.5)
    return corners
