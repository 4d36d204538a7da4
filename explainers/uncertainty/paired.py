"""Intervals of a difference between two proportions of the same patients."""

from __future__ import annotations

import math

from explainers.errors import SettingsError
from explainers.uncertainty.interval import Interval
from explainers.uncertainty.wilson import wilson_interval


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
    first, second = both + only_first, both + only_second
    one, other = wilson_interval(first, n, level), wilson_interval(second, n, level)
    below = (first / n - one.low, other.high - second / n)
    above = (one.high - first / n, second / n - other.low)
    shared = _correlation(both, only_first, only_second, neither)
    value = (first - second) / n
    return Interval(
        value - _combined(*below, shared), value + _combined(*above, shared), "Newcombe, paired"
    )


def _combined(own: float, other: float, shared: float) -> float:
    return math.sqrt(max(own**2 - 2.0 * shared * own * other + other**2, 0.0))


def _correlation(both: int, only_first: int, only_second: int, neither: int) -> float:
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
