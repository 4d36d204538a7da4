"""Intervals of a difference between two independent groups."""

from __future__ import annotations

import math

from explainers.uncertainty.interval import Interval
from explainers.uncertainty.wilson import wilson_interval


def square_and_add(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> Interval:
    """Interval of ``first - second`` from the interval of each (Zou and Donner 2008).

    The distance from each value to its own limit is squared and added, which keeps the asymmetry
    that a normal approximation loses. With Wilson intervals this is Newcombe's method 10.

    Parameters
    ----------
    first, second : (float, float, float)
        Value, low and high of each statistic, from independent patients, at the same level.

    References
    ----------
    Zou and Donner 2008, Stat Med 27:1693.
    """
    value, low, high = first
    other, other_low, other_high = second
    difference = value - other
    return Interval(
        difference - math.hypot(value - low, other_high - other),
        difference + math.hypot(high - value, other - other_low),
        "Square-and-add (Zou and Donner)",
    )


def newcombe_interval(
    first: tuple[int, int], second: tuple[int, int], level: float = 0.95
) -> Interval:
    """Interval of a difference of two proportions (Newcombe 1998, Stat Med 17:873, method 10).

    Parameters
    ----------
    first, second : (int, int)
        Successes and patients of each independent group.

    Raises
    ------
    SettingsError
        As :func:`~explainers.uncertainty.wilson.wilson_interval`.
    """
    parts = []
    for successes, n in (first, second):
        limits = wilson_interval(successes, n, level)
        parts.append((successes / n, limits.low, limits.high))
    combined = square_and_add(parts[0], parts[1])
    return Interval(combined.low, combined.high, "Newcombe")
