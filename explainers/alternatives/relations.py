"""Inputs that are worked out from each other, such as body mass index from weight and height.

Changing one of them alone makes a patient who cannot exist, and the model would be asked about
nobody. Relations are found in the patients themselves, so that no schema has to declare them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from explainers.core.arrays import FloatArray, frozen_floats
from explainers.core.schema import Column

# Rounding leaves a computed input with an R-squared above 0.9995 in practice; the strongest merely
# biological relation in the built-in cohorts (body mass index on waist and weight) has 0.83.
FITS_ABOVE = 0.999
_MOST_PATIENTS = 2_000
_FEWEST_PATIENTS = 50


@dataclass(frozen=True)
class Relation:
    """Inputs of which each follows from the others.

    ``sum(coefficients * v) = constant``, where v are the values or, for products and ratios, their
    logarithms.

    Attributes
    ----------
    members : tuple of int
        Positions in the encoded matrix; two or three.
    coefficients : ndarray of shape (m,)
    constant : float
    is_product : bool
        Whether the logarithms add up.
    tolerance : float
        Largest departure that rounding explains: the 99th percentile among patients, doubled.
    n_distinct : tuple of int
        How many values of each member were seen: how finely it is recorded.
    """

    members: tuple[int, ...]
    coefficients: FloatArray
    constant: float
    is_product: bool
    tolerance: float
    n_distinct: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "coefficients", frozen_floats(self.coefficients))

    def solve(self, matrix: FloatArray, member: int) -> FloatArray:
        """Value (n,) of one member that fits the others in encoded rows (n, p)."""
        at = self.members.index(member)
        others = [place for place in range(len(self.members)) if place != at]
        values = self._values(matrix)[:, others]
        solved = (self.constant - values @ self.coefficients[others]) / self.coefficients[at]
        return np.asarray(np.exp(solved) if self.is_product else solved, dtype=np.float64)

    def is_broken(self, row: FloatArray) -> bool:
        """Whether an encoded row (p,) departs from the relation by more than rounding.

        A row with a missing member does not: nothing contradicts it.
        """
        departure = self._values(row[None, :])[0] @ self.coefficients - self.constant
        return bool(abs(departure) > self.tolerance)

    def _values(self, matrix: FloatArray) -> FloatArray:
        values = matrix[:, self.members]
        return _logarithms(values) if self.is_product else values


def find_relations(
    matrix: FloatArray, columns: Sequence[Column], *, seed: int = 0
) -> tuple[Relation, ...]:
    """Find linear relations among two or three numeric inputs or their logarithms.

    Parameters
    ----------
    matrix : ndarray of shape (n, p)
        Encoded patients; a seeded draw of 2,000 is looked at.
    columns : sequence of Column, length p
    seed : int

    Returns
    -------
    tuple of Relation
        Each set of members once.
    """
    patients = matrix
    if len(matrix) > _MOST_PATIENTS:
        drawn = np.random.default_rng(seed).choice(len(matrix), _MOST_PATIENTS, replace=False)
        patients = matrix[np.sort(drawn)]
    numeric = [at for at, column in enumerate(columns) if column.is_numeric]
    found: dict[tuple[int, ...], Relation] = {}
    for values, is_product in ((_logarithms(patients), True), (patients, False)):
        for members in _suspects(values, numeric):
            if any(set(known) <= set(members) for known in found):
                continue
            relation = _fit(patients, values, members, is_product=is_product)
            if relation is not None:
                found[members] = relation
    return tuple(found.values())


def _logarithms(values: FloatArray) -> FloatArray:
    """Natural logarithms, NaN where a value is not positive."""
    return np.log(np.where(values > 0, values, np.nan))


def _suspects(values: FloatArray, numeric: Sequence[int]) -> list[tuple[int, ...]]:
    """Pairs, then triples, whose pairwise correlations suggest that one follows from the others."""
    correlation = _pairwise_correlation(values[:, numeric])
    suspects: list[tuple[int, ...]] = [
        (numeric[a], numeric[b])
        for a, b in combinations(range(len(numeric)), 2)
        if correlation[a, b] ** 2 > 0.99
    ]
    if len(numeric) < 3:
        return suspects
    triples = np.array(list(combinations(range(len(numeric)), 3)))
    sub = correlation[triples[:, :, None], triples[:, None, :]]
    # The determinant is 0 exactly where one member is a linear function of the other two.
    singular = np.abs(np.linalg.det(sub)) < 0.02
    suspects += [tuple(numeric[at] for at in triple) for triple in triples[singular]]
    return suspects


def _pairwise_correlation(values: FloatArray) -> FloatArray:
    """Correlations (k, k) from the patients who have both values; 0 where too few have."""
    known = ~np.isnan(values)
    mask = known.astype(np.float64)
    centred = np.where(known, values - _mean_of_known(values), 0.0)
    counts = mask.T @ mask
    covariance = centred.T @ centred
    squares = (centred**2).T @ mask
    scale = np.sqrt(squares * squares.T)
    enough = (counts >= _FEWEST_PATIENTS) & (scale > 0)
    correlation: FloatArray = np.where(enough, covariance / np.where(scale > 0, scale, 1.0), 0.0)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _mean_of_known(values: FloatArray) -> FloatArray:
    known = ~np.isnan(values)
    mean: FloatArray = np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return mean


def _fit(
    patients: FloatArray, values: FloatArray, members: tuple[int, ...], *, is_product: bool
) -> Relation | None:
    """The relation among the members, or None where they do not determine each other."""
    complete = values[~np.isnan(values[:, members]).any(axis=1)][:, members]
    if len(complete) < _FEWEST_PATIENTS:
        return None
    centre = complete.mean(axis=0)
    spread = complete.std(axis=0)
    if (spread == 0).any():
        return None
    # The direction in which the standardised patients do not vary is the relation.
    standardised = (complete - centre) / spread
    _, lengths, directions = np.linalg.svd(standardised, full_matrices=False)
    direction = directions[-1]
    left_over = lengths[-1] ** 2 / len(complete)
    # A member with a small share in the direction is not determined by the others.
    if left_over / (np.abs(direction).min() ** 2) > 1 - FITS_ABOVE:
        return None
    coefficients = direction / spread
    departures = np.abs((complete - centre) @ coefficients)
    return Relation(
        members=members,
        coefficients=coefficients,
        constant=float(centre @ coefficients),
        is_product=is_product,
        tolerance=float(2 * np.quantile(departures, 0.99)) + 1e-9,
        n_distinct=tuple(len(np.unique(v[~np.isnan(v)])) for v in patients[:, members].T),
    )
