"""Bins that hold nobody or enough people."""

from __future__ import annotations

import numpy as np

from explainers.core.arrays import IntArray
from explainers.disclosure.counts import SMALLEST_CELL, check_floor, is_small


def merge_small_bins(counts: IntArray, floor: int = SMALLEST_CELL) -> IntArray | None:
    """Merge neighbouring bins until each count is 0 or at least the floor.

    Parameters
    ----------
    counts : ndarray of shape (b, c)
        People per bin, of c kinds.

    Returns
    -------
    ndarray of shape (m + 1,) or None
        First bin of each merged bin, and ``b`` at the end; None where even one bin of everybody
        would show a count that is too small. Without bins (b = 0) it is ``[0]``.

    Raises
    ------
    SettingsError
        When the floor is lower than 11.
    """
    check_floor(floor)
    if is_small(counts.sum(axis=0), floor).any():
        return None
    if not len(counts):
        return np.zeros(1, dtype=np.int64)
    starts, held = [0], np.zeros(counts.shape[1], dtype=np.int64)
    for position, own in enumerate(counts):
        if position > starts[-1] and not is_small(held, floor).any() and held.any():
            starts.append(position)
            held = np.zeros_like(held)
        held = held + own
    while len(starts) > 1 and is_small(counts[starts[-1] :].sum(axis=0), floor).any():
        starts.pop()
    return np.array([*starts, len(counts)], dtype=np.int64)
