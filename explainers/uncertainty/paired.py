"""Intervals of a difference between two proportions of the same patients."""

from __future__ import annotations

import math

import numpy as np

from explainers.core.arrays import BoolArray
from explainers.errors import SettingsError
from explainers.uncertainty.clusters import Clusters
from explainers.uncertainty.interval import Interval, normal_quantile
from explainers.uncertainty.wilson import score_limits


def paired_interval(
    both: int, only_first: int, only_second: int, neither: int, level: float = 0.95
) -> Interval:
    """Interval of ``first - second`` on the same patients (Newcombe 1998, Stat Med 17:2635).

    Method 10 of that paper: the Wilson limits of both proportions are squared and added as for
    independent ones, less what their correlation takes away. Unlike the bootstrap and McNemar's
    standard error it does not shrink to nothing where nobody happened to change sides.

    Parameters
    ----------
    both, only_first, only_second, neither : int
        Patients for whom each holds; at least one patient in all.

    Raises
    ------
    SettingsError
        When there is no patient, a count is negative, or the level is not between 0 and 1.
    """
    counts = (both, only_first, only_second, neither)
    n = sum(counts)
    if n < 1 or min(counts) < 0:
        raise SettingsError(
            "a paired difference needs counts of at least one patient", value=counts
        )
    low, high = paired_limits(counts, normal_quantile(level))
    return Interval(low, high, "Newcombe, paired")


def paired_limits(
    counts: tuple[float, float, float, float], quantile: float
) -> tuple[float, float]:
    """The same limits from counts (both, first, second, neither), which may be effective ones."""
    both, only_first, only_second, _ = counts
    n = sum(counts)
    first, second = (both + only_first) / n, (both + only_second) / n
    one, other = (score_limits(share, n, quantile) for share in (first, second))
    below = (first - one[0], other[1] - second)
    above = (one[1] - first, second - other[0])
    shared = _correlation(*counts)
    value = (only_first - only_second) / n
    return value - _combined(*below, shared), value + _combined(*above, shared)


def cluster_paired_interval(
    first: BoolArray, second: BoolArray, clusters: Clusters, level: float = 0.95
) -> Interval:
    """As :func:`paired_interval`, with the effective number of patients.

    The counts are divided by the design effect of the difference, at least 1; where nobody changes
    sides there is none, and each cluster then counts as one patient.

    Parameters
    ----------
    first, second : ndarray of shape (n,)
        For whom each holds.
    clusters : Clusters
        Of the same patients.
    level : float
    """
    n = len(first)
    moved = first.astype(np.float64) - second
    value = float(moved.mean())
    alone = float(np.square(moved - value).mean()) / n
    effect = n / clusters.n_clusters
    if alone > 0.0:
        effect = max(clusters.variance((moved - value) / n) / alone, 1.0)
    kinds = (first & second, first & ~second, ~first & second, ~first & ~second)
    both, only_first, only_second, neither = (float(kind.sum()) / effect for kind in kinds)
    counts = (both, only_first, only_second, neither)
    low, high = paired_limits(counts, clusters.quantile(level))
    return Interval(low, high, f"Newcombe, paired, effective number {clusters.words}")


def _combined(own: float, other: float, shared: float) -> float:
    return math.sqrt(max(own**2 - 2.0 * shared * own * other + other**2, 0.0))


def _correlation(both: float, only_first: float, only_second: float, neither: float) -> float:
    """Phi coefficient, drawn towards 0 by half a patient in each cell where it is positive."""
    n = both + only_first + only_second + neither
    margins = (
        (both + only_first)
        * (only_second + neither)
        * (both + only_second)
        * (only_first + neither)
    )
    if margins == 0:
        return 0.0
    product = both * neither - only_first * only_second
    # Newcombe's correction of the numerator.
    lessened = max(product - n / 2.0, 0.0) if product > 0 else float(product)
    return lessened / math.sqrt(margins)
