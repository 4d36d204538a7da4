"""Patients' values as ranks among the thresholds of the trees.

Sort the distinct thresholds ("cuts") of a feature; the rank of a patient's value is the number of
cuts below it, so ``x <= cut[j]`` exactly when ``rank <= j``. Ranks are small whole numbers: an
engine that works in single precision, or in bytes, routes every patient as the trees do, in
whichever precision those compare.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from explainers.core.arrays import FloatArray, IntArray, SingleArray
from explainers.core.trees import TreeEnsemble

# Rank of a missing value.
MISSING = -1


class Cuts(NamedTuple):
    """The distinct thresholds of each feature, ascending.

    Attributes
    ----------
    value : ndarray of shape (cuts,)
        All features' cuts end to end, in the precision in which the trees compare.
    start : ndarray of shape (p + 1,)
        Where each feature's cuts begin.
    """

    value: SingleArray | FloatArray
    start: IntArray

    def of(self, feature: int) -> SingleArray | FloatArray:
        """The cuts of one feature."""
        return self.value[self.start[feature] : self.start[feature + 1]]


def find_cuts(ensemble: TreeEnsemble, n_features: int) -> Cuts:
    """Distinct thresholds of each of ``n_features`` features."""
    splits = ensemble.feature >= 0
    owner = ensemble.feature[splits]
    cuts = _in_their_precision(ensemble)[splits]
    order = np.lexsort((cuts, owner))
    owner, cuts = owner[order], cuts[order]
    fresh = np.ones(len(owner), dtype=np.bool_)
    fresh[1:] = (owner[1:] != owner[:-1]) | (cuts[1:] != cuts[:-1])
    start = np.searchsorted(owner[fresh], np.arange(n_features + 1)).astype(np.int64)
    return Cuts(cuts[fresh], start)


def rank_thresholds(ensemble: TreeEnsemble, cuts: Cuts) -> IntArray:
    """Rank (nodes,) of each node's threshold among its feature's cuts; -1 at a leaf."""
    ranks = np.full(len(ensemble.feature), -1, dtype=np.int64)
    thresholds = _in_their_precision(ensemble)
    for feature in np.flatnonzero(np.diff(cuts.start)).tolist():
        nodes = np.flatnonzero(ensemble.feature == feature)
        ranks[nodes] = np.searchsorted(cuts.of(feature), thresholds[nodes])
    return ranks


def rank_patients(matrix: FloatArray, cuts: Cuts) -> IntArray:
    """Ranks (n, p) of encoded patients (n, p); MISSING where a value is missing."""
    seen = matrix.astype(cuts.value.dtype)
    ranks = np.empty(matrix.shape, dtype=np.int64)
    for feature in range(matrix.shape[1]):
        ranks[:, feature] = np.searchsorted(cuts.of(feature), seen[:, feature])
    ranks[np.isnan(seen)] = MISSING
    return ranks


def _in_their_precision(ensemble: TreeEnsemble) -> SingleArray | FloatArray:
    """Thresholds (nodes,) in the precision in which they are compared.

    In single precision it is the largest float32 not above the threshold: it sends every patient
    the same way. Rounding to the nearest would lift a threshold just below float32(1.1) to it and
    send a value of 1.1 left.
    """
    thresholds = ensemble.threshold
    if ensemble.compares_in == "double":
        return thresholds
    with np.errstate(over="ignore"):
        single = thresholds.astype(np.float32)
        down = np.nextafter(single, np.float32(-np.inf))
    return np.where(single.astype(np.float64) > thresholds, down, single)
