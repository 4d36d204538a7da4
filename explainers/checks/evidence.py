"""Shares and their differences as evidence, fit to be shown, corrected for how many were looked at.

Bonferroni's rule is used throughout: it needs nothing of how the comparisons depend on each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.core.estimate import Estimate
from explainers.disclosure.counts import SMALLEST_CELL, is_small
from explainers.uncertainty.newcombe import newcombe_interval
from explainers.uncertainty.wilson import proportion_interval

FAMILY_LEVEL = 0.95
WITHHELD = f"Withheld: a count behind it is of fewer than {SMALLEST_CELL} people."


@dataclass(frozen=True)
class Tally:
    """How many of n patients something holds for."""

    successes: int
    n: int

    @classmethod
    def of(cls, holds: BoolArray) -> Tally:
        """Count the patients (n,) for whom it holds."""
        return cls(int(np.count_nonzero(holds)), len(holds))

    @property
    def is_shown(self) -> bool:
        """Whether neither those for whom it holds nor the others are too few to be shown."""
        return not is_small(np.array([self.successes, self.n - self.successes])).any()


def corrected_level(n_comparisons: int) -> float:
    """Level of each of so many intervals, at which all of them hold at once with 95%."""
    return 1.0 - (1.0 - FAMILY_LEVEL) / max(n_comparisons, 1)


def estimate_share(metric: str, tally: Tally, level: float = FAMILY_LEVEL) -> Estimate:
    """A share with Wilson's interval, suppressed where it would give a small count away."""
    if not tally.is_shown:
        return Estimate.suppressed(metric, WITHHELD)
    if tally.n == 0:
        return Estimate.not_estimable(metric, "There is nobody to count.", n=0, n_events=0)
    interval = proportion_interval(tally.successes, tally.n, level)
    return Estimate(
        metric,
        tally.successes / tally.n,
        interval.low,
        interval.high,
        tally.n,
        tally.successes,
        interval.method,
        level=level,
    )


def estimate_share_gap(
    metric: str, first: Tally, second: Tally, level: float = FAMILY_LEVEL
) -> Estimate:
    """Difference ``first - second`` of two shares of different patients, by Newcombe's method.

    Suppressed where one of the four counts is too small to be shown.
    """
    if not (first.is_shown and second.is_shown):
        return Estimate.suppressed(metric, WITHHELD)
    n, n_events = first.n + second.n, first.successes + second.successes
    if min(first.n, second.n) == 0:
        reason = "One of the two sides has nobody to count."
        return Estimate.not_estimable(metric, reason, n=n, n_events=n_events)
    interval = newcombe_interval((first.successes, first.n), (second.successes, second.n), level)
    gap = first.successes / first.n - second.successes / second.n
    return Estimate(
        metric, gap, interval.low, interval.high, n, n_events, interval.method, level=level
    )


def leaves_out(estimate: Estimate, value: float) -> bool:
    """Whether the estimate has an interval and the value lies outside it."""
    if estimate.low is None or estimate.high is None:
        return False
    return not estimate.low <= value <= estimate.high


def draw_rows(n: int, most: int, seed: int) -> IntArray:
    """Rows to look at: all of n, or ``most`` of them drawn at random, in ascending order."""
    if n <= most:
        return np.arange(n, dtype=np.int64)
    drawn = np.random.default_rng(seed).choice(n, most, replace=False)
    return np.sort(drawn).astype(np.int64)
