"""Pairs of inputs that do not go together, though each alone may be ordinary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import FloatArray, IntArray, frozen_floats
from explainers.core.schema import Column
from explainers.distances.score_space import CHUNK_CELLS, NumberAxis, is_graded

# Beyond this two inputs are the same measurement, and rounding would look like contradiction.
LARGEST_CORRELATION = 0.99


@dataclass(frozen=True)
class PairSpace:
    """Correlations between inputs on the scale of normal scores.

    A number, an ordered level or a yes/no is one standardised score; of an unordered level the
    score is that of "has this very level".

    Attributes
    ----------
    columns : tuple of Column, length p
    axes : tuple of NumberAxis or None, length p
        None for unordered levels.
    starts : ndarray of shape (p,)
        First score of each input.
    mean, spread : ndarray of shape (q,)
        Of each score, over known values.
    correlation : ndarray of shape (q, q)
    """

    columns: tuple[Column, ...]
    axes: tuple[NumberAxis | None, ...]
    starts: IntArray
    mean: FloatArray
    spread: FloatArray
    correlation: FloatArray

    @classmethod
    def of(cls, matrix: FloatArray, columns: tuple[Column, ...]) -> PairSpace:
        """Learn the correlations from encoded patients (n, p); pairs with a gap are left out."""
        axes = tuple(
            NumberAxis.of(matrix[:, at]) if is_graded(column) else None
            for at, column in enumerate(columns)
        )
        widths = [1 if axis else len(c.levels) for axis, c in zip(axes, columns, strict=True)]
        scores = np.hstack(
            [
                axis.scores(values)[:, None] if axis else _indicators(values, width)
                for axis, width, values in zip(axes, widths, matrix.T, strict=True)
            ]
        )
        scores[np.isnan(matrix)[:, np.repeat(np.arange(len(columns)), widths)]] = np.nan
        is_known = ~np.isnan(scores)
        counts = np.maximum(is_known.sum(axis=0), 1)
        mean = np.where(is_known, scores, 0.0).sum(axis=0) / counts
        centred = np.where(is_known, scores - mean, 0.0)
        spread = np.sqrt((centred**2).sum(axis=0) / counts)
        spread[spread == 0] = 1.0
        standard = centred / spread
        together = np.maximum(is_known.T.astype(np.float64) @ is_known, 1.0)
        correlation = np.clip(
            standard.T @ standard / together, -LARGEST_CORRELATION, LARGEST_CORRELATION
        )
        return cls(
            columns=columns,
            axes=axes,
            starts=np.concatenate([[0], np.cumsum(widths)])[:-1].astype(np.int64),
            mean=frozen_floats(mean),
            spread=frozen_floats(spread),
            correlation=frozen_floats(correlation),
        )

    def surprises(self, matrix: FloatArray) -> FloatArray:
        """Surprise of each pair, (n, p, p), in standard deviations; 0 on and below the diagonal.

        For correlation r and standard scores a and b: the smaller of ``|a - r b|`` and
        ``|b - r a|``, over ``sqrt(1 - r^2)``. Zero where either value is missing.
        """
        scores, at = self._own_scores(matrix)
        r = self.correlation[at[:, :, None], at[:, None, :]]
        expected_gap = np.abs(scores[:, :, None] - r * scores[:, None, :])
        surprise = np.minimum(expected_gap, expected_gap.transpose(0, 2, 1)) / np.sqrt(1 - r**2)
        upper: FloatArray = np.triu(np.nan_to_num(surprise, nan=0.0), k=1)
        return upper

    def surprises_with(self, matrix: FloatArray, at: int) -> FloatArray:
        """Surprise of each pair that the input at a position is part of, (n, p).

        As :meth:`surprises`, but in either order; 0 for the input with itself.
        """
        scores, places = self._own_scores(matrix)
        r = self.correlation[places[:, at][:, None], places]
        own = scores[:, at][:, None]
        gap = np.minimum(np.abs(own - r * scores), np.abs(scores - r * own))
        surprise: FloatArray = np.nan_to_num(gap / np.sqrt(1 - r**2), nan=0.0)
        surprise[:, at] = 0.0
        return surprise

    def worst_surprises(self, matrix: FloatArray) -> FloatArray:
        """Largest surprise (n,) of each patient."""
        rows = max(1, CHUNK_CELLS // len(self.columns) ** 2)
        parts = [
            self.surprises(matrix[start : start + rows]).max(axis=(1, 2))
            for start in range(0, len(matrix), rows)
        ]
        return np.concatenate(parts)

    def _own_scores(self, matrix: FloatArray) -> tuple[FloatArray, IntArray]:
        """Standard score of each value, and which score it is, both (n, p)."""
        at = np.tile(self.starts, (len(matrix), 1))
        raw = np.ones(matrix.shape)
        for position, (axis, values) in enumerate(zip(self.axes, matrix.T, strict=True)):
            if axis:
                raw[:, position] = axis.scores(values)
            else:
                at[:, position] += np.nan_to_num(values, nan=0.0).astype(np.int64)
        standard = (raw - self.mean[at]) / self.spread[at]
        standard[np.isnan(matrix)] = np.nan
        return standard, at


def _indicators(values: FloatArray, n_levels: int) -> FloatArray:
    indicators: FloatArray = (values[:, None] == np.arange(n_levels)).astype(np.float64)
    return indicators
