"""Two halves of the labelled patients: one is searched, the other one is asked."""

from __future__ import annotations

import numpy as np

from explainers.core.arrays import BoolArray, IntArray


def split_halves(strata: IntArray, seed: int) -> tuple[IntArray, IntArray]:
    """Rows of both halves, drawn at random within each stratum.

    Parameters
    ----------
    strata : ndarray of shape (n,)
        Stratum of each patient; each is divided evenly, its odd patient going to either half.
    seed : int

    Returns
    -------
    (ndarray, ndarray)
        Ascending rows, disjoint, together all of n.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(strata))
    order = order[np.argsort(strata[order], kind="stable")]
    is_first = np.zeros(len(strata), dtype=bool)
    is_first[order[rng.integers(2) :: 2]] = True
    return np.flatnonzero(is_first), np.flatnonzero(~is_first)


def strata_of(is_event: BoolArray, is_flagged: BoolArray) -> IntArray:
    """Patients by outcome and flag, (n,): both halves then have alike cases and alike misses."""
    return 2 * is_event.astype(np.int64) + is_flagged
