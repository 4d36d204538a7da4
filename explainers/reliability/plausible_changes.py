"""Small changes of a patient that could as well have been measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.distances.score_space import (
    NumberAxis,
    ScoreSpace,
    squared_distances,
)
from explainers.errors import SettingsError

MOST_DECIMALS = 8


class PlausibleChange(Protocol):
    """A way to draw variants of a patient; ``name`` and ``size`` go into the report."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> float: ...

    def draw(self, study: Study, row: FloatArray, n: int) -> FloatArray:
        """Variants (n, p) of an encoded patient (p,), seeded by the study."""
        ...


@dataclass(frozen=True)
class MeasurementError:
    """Normal noise on every number, rounded as it is recorded; levels and gaps stay.

    Attributes
    ----------
    size : float
        Standard deviation of the noise as a share of the patients' own (robust) spread. 0.05 is
        about 1 mmHg of systolic pressure or 0.8 cm of waist.
    """

    size: float = 0.05
    name: str = "measurement error"

    def draw(self, study: Study, row: FloatArray, n: int) -> FloatArray:
        """Variants (n, p), inside both the valid range and that of the study's patients."""
        _check_share(self.size)
        rng = np.random.default_rng(study.seed)
        noise = rng.standard_normal((n, len(row)))
        variants = np.tile(row, (n, 1))
        for at, column in enumerate(study.model.columns):
            if column.is_numeric and not np.isnan(row[at]):
                axis = NumberAxis.of(study.matrix[:, at])
                moved = row[at] + self.size * axis.spread * noise[:, at]
                variants[:, at] = _as_recorded(moved, row[at], column, axis)
        return variants


@dataclass(frozen=True)
class NeighbourValues:
    """Some inputs take the values of a real patient nearby; gaps stay.

    Attributes
    ----------
    size : float
        Probability that an input takes the neighbour's value.
    n_neighbours : int
        Nearest patients of the study that a neighbour is drawn from.
    """

    size: float = 0.25
    n_neighbours: int = 20
    name: str = "values of similar patients"

    def draw(self, study: Study, row: FloatArray, n: int) -> FloatArray:
        """Variants (n, p); a neighbour has the same inputs missing where possible."""
        _check_share(self.size)
        rng = np.random.default_rng(study.seed)
        space = ScoreSpace.of(study.matrix, study.model.columns)
        squares = squared_distances(space.locate(row[None, :]), space.locate(study.matrix))[0]
        # The patient, and whoever has the same values, would change nothing.
        is_same = ((study.matrix == row) | (np.isnan(study.matrix) & np.isnan(row))).all(axis=1)
        nearest = np.argsort(np.where(is_same, np.inf, squares), kind="stable")
        pool = nearest[: min(self.n_neighbours, int((~is_same).sum()))]
        if len(pool) == 0:
            raise SettingsError("neighbours need other patients in the study", value=len(row))
        neighbours = study.matrix[rng.choice(pool, size=n)]
        takes = rng.random((n, len(row))) < self.size
        return np.where(takes & ~np.isnan(neighbours) & ~np.isnan(row), neighbours, row)


def _as_recorded(
    moved: FloatArray, original: float, column: Column, axis: NumberAxis
) -> FloatArray:
    """Round as the patients' values are and stay in range; an odd original value may stay."""
    low, high = float(axis.known[0]), float(axis.known[-1])
    if column.valid_range is not None:
        low, high = max(low, column.valid_range[0]), min(high, column.valid_range[1])
    bounded = np.clip(moved, min(low, original), max(high, original))
    decimals = 0 if column.kind == "integer" else _recorded_decimals(axis.known)
    rounded: FloatArray = np.round(bounded, decimals)
    return rounded


def _recorded_decimals(known: FloatArray) -> int:
    """Decimals that the values were recorded with, which may be more than a screen shows."""
    for decimals in range(MOST_DECIMALS):
        if np.allclose(known, np.round(known, decimals), rtol=0.0, atol=1e-9):
            return decimals
    return MOST_DECIMALS


def _check_share(size: float) -> None:
    if not 0.0 < size <= 1.0:
        raise SettingsError("a plausible change has a size above 0 and up to 1", value=size)
