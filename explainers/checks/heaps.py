"""Usual codes that hide among true values: far more patients than with the values around them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import binom

from explainers.core.arrays import FloatArray
from explainers.disclosure.counts import SMALLEST_CELL

# Codes of one digit are values of most scales, and often round ones.
HIDDEN_CODES = tuple(float(digit * length) for digit in "789" for length in (2, 3, 4, 5))
N_AROUND = 4
AROUND = range(1, N_AROUND + 1)
# A conversion to steps a tenth wider doubles one place in ten.
NEARBY = 12
# Surely half as many again as the values around it: a third of those patients lack a reason.
LEAST_EXCESS = 1.5
LEVEL = 0.99
# Where the middle half spans fewer steps, the values around a peak say nothing about its height.
FEWEST_STEPS_WIDE = 8.0
# Of all steps of the middle nine tenths, how many somebody must have: doses and grades leave gaps.
LEAST_FILLED = 0.5
MIDDLE_HALF, MIDDLE_MOST = (0.25, 0.75), (0.05, 0.95)


def find_heaps(measured: FloatArray, n_features: int) -> list[float]:
    """Usual codes of two and more digits at which more patients heap up than chance explains.

    Under the null hypothesis a code is at most ``LEAST_EXCESS`` times as frequent as the mean of
    the values that occur among the four on either side; given how many patients have any of them,
    those at the code are then binomial. Values around it are taken as fine as recorded, of the same
    parity, in whole units and in pairs of them, so that round numbers are compared with round ones;
    every comparison has to hold. No value nearby may stand out from those around it nearly as much.

    At the end of all values a code is told from a cap, which gathers whoever lies beyond: it must
    be surely as much more frequent than all values within four units of it together; and of those
    who come so far, a smaller part must stop on the last stretch than on the one before, by the
    same factor, each as wide as half of the middle half, though a density that falls off by itself
    (log-concave) stops more and more.

    Parameters
    ----------
    measured : ndarray of shape (n,)
        Recorded values of one feature.
    n_features : int
        Features looked at; the level of 99% holds for all of their codes at once.
    """
    distinct, repeats = np.unique(measured, return_counts=True)
    candidates = [code for code in HIDDEN_CODES if code in distinct]
    if not candidates or (step := _step(measured, distinct)) == 0.0:
        return []
    level = (1.0 - LEVEL) / (len(HIDDEN_CODES) * max(n_features, 1))
    places = np.round(distinct / step).astype(np.int64).tolist()
    counts: dict[int, int] = dict(zip(places, repeats.tolist(), strict=True))
    first, third = np.quantile(measured, MIDDLE_HALF)
    scale = step, round(float(third - first) / step / 2.0)
    return [code for code in candidates if _heaps_up(round(code / step), scale, counts, level)]


def _heaps_up(at: int, scale: tuple[float, int], counts: Mapping[int, int], level: float) -> bool:
    """Whether the place holds surely more than every kind of places around it."""
    (step, half_width), count = scale, counts[at]
    if count < SMALLEST_CELL:
        return False
    unit = max(round(1.0 / step), 1)
    if at in (max(counts), min(counts)):
        return _is_beyond_a_cap(
            at, (N_AROUND * unit, max(half_width, N_AROUND * unit)), counts, level
        )
    strides = {1, 2, unit, max(round(2.0 / step), 1)}
    means = [_mean_around(at, stride, counts) for stride in strides]
    is_more = all(
        binom.sf(count - 1, count + total, LEAST_EXCESS / (LEAST_EXCESS + n)) <= level
        for total, n in means
    )
    return is_more and _is_alone(at, unit, counts)


def _mean_around(at: int, stride: int, counts: Mapping[int, int]) -> tuple[int, int]:
    """Patients at the places around that anybody has, and how many such places there are."""
    places = (at + side * stride * away for side in (-1, 1) for away in AROUND)
    own = [counts[place] for place in places if place in counts]
    return sum(own), max(len(own), 1)


def _is_alone(at: int, unit: int, counts: Mapping[int, int]) -> bool:
    """Whether no place nearby stands out as much: conversions and habits heap up repeatedly."""

    def height(place: int) -> float:
        total, n = _mean_around(place, unit, counts)
        return counts[place] * n / max(total, 1)

    nearby = (at + side * unit * away for side in (-1, 1) for away in range(1, NEARBY + 1))
    others = [height(place) for place in nearby if place in counts]
    return height(at) >= LEAST_EXCESS * max(others, default=0.0)


def _is_beyond_a_cap(
    at: int, widths: tuple[int, int], counts: Mapping[int, int], level: float
) -> bool:
    """Whether the outermost place holds surely more than a cap would gather there."""
    side, (near, far) = 1 if at == min(counts) else -1, widths
    count = counts[at]

    def come(first: int, last: int) -> int:
        return sum(counts.get(at + side * away, 0) for away in range(first, last + 1))

    chance = LEAST_EXCESS / (1.0 + LEAST_EXCESS)
    is_more = binom.sf(count - 1, count + come(1, near), chance) <= level
    last, before = come(1, far), come(far + 1, 2 * far)
    stopped_before, stopped_last = before / (before + last + count), last / (last + count)
    return bool(is_more and LEAST_EXCESS * stopped_last < stopped_before)


def _step(measured: FloatArray, distinct: FloatArray) -> float:
    """How fine values are recorded; 0 where they are no even scale, wide enough and filled."""
    low, high = np.quantile(measured, MIDDLE_MOST)
    first, third = np.quantile(measured, MIDDLE_HALF)
    inside = distinct[(distinct >= low) & (distinct <= high)]
    if len(inside) < 2:
        return 0.0
    # The finest: values converted from other units leave some places between them empty.
    step = float(np.diff(inside).min())
    is_even = bool(np.allclose(inside / step, np.round(inside / step), atol=1e-3))
    is_filled = len(inside) >= LEAST_FILLED * ((high - low) / step + 1.0)
    is_wide = third - first >= FEWEST_STEPS_WIDE * step
    return step if is_even and is_filled and is_wide else 0.0
