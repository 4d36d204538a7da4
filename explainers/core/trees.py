"""Decision trees as arrays, one form for every library.

Libraries differ in whether a value equal to the threshold goes left and in whether they compare in
single or double precision; both have produced plausible-looking wrong SHAP values elsewhere. Here a
patient goes left when ``x <= threshold``, where x is the value as the library sees it: rounded to
single precision or as it is. Each adapter converts its thresholds to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray

Precision = Literal["single", "double"]


def in_single_precision(values: FloatArray) -> FloatArray:
    """Values rounded to single precision, in which trees compare, held in double precision."""
    return values.astype(np.float32).astype(np.float64)


@dataclass(frozen=True)
class TreeEnsemble:
    """Trees laid end to end; node numbers are positions in the arrays.

    Attributes
    ----------
    feature : ndarray of shape (nodes,)
        Encoded feature that a node splits on; -1 at a leaf.
    threshold : ndarray of shape (nodes,)
        A patient goes left when ``x <= threshold``; NaN at a leaf.
    left, right : ndarray of shape (nodes,)
        Children; -1 at a leaf.
    missing_goes_left : ndarray of shape (nodes,)
        Where a patient with a missing value goes.
    value : ndarray of shape (nodes,)
        Contribution of a leaf to the raw score; 0 at inner nodes.
    cover : ndarray of shape (nodes,)
        Training weight that reached the node (path-dependent SHAP).
    roots : ndarray of shape (trees,)
        First node of each tree.
    constant : float
        Added to the sum over trees.
    compares_in : {"single", "double"}
        Whether a value is rounded to single precision before it is compared (XGBoost,
        scikit-learn's trees on double columns) or compared as it is (LightGBM, scikit-learn's
        histogram trees).
    """

    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    missing_goes_left: BoolArray
    value: FloatArray
    cover: FloatArray
    roots: IntArray
    constant: float = 0.0
    compares_in: Precision = "single"

    def __post_init__(self) -> None:
        for name, kind in _ARRAY_KINDS.items():
            array = np.array(getattr(self, name), dtype=kind)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.roots)

    def seen(self, values: FloatArray) -> FloatArray:
        """Values of any shape as these trees see them: rounded to single precision, or as given."""
        return in_single_precision(values) if self.compares_in == "single" else values

    def goes_left(self, nodes: IntArray, values: FloatArray) -> BoolArray:
        """Whether encoded values (k,) go left at inner nodes (k,)."""
        seen = self.seen(values)
        return np.where(
            np.isnan(seen), self.missing_goes_left[nodes], seen <= self.threshold[nodes]
        )

    def leaves(self, matrix: FloatArray) -> IntArray:
        """Leaf that each patient reaches in each tree, (n, trees), for encoded patients (n, p)."""
        at = np.tile(self.roots, (len(matrix), 1))
        rows = np.broadcast_to(np.arange(len(matrix))[:, None], at.shape)
        inner = self.feature[at] >= 0
        while inner.any():
            nodes = at[inner]
            left = self.goes_left(nodes, matrix[rows[inner], self.feature[nodes]])
            at[inner] = np.where(left, self.left[nodes], self.right[nodes])
            inner = self.feature[at] >= 0
        return at

    def score(self, matrix: FloatArray) -> FloatArray:
        """Raw score (n,) of encoded patients (n, p), added up in double precision."""
        total: FloatArray = self.constant + self.value[self.leaves(matrix)].sum(axis=1)
        return total


_ARRAY_KINDS: dict[str, type[np.generic]] = {
    "feature": np.int64,
    "threshold": np.float64,
    "left": np.int64,
    "right": np.int64,
    "missing_goes_left": np.bool_,
    "value": np.float64,
    "cover": np.float64,
    "roots": np.int64,
}
