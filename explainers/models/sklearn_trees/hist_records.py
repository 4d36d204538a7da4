"""From the records of scikit-learn's histogram boosting to trees in the core's form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.schema import Column
from explainers.core.trees import TreeEnsemble
from explainers.errors import BundleError
from explainers.models.level_splits import with_level_splits
from explainers.models.whole_trees import children_are_whole

# A set of up to 256 levels is eight words of 32 bits.
WORDS = 8
BITS = 32


@dataclass(frozen=True, eq=False)
class Inputs:
    """How encoded patients become what the records are written for.

    Attributes
    ----------
    order : ndarray of shape (p,)
        Features in the records' order: those split by sets of levels first.
    n_levels : tuple of int
        For each of these, how many levels the schema has.
    positions : tuple of ndarray
        For each of these, the records' number of each level; NaN for one not met in training.
    known_bits : ndarray of uint32, shape (sets, 8)
        For each of these, the records' numbers that are in use.
    place_in_known : ndarray of uint32, shape (p,)
        Row of ``known_bits`` for each feature in the records' order.
    """

    order: IntArray
    n_levels: tuple[int, ...]
    positions: tuple[FloatArray, ...]
    known_bits: npt.NDArray[np.uint32]
    place_in_known: npt.NDArray[np.uint32]

    def transform(self, matrix: FloatArray) -> FloatArray:
        """Encoded patients (n, p) as the records number features and levels."""
        values = np.ascontiguousarray(matrix[:, self.order], dtype=np.float64)
        for at, positions in enumerate(self.positions):
            is_given = ~np.isnan(values[:, at])
            values[is_given, at] = positions[values[is_given, at].astype(np.int64)]
        return values


def read_inputs(estimator: Any, columns: Sequence[Column]) -> Inputs:
    """Which columns are split by sets of levels, and how the estimator numbers their levels."""
    is_set = np.zeros(len(columns), dtype=np.bool_)
    categories: Sequence[Any] = ()
    if estimator.is_categorical_ is not None:
        is_set = np.asarray(estimator.is_categorical_, dtype=np.bool_)
        categories = estimator._preprocessor.named_transformers_["encoder"].categories_  # noqa: SLF001
    sets = np.flatnonzero(is_set).tolist()
    if len(is_set) != len(columns) or len(categories) != len(sets):
        raise ValueError("a category must have its levels")
    n_levels = tuple(len(columns[at].levels) for at in sets)
    positions = tuple(
        _number_levels(np.asarray(found, dtype=np.float64), columns[at])
        for at, found in zip(sets, categories, strict=True)
    )
    known = np.zeros((len(sets), WORDS), dtype=np.uint32)
    for row, numbers in enumerate(positions):
        for number in numbers[~np.isnan(numbers)].astype(np.int64):
            known[row, number // BITS] |= np.uint32(1) << np.uint32(number % BITS)
    place = np.zeros(len(columns), dtype=np.uint32)
    place[: len(sets)] = np.arange(len(sets))
    order = np.concatenate([sets, np.flatnonzero(~is_set)]).astype(np.int64)
    return Inputs(order, n_levels, positions, known, place)


def _number_levels(found: FloatArray, column: Column) -> FloatArray:
    """The estimator's number of each of a column's levels; NaN for one not met in training."""
    found = found[~np.isnan(found)]
    codes = found.astype(np.int64)
    n_levels = len(column.levels)
    if column.is_numeric or not np.isin(found, np.arange(n_levels)).all() or len(found) > 255:
        raise BundleError(
            "a model may split by sets of levels only where its column has these levels",
            value=column.name,
        )
    positions = np.full(n_levels, np.nan)
    positions[codes] = np.arange(len(codes))
    return positions


def require_whole(predictors: Sequence[Any], inputs: Inputs) -> None:
    """Refuse records that would make scikit-learn read beyond their memory."""
    if not predictors:
        raise BundleError("a model of trees must have at least one tree")
    for number, predictor in enumerate(predictors):
        if type(predictor) is not TreePredictor or not _is_whole(predictor, inputs):
            raise BundleError("the trees of a model must be whole", value=f"tree {number}")


def _is_whole(predictor: Any, inputs: Inputs) -> bool:
    nodes, bits = predictor.nodes, predictor.raw_left_cat_bitsets
    if (
        nodes.dtype != PREDICTOR_RECORD_DTYPE
        or nodes.ndim != 1
        or bits.dtype != np.uint32
        or bits.shape != (len(bits), WORDS)
        or not bits.flags.c_contiguous
    ):
        return False
    inner = nodes["is_leaf"] == 0
    feature, is_set = nodes["feature_idx"][inner], nodes["is_categorical"][inner] != 0
    return bool(
        children_are_whole(_children(nodes, "left"), _children(nodes, "right"))
        and ((feature >= 0) & (feature < len(inputs.order))).all()
        and (feature[is_set] < len(inputs.positions)).all()
        and (feature[~is_set] >= len(inputs.positions)).all()
        and (nodes["bitset_idx"][inner][is_set] < len(bits)).all()
        and not np.isnan(nodes["num_threshold"][inner][~is_set]).any()
        and np.isfinite(nodes["value"]).all()
    )


def _children(nodes: npt.NDArray[Any], side: str) -> IntArray:
    """Children (nodes,) on one side; -1 at a leaf."""
    return np.where(nodes["is_leaf"] != 0, -1, nodes[side].astype(np.int64))


def read_hist_trees(predictors: Sequence[Any], inputs: Inputs, constant: float) -> TreeEnsemble:
    """Lay the trees end to end; the records send ``x <= threshold`` left in double precision."""
    sizes = np.array([len(predictor.nodes) for predictor in predictors], dtype=np.int64)
    roots = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
    nodes = np.concatenate([predictor.nodes for predictor in predictors])
    offsets = np.repeat(roots, sizes)
    is_leaf = nodes["is_leaf"] != 0
    feature = np.where(is_leaf, 0, nodes["feature_idx"])
    trees = TreeEnsemble(
        feature=np.where(is_leaf, -1, inputs.order[feature]),
        threshold=np.where(is_leaf, np.nan, nodes["num_threshold"]),
        left=np.where(is_leaf, -1, nodes["left"] + offsets),
        right=np.where(is_leaf, -1, nodes["right"] + offsets),
        missing_goes_left=nodes["missing_go_to_left"] != 0,
        value=np.where(is_leaf, nodes["value"], 0.0),
        cover=nodes["count"],
        roots=roots,
        constant=constant,
        compares_in="double",
    )
    bits = np.concatenate([predictor.raw_left_cat_bitsets for predictor in predictors])
    starts = np.cumsum([0, *(len(predictor.raw_left_cat_bitsets) for predictor in predictors)])
    row = np.repeat(starts[:-1], sizes) + nodes["bitset_idx"]
    left_levels = {
        int(node): _levels_on_the_left(
            bits[row[node]], inputs.positions[feature[node]], trees.missing_goes_left[node]
        )
        for node in np.flatnonzero(~is_leaf & (nodes["is_categorical"] != 0))
    }
    n_levels = dict(zip(inputs.order.tolist(), inputs.n_levels, strict=False))
    return with_level_splits(trees, left_levels, n_levels)


def _levels_on_the_left(
    bits: npt.NDArray[np.uint32], positions: FloatArray, unmet_go_left: BoolArray
) -> frozenset[int]:
    """Levels that go left; one not met in training goes where a missing value goes."""
    levels = []
    for level, position in enumerate(positions):
        if np.isnan(position):
            goes_left = bool(unmet_go_left)
        else:
            goes_left = bool(int(bits[int(position) // BITS]) >> (int(position) % BITS) & 1)
        if goes_left:
            levels.append(level)
    return frozenset(levels)
