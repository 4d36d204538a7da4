"""Leaves that share a table, and how a patient's ranks become a row number of it.

A group is any run of leaves in depth-first order. For each feature, the group's conditions cut its
ranks into segments; segments that meet the same conditions (and a missing value, likewise) form
one class. A row of the group's table is one class per feature, so it has as many rows as the
product of the numbers of classes: 2^b for b nodes on distinct features, fewer when features repeat.

The row number is linear in comparisons ``rank <= cut``: with class numbers c_0 .. c_k of the
segments, ascending, and stride s of the feature, ``s * (c_k + sum_j (c_j - c_{j+1}) [rank <=
cut_j])``. A missing value is given the rank of a segment of its own class, separately for each
comparison by the choice of a column in which missing counts as lowest or as highest; where it is
in a class of its own, the difference of both columns marks it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from explainers.attribution.kernel.compiled import compiled
from explainers.attribution.kernel.conditions import UNBOUNDED, Paths
from explainers.attribution.kernel.leaf_games import MOST_CONDITIONS
from explainers.core.arrays import IntArray

# Conditions of one class are a bit mask over the leaves of the group.
MOST_LEAVES = 64
MOST_FEATURES = 24
MOST_CUTS = 48
MOST_ROWS = 2048
# A leaf with d features on its path needs a table of 2^d rows.
MOST_TABLE_FEATURES = MOST_ROWS.bit_length() - 1

MaskArray = npt.NDArray[np.uint64]


class Shape(NamedTuple):
    """What :func:`describe_group` found; arrays are scratch space, used up to the counts.

    Attributes
    ----------
    feature, n_cuts, n_classes, missing_class : ndarray of shape (MOST_FEATURES,)
    cut : ndarray of shape (MOST_FEATURES, MOST_CUTS)
    segment_class : ndarray of shape (MOST_FEATURES, MOST_CUTS + 1)
    class_mask : ndarray of shape (MOST_FEATURES, MOST_CUTS + 2)
        Bit l of a class is set when it meets the condition of the group's leaf l on the feature.
    """

    feature: IntArray
    n_cuts: IntArray
    n_classes: IntArray
    missing_class: IntArray
    cut: IntArray
    segment_class: IntArray
    class_mask: MaskArray


@compiled
def make_shape() -> Shape:
    """Empty scratch space."""
    return Shape(
        np.zeros(MOST_FEATURES, np.int64),
        np.zeros(MOST_FEATURES, np.int64),
        np.zeros(MOST_FEATURES, np.int64),
        np.zeros(MOST_FEATURES, np.int64),
        np.zeros((MOST_FEATURES, MOST_CUTS), np.int64),
        np.zeros((MOST_FEATURES, MOST_CUTS + 1), np.int64),
        np.zeros((MOST_FEATURES, MOST_CUTS + 2), np.uint64),
    )


@compiled
def describe_group(paths: Paths, first: int, last: int, shape: Shape) -> tuple[int, int]:
    """Find features, cuts and classes of leaves ``first`` to ``last``; writes ``shape``.

    Returns
    -------
    n_features, n_rows : int
        Both 0 when the group is too large for one table.
    """
    if last - first > MOST_LEAVES or longest_path(paths, first, last) > MOST_CONDITIONS:
        return 0, 0
    n_features = _collect_features(paths, first, last, shape)
    n_rows = 1
    for k in range(n_features):
        if not _collect_cuts(paths, first, last, shape, k):
            return 0, 0
        _classify(paths, first, last, shape, k)
        n_rows *= shape.n_classes[k]
        if n_rows > MOST_ROWS:
            return 0, 0
    return n_features, n_rows


@compiled
def longest_path(paths: Paths, first: int, last: int) -> int:
    """Largest number of conditions of one leaf."""
    longest = 0
    for leaf in range(first, last):
        longest = max(longest, paths.start[leaf + 1] - paths.start[leaf])
    return longest


@compiled
def _collect_features(paths: Paths, first: int, last: int, shape: Shape) -> int:
    """Distinct features of the group; 0 when there are too many."""
    n_features = 0
    for at in range(paths.start[first], paths.start[last]):
        k = 0
        while k < n_features and shape.feature[k] != paths.feature[at]:
            k += 1
        if k == n_features:
            if n_features == MOST_FEATURES:
                return 0
            shape.feature[k] = paths.feature[at]
            n_features += 1
    return n_features


@compiled
def _collect_cuts(paths: Paths, first: int, last: int, shape: Shape, k: int) -> bool:
    """Ascending ranks at which a condition on feature k begins or ends; False when too many."""
    shape.n_cuts[k] = 0
    for at in range(paths.start[first], paths.start[last]):
        if paths.feature[at] != shape.feature[k]:
            continue
        if paths.low[at] >= 0 and not _insert_cut(shape, k, paths.low[at]):
            return False
        if paths.high[at] != UNBOUNDED and not _insert_cut(shape, k, paths.high[at]):
            return False
    return True


@compiled
def _insert_cut(shape: Shape, k: int, bound: int) -> bool:
    """Keep the cuts of feature k ascending and distinct; False when there is no room."""
    n_cuts = shape.n_cuts[k]
    place = 0
    while place < n_cuts and shape.cut[k, place] < bound:
        place += 1
    if place < n_cuts and shape.cut[k, place] == bound:
        return True
    if n_cuts == MOST_CUTS:
        return False
    for later in range(n_cuts, place, -1):
        shape.cut[k, later] = shape.cut[k, later - 1]
    shape.cut[k, place] = bound
    shape.n_cuts[k] = n_cuts + 1
    return True


@compiled
def _classify(paths: Paths, first: int, last: int, shape: Shape, k: int) -> None:
    """Number the classes of feature k's segments and of a missing value."""
    n_cuts = shape.n_cuts[k]
    masks = np.zeros(n_cuts + 2, np.uint64)
    for leaf in range(first, last):
        bit = np.uint64(1) << np.uint64(leaf - first)
        for at in range(paths.start[leaf], paths.start[leaf + 1]):
            if paths.feature[at] != shape.feature[k]:
                continue
            if paths.missing_passes[at]:
                masks[n_cuts + 1] |= bit
            for segment in range(n_cuts + 1):
                below = shape.cut[k, segment - 1] if segment else -1
                above = shape.cut[k, segment] if segment < n_cuts else UNBOUNDED
                if paths.low[at] <= below and above <= paths.high[at]:
                    masks[segment] |= bit
    shape.n_classes[k] = 0
    for segment in range(n_cuts + 1):
        shape.segment_class[k, segment] = _class_of(shape, k, masks[segment])
    shape.missing_class[k] = _class_of(shape, k, masks[n_cuts + 1])


@compiled
def _class_of(shape: Shape, k: int, mask: np.uint64) -> int:
    """Number of the class with that mask, new if need be."""
    number = 0
    while number < shape.n_classes[k] and shape.class_mask[k, number] != mask:
        number += 1
    if number == shape.n_classes[k]:
        shape.class_mask[k, number] = mask
        shape.n_classes[k] += 1
    return number


@compiled
def missing_segment(shape: Shape, k: int) -> int:
    """First segment of a missing value's class; one past the last where it has its own class."""
    segment = 0
    n_segments = shape.n_cuts[k] + 1
    while segment < n_segments and shape.segment_class[k, segment] != shape.missing_class[k]:
        segment += 1
    return segment


@compiled
def count_comparisons(shape: Shape, n_features: int) -> int:
    """Comparisons that make up the row number."""
    count = 0
    for k in range(n_features):
        for segment in range(shape.n_cuts[k]):
            if shape.segment_class[k, segment] != shape.segment_class[k, segment + 1]:
                count += 1
        if missing_segment(shape, k) > shape.n_cuts[k]:
            count += 2
    return count
