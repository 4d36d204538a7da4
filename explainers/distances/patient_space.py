"""Who is like this patient: over what both have, fast enough to ask a million of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explainers.core.arrays import BoolArray, FloatArray, frozen_floats
from explainers.core.schema import Column

# Patients looked at in one go: their temporaries stay in the processor's cache.
_BLOCK = 16_384
# Two patients who share less than this part of the measured inputs cannot be compared.
FEWEST_SHARED = 0.5


@dataclass(frozen=True)
class PatientSpace:
    """Patients as points, with a distance that tolerates missing values.

    The distance of two patients is the root of the mean, over the inputs measured in both, of the
    squared difference in standard deviations (numbers) or of 1 for different levels. This is the
    partial distance of Dixon (1979, IEEE Trans Syst Man Cybern 9:617) divided by the number of
    inputs. Patients who have fewer than half of the measured inputs in common are infinitely far.
    A gap is no difference here; where it has to be one, see
    :class:`~explainers.distances.score_space.ScoreSpace`.

    Attributes
    ----------
    values : ndarray of float32, shape (p, n)
        Standardised numbers and positions of levels, one input after the other.
    is_number : ndarray of shape (p,)
    centre, spread : ndarray of shape (p,)
        What was subtracted and divided by; 0 and 1 for levels.
    """

    values: NDArray[np.float32]
    is_number: BoolArray
    centre: FloatArray
    spread: FloatArray

    def __post_init__(self) -> None:
        self.values.setflags(write=False)
        for name in ("centre", "spread"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    def __len__(self) -> int:
        return int(self.values.shape[1])

    def standardise(self, rows: FloatArray) -> FloatArray:
        """Encoded rows (..., p) in the unit of the space."""
        return (rows - self.centre) / self.spread

    def distances(self, row: FloatArray) -> NDArray[np.float32]:
        """Distance of every patient, (n,), to an encoded row (p,); infinite where incomparable."""
        point = self.standardise(row).astype(np.float32)
        measured = np.flatnonzero(~np.isnan(point))
        found = np.full(len(self), np.inf, dtype=np.float32)
        for start in range(0, len(self), _BLOCK):
            block = slice(start, min(start + _BLOCK, len(self)))
            found[block] = self._distances_in(block, point, measured)
        return found

    def _distances_in(
        self, block: slice, point: NDArray[np.float32], measured: NDArray[np.intp]
    ) -> NDArray[np.float32]:
        total = np.zeros(block.stop - block.start, dtype=np.float32)
        shared = np.zeros_like(total)
        for feature in measured:
            values = self.values[feature, block]
            known = values == values  # noqa: PLR0124  (false for NaN, and faster than isnan)
            if self.is_number[feature]:
                step = values - point[feature]
                np.square(step, out=step)
            else:
                step = (values != point[feature]).astype(np.float32)
            step[~known] = 0.0
            total += step
            shared += known
        enough = shared >= max(1.0, FEWEST_SHARED * len(measured))
        total /= np.maximum(shared, 1.0)
        np.sqrt(total, out=total)
        total[~enough] = np.inf
        return total


def build_space(matrix: FloatArray, columns: Sequence[Column]) -> PatientSpace:
    """The space of encoded patients (n, p), standardised by their own mean and deviation."""
    is_number = np.array([column.is_numeric for column in columns], dtype=bool)
    known = ~np.isnan(matrix)
    counts = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, matrix, 0.0).sum(axis=0) / counts
    spread = np.sqrt((np.where(known, matrix - centre, 0.0) ** 2).sum(axis=0) / counts)
    centre = np.where(is_number, centre, 0.0)
    spread = np.where(is_number & (spread > 0), spread, 1.0)
    values = np.ascontiguousarray(((matrix - centre) / spread).T.astype(np.float32))
    return PatientSpace(values, is_number, centre, spread)


def build_attribution_space(values: FloatArray) -> PatientSpace:
    """The space of contributions (n, p): all in one unit already, so nothing is rescaled."""
    p = values.shape[1]
    return PatientSpace(
        np.ascontiguousarray(values.T.astype(np.float32)),
        np.ones(p, dtype=bool),
        np.zeros(p),
        np.ones(p),
    )


def kth_smallest(distances: NDArray[np.float32], k: int) -> float:
    """The k-th smallest distance, counted from 1."""
    return float(np.partition(distances, k - 1)[k - 1])
