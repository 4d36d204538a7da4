"""Intervals of one proportion."""

from __future__ import annotations

import math

from scipy.special import betaincinv

from explainers.errors import SettingsError
from explainers.uncertainty.interval import Interval, normal_quantile, tail_of

# Below this Wilson's coverage dips for extreme proportions; the exact interval never dips.
EXACT_BELOW = 40


def proportion_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """Wilson interval; exact where ``n`` is below 40.

    Raises
    ------
    SettingsError
        When ``n`` is not positive, the successes are not between 0 and ``n``, or the level is not
        between 0 and 1.
    """
    maker = exact_interval if n < EXACT_BELOW else wilson_interval
    return maker(successes, n, level)


def wilson_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """Score interval of a proportion (Wilson 1927, J Am Stat Assoc 22:209).

    Raises
    ------
    SettingsError
        As :func:`proportion_interval`.
    """
    _check_counts(successes, n)
    low, high = score_limits(successes / n, n, normal_quantile(level))
    return Interval(low, high, "Wilson")


def score_limits(share: float, n: float, quantile: float) -> tuple[float, float]:
    """Wilson's limits of a share of ``n`` patients, which may be an effective number."""
    squared = quantile**2
    centre = (share + squared / (2 * n)) / (1 + squared / n)
    half = math.sqrt(squared * (share * (1 - share) / n + squared / (4 * n * n)))
    half /= 1 + squared / n
    # At 0 and 1 one limit is exactly that; rounding would leave it a hair outside.
    return 0.0 if share == 0.0 else centre - half, 1.0 if share == 1.0 else centre + half


def exact_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """Exact interval of a proportion (Clopper and Pearson 1934, Biometrika 26:404).

    Raises
    ------
    SettingsError
        As :func:`proportion_interval`.
    """
    _check_counts(successes, n)
    tail = tail_of(level)
    misses = n - successes
    low = 0.0 if successes == 0 else float(betaincinv(successes, misses + 1, tail))
    high = 1.0 if misses == 0 else float(betaincinv(successes + 1, misses, 1 - tail))
    return Interval(low, high, "Exact (Clopper-Pearson)")


def _check_counts(successes: int, n: int) -> None:
    if n < 1 or not 0 <= successes <= n:
        raise SettingsError(
            "a proportion needs at least one patient and between 0 and n successes",
            value=(successes, n),
        )
