"""Normal intervals from a standard error, plain or by the infinitesimal jackknife."""

from __future__ import annotations

import math

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.uncertainty.interval import Interval, normal_quantile


def wald_interval(value: float, std_error: float, level: float = 0.95) -> Interval:
    """``value -+ z std_error``."""
    half = normal_quantile(level) * std_error
    return Interval(value - half, value + half, "Wald")


def influence_interval(value: float, influence: FloatArray, level: float = 0.95) -> Interval:
    """Normal interval from each patient's influence on the statistic.

    The variance of a smooth statistic is the sum of its squared influences, the bootstrap's limit
    in large samples (Efron 1982, The Jackknife, the Bootstrap
    and Other Resampling Plans).

    Parameters
    ----------
    value : float
        The statistic.
    influence : ndarray of shape (n,)
        Derivative of the statistic with respect to each patient's weight; sums to 0.
    """
    return jackknife_interval(value, float(np.square(influence).sum()), level)


def jackknife_interval(value: float, variance: float, level: float = 0.95) -> Interval:
    """As above, given the sum of the squared influences."""
    half = normal_quantile(level) * math.sqrt(variance)
    return Interval(value - half, value + half, "Infinitesimal jackknife")
