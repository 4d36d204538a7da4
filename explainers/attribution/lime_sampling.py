"""LIME's invented patients, drawn with the random numbers of the lime package.

Numbers are cut at the quartiles of the reference patients; an invented patient gets a bin as often
as the reference patients are in it, and inside the bin a value from a truncated normal distribution
with the bin's own mean and spread. Levels are drawn as often as they occur (Ribeiro, Singh and
Guestrin 2016; ``LimeTabularExplainer`` of lime 0.2.0.1). The order in which random
numbers are used is part of the definition: the same seed gives the same invented patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.schema import Column
from explainers.errors import UnsupportedError

BinArray = NDArray[np.int16]

LARGEST_SEED = 2**32 - 1
SMALLEST_SPREAD = 1e-11  # lime adds it to every spread, so that none is 0
# Probabilities beyond these would be infinitely far away.
SMALLEST_SHARE, LARGEST_SHARE = 1e-300, 1 - 2**-53


class BinValues(NamedTuple):
    """How values are drawn inside each of b bins: centre + reach x probit(start + slope x u).

    ``is_flat`` marks a bin that has no width; it always yields ``flat_value``.
    """

    start: FloatArray
    slope: FloatArray
    centre: FloatArray
    reach: FloatArray
    is_flat: BoolArray
    flat_value: FloatArray


@dataclass(frozen=True)
class ColumnDraw:
    """How one column of an invented patient is drawn.

    Attributes
    ----------
    labels : ndarray of shape (b,)
        Levels, or numbers of the quartile bins, that occur among the reference patients.
    cumulative : ndarray of shape (b,)
        Share of reference patients at each label or before it.
    cuts : ndarray of shape (c,) or None
        Upper ends of all quartile bins but the last; None for levels.
    within : BinValues or None
        How a value is drawn inside a bin; None for levels.
    """

    labels: FloatArray
    cumulative: FloatArray
    cuts: FloatArray | None = None
    within: BinValues | None = None

    def position_of(self, value: float) -> int:
        """Which label a patient's value has; -1 where no reference patient has it."""
        label = value if self.cuts is None else float(np.searchsorted(self.cuts, value))
        found = np.flatnonzero(self.labels == label)
        return int(found[0]) if len(found) else -1

    def choose(self, shares: FloatArray) -> BinArray:
        """Positions of labels for uniform random numbers (n,)."""
        chosen = np.zeros(len(shares), dtype=np.int16)
        # Counting comparisons beats a binary search for the few labels a column has.
        for bound in self.cumulative[:-1]:
            chosen += shares >= bound
        return chosen

    def fill(self, chosen: BinArray, state: np.random.RandomState) -> FloatArray:
        """Values (n,) for chosen labels (n,); numbers use up one random number per value."""
        if self.within is None:
            return self.labels[chosen]
        if not self.within.is_flat.any():
            return _values_inside(self.within, chosen, state)
        filled = self.within.flat_value[chosen]
        has_width = ~self.within.is_flat[chosen]
        filled[has_width] = _values_inside(self.within, chosen[has_width], state)
        return filled


@dataclass(frozen=True)
class Invented:
    """Invented patients, one column per patient, without the patient they are made for.

    Attributes
    ----------
    chosen : ndarray of shape (k, n)
        Position of the label in each :class:`ColumnDraw`.
    values : ndarray of shape (k, n)
        Encoded values.
    """

    chosen: BinArray
    values: FloatArray


def describe_columns(reference: FloatArray, columns: Sequence[Column]) -> tuple[ColumnDraw, ...]:
    """What is drawn for each of the columns (k,), from complete reference patients (m, k)."""
    return tuple(
        _describe_numbers(reference[:, at]) if column.is_numeric else _describe(reference[:, at])
        for at, column in enumerate(columns)
    )


def invent_patients(
    draws: Sequence[ColumnDraw], n_samples: int, state: np.random.RandomState
) -> Invented:
    """Invent ``n_samples`` - 1 patients; lime's first is the patient that is explained.

    ``state`` is as it was just after seeding, and is used up. All labels are drawn first, column by
    column, then all values. Nothing depends on the patient, so patients with the same measured
    inputs can share the invented ones.
    """
    chosen = np.empty((len(draws), n_samples - 1), dtype=np.int16)
    values = np.empty(chosen.shape)
    for at, draw in enumerate(draws):
        chosen[at] = draw.choose(state.random_sample(n_samples)[1:])
    for at, draw in enumerate(draws):
        values[at] = draw.fill(chosen[at], state)
    return Invented(chosen, values)


def filled_reference(reference: FloatArray, columns: list[Column]) -> FloatArray:
    """Reference patients (m, k) with each missing value replaced by the column's typical value.

    The median for numbers, the most frequent level otherwise: LIME draws from these columns and
    takes no missing values.

    Raises
    ------
    UnsupportedError
        Where a column is missing in every reference patient.
    """
    filled = reference.copy()
    for at, column in enumerate(columns):
        known = filled[~np.isnan(filled[:, at]), at]
        if len(known) == 0:
            raise UnsupportedError(
                "lime needs every input of the patient to be known for some reference patient",
                value=column.name,
                remedy="Choose more reference patients or another method.",
            )
        typical = np.median(known) if column.is_numeric else np.bincount(known.astype(int)).argmax()
        filled[np.isnan(filled[:, at]), at] = typical
    return filled


def _describe(levels: FloatArray) -> ColumnDraw:
    labels, counts = np.unique(levels, return_counts=True)
    cumulative = (counts / counts.sum()).cumsum()
    return ColumnDraw(labels.astype(np.float64), cumulative / cumulative[-1])


def _describe_numbers(values: FloatArray) -> ColumnDraw:
    cuts = np.unique(np.percentile(values, [25, 50, 75]))
    bins = np.searchsorted(cuts, values)
    plain = _describe(bins.astype(np.float64))
    occurring = plain.labels.astype(np.int64)
    ends = np.concatenate([[values.min()], cuts, [values.max()]])
    mean = np.array([np.mean(values[bins == each]) for each in occurring])
    spread = np.array([np.std(values[bins == each]) for each in occurring]) + SMALLEST_SPREAD
    low, high = (ends[occurring] - mean) / spread, (ends[occurring + 1] - mean) / spread
    return ColumnDraw(plain.labels, plain.cumulative, cuts, _bin_values(low, high, mean, spread))


def _bin_values(
    low: FloatArray, high: FloatArray, mean: FloatArray, spread: FloatArray
) -> BinValues:
    """Normal distributions (b,) cut off at ``low`` and ``high``, in spreads from the mean.

    A bin entirely above its mean (by rounding only) is reflected, since probabilities near 1 have
    no digits left. A bin whose mass is lost all the same is as good as a point.
    """
    is_reflected = low > 0
    start = ndtr(np.where(is_reflected, -low, low))
    slope = ndtr(np.where(is_reflected, -high, high)) - start
    is_lost = slope == 0
    return BinValues(
        start=np.where(is_lost, 0.5, start),
        slope=slope,
        centre=mean,
        reach=np.where(is_reflected, -spread, spread),
        is_flat=low == high,
        # In lime a bin without width yields its standardised end; see docs/methods/lime.md.
        flat_value=low,
    )


def _values_inside(within: BinValues, chosen: BinArray, state: np.random.RandomState) -> FloatArray:
    at = chosen.astype(np.intp)  # numpy would convert at each of the four look-ups
    share = state.random_sample(len(at))
    share *= within.slope[at]
    share += within.start[at]
    np.clip(share, SMALLEST_SHARE, LARGEST_SHARE, out=share)
    drawn: FloatArray = ndtri(share, out=share)
    drawn *= within.reach[at]
    drawn += within.centre[at]
    return drawn
