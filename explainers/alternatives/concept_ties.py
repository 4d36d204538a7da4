"""Inputs of one clinical concept that go together in real patients, such as waist and weight.

Unlike a :class:`~explainers.alternatives.relations.Relation` a tie is not exact: it says how far
an input of a real patient departs from what the other inputs of the concept let expect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explainers.alternatives.relations import Relation
from explainers.core.arrays import BoolArray, FloatArray, frozen_floats
from explainers.core.schema import Column

# Below this share of explained variance the others say next to nothing about an input.
_LEAST_EXPLAINED = 0.1
# From here on an input is held to move with the others of its concept.
_CLOSE = 0.5
# Rounding to the decimals of the schema moves a departure by less, in standard deviations.
_ROUNDING = 0.1
_FEWEST_PATIENTS = 50


@dataclass(frozen=True)
class ConceptTie:
    """What the other inputs of its concept let expect of one input, by least squares.

    Attributes
    ----------
    position : int
        Of the input, in the encoded matrix.
    others : tuple of int
        Inputs of the same concept, except those that the input follows from exactly.
    coefficients : ndarray of shape (m,)
    constant : float
    spread : float
        Standard deviation of the departures among real patients.
    departures : ndarray of shape (n,), ascending
        Absolute departures of real patients, in units of the spread.
    is_close : bool
        Whether the others explain at least half of the variance.
    """

    position: int
    others: tuple[int, ...]
    coefficients: FloatArray
    constant: float
    spread: float
    departures: FloatArray
    is_close: bool

    def __post_init__(self) -> None:
        for name in ("coefficients", "departures"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    def is_known(self, row: FloatArray) -> bool:
        """Whether an encoded row (p,) has all values that the tie is about."""
        return not np.isnan(row[[self.position, *self.others]]).any()

    def expected(self, rows: FloatArray) -> FloatArray:
        """Value (n,) that the other inputs of encoded rows (n, p) let expect."""
        return np.asarray(rows[:, self.others] @ self.coefficients + self.constant)

    def departure(self, rows: FloatArray) -> FloatArray:
        """How far encoded rows (n, p) are from what is expected, (n,), in units of the spread."""
        return np.abs(rows[:, self.position] - self.expected(rows)) / self.spread

    def largest_departure(self, own: float, share: float) -> float:
        """What a changed patient may depart, who departed by ``own`` before.

        No more than ``share`` of real patients do, or no more than before; NaN where that is not
        known.
        """
        return float(np.maximum(np.quantile(self.departures, share), own + _ROUNDING))

    def is_torn(self, before: FloatArray, after: FloatArray, share: float) -> BoolArray:
        """Whether changed rows (n, p) of a patient (p,) no longer fit together, (n,).

        They do not where the departure grows and then exceeds that of ``share`` of real patients.
        Where a value is missing nothing contradicts.
        """
        limit = self.largest_departure(float(self.departure(before[None, :])[0]), share)
        return np.asarray(self.departure(after) > limit, dtype=bool)


def find_concept_ties(
    matrix: FloatArray, columns: Sequence[Column], relations: Sequence[Relation]
) -> tuple[ConceptTie, ...]:
    """The ties among graded inputs (numbers, ordered levels, yes/no) of each concept.

    Parameters
    ----------
    matrix : ndarray of shape (n, p)
        Encoded patients.
    columns : sequence of Column, length p
    relations : sequence of Relation
        Members of one relation are no tie: they follow from each other exactly.
    """
    graded = [at for at, column in enumerate(columns) if _is_graded(column) and column.concept]
    ties = []
    for at in graded:
        exact = {other for each in relations if at in each.members for other in each.members}
        others = tuple(
            other
            for other in graded
            if columns[other].concept == columns[at].concept and other not in {at, *exact}
        )
        tie = _fit(matrix, at, others) if others else None
        if tie is not None:
            ties.append(tie)
    return tuple(ties)


def _is_graded(column: Column) -> bool:
    return column.is_numeric or column.ordered or column.kind == "yes_no"


def _fit(matrix: FloatArray, at: int, others: tuple[int, ...]) -> ConceptTie | None:
    known = matrix[~np.isnan(matrix[:, [at, *others]]).any(axis=1)]
    if len(known) < _FEWEST_PATIENTS:
        return None
    values, rest = known[:, at], known[:, others]
    centre = rest.mean(axis=0)
    # Least squares of smallest norm: among the others some may follow from each other.
    coefficients = np.linalg.lstsq(rest - centre, values - values.mean(), rcond=1e-6)[0]
    left_over = values - values.mean() - (rest - centre) @ coefficients
    spread, total = float(left_over.std()), float(values.std())
    if spread == 0 or spread**2 > (1 - _LEAST_EXPLAINED) * total**2:
        return None
    return ConceptTie(
        position=at,
        others=others,
        coefficients=coefficients,
        constant=float(values.mean() - centre @ coefficients),
        spread=spread,
        departures=np.sort(np.abs(left_over) / spread),
        is_close=spread**2 <= (1 - _CLOSE) * total**2,
    )
