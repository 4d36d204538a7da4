"""Trees that split on columns inside a pipeline, written as trees on the patient's own features.

A column inside was made from one feature. So a split on it divides the values of that feature: the
levels into two sets, the numbers at a point where the column passes the threshold, a missing value
from measured ones. What was split into one-hot columns thereby comes together again, and the exact
methods for trees apply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.schema import Column
from explainers.core.trees import TreeEnsemble
from explainers.models.level_splits import with_level_splits
from explainers.models.pipeline.owners import Origins
from explainers.models.sklearn_trees.decision_tree import DecisionTreeModel
from explainers.models.sklearn_trees.gradient_boosting import GradientBoostingModel
from explainers.models.sklearn_trees.hist_records import Inputs, read_hist_trees
from explainers.models.sklearn_trees.leaf_sums import (
    MeanOfSharesModel,
    ScikitTreesModel,
    read_trees,
)

# Columns inside (n, q) of encoded patients (n, p).
Steps = Callable[[FloatArray], FloatArray]

LARGEST = float(np.finfo(np.float32).max)
ROWS_AT_ONCE = 65_536
# Bits of a double, and how many are found at a time where there are few thresholds to find.
PLACES = 64
MANY_BITS = 4

_READERS: Mapping[str, type[ScikitTreesModel]] = {
    "DecisionTreeClassifier": DecisionTreeModel,
    "ExtraTreesClassifier": MeanOfSharesModel,
    "GradientBoostingClassifier": GradientBoostingModel,
    "RandomForestClassifier": MeanOfSharesModel,
}


def read_own_trees(
    end: Any, steps: Steps, origins: Origins, columns: Sequence[Column]
) -> TreeEnsemble | None:
    """Trees on encoded patients with the score of the pipeline, or None.

    Parameters
    ----------
    end : fitted classifier
        The last part of the pipeline.
    steps : callable
        The parts before it.
    origins : Origins
        Of the columns that the classifier takes.
    columns : sequence of Column, length p
        The features.

    Returns
    -------
    TreeEnsemble or None
        None where the end is no ensemble of trees, or where a split on a column made from a number
        is no split on that number, as on one of a number's one-hot columns.

    Raises
    ------
    BundleError
        When the trees grow too large on the way.
    """
    trees = _read_inner_trees(end, len(origins.owner))
    if trees is None:
        return None
    nodes = np.flatnonzero(trees.feature >= 0)
    inside = trees.feature[nodes]
    owner = origins.owner[inside]
    has_levels = np.array([not column.is_numeric for column in columns], dtype=np.bool_)[owner]
    on_missing = origins.says_missing[inside] & ~has_levels
    if not (has_levels | on_missing | origins.rises[inside]).all():
        return None
    answers = steps(_level_patients(columns))
    missing_left = trees.missing_goes_left.copy()
    missing_left[nodes] = trees.goes_left(nodes, answers[-1, inside])
    threshold = trees.threshold.copy()
    first_left = trees.goes_left(nodes, answers[0, inside])
    threshold[nodes] = np.where(first_left, LARGEST, -LARGEST)
    rising = ~has_levels & ~on_missing
    threshold[nodes[rising]] = _find_thresholds(
        trees, nodes[rising], steps, origins.owner, len(columns)
    )
    feature = trees.feature.copy()
    feature[nodes] = owner
    own = replace(
        trees,
        feature=feature,
        threshold=threshold,
        missing_goes_left=missing_left,
        compares_in="double",
    )
    left_levels = _levels_on_the_left(trees, nodes[has_levels], answers, owner[has_levels], columns)
    n_levels = {at: len(columns[at].levels) for at in np.unique(owner[has_levels]).tolist()}
    return with_level_splits(own, left_levels, n_levels)


def _read_inner_trees(end: Any, n_columns: int) -> TreeEnsemble | None:
    """The trees on the columns inside; their form has been checked."""
    kind = type(end).__name__
    if kind == "HistGradientBoostingClassifier":
        no_sets = np.zeros((0, 8), dtype=np.uint32), np.zeros(n_columns, dtype=np.uint32)
        inputs = Inputs(np.arange(n_columns), (), (), *no_sets)
        ((start,),) = end._baseline_prediction  # noqa: SLF001 - scikit-learn has no other name
        return read_hist_trees([tree for (tree,) in end._predictors], inputs, float(start))  # noqa: SLF001
    if kind not in _READERS:
        return None
    reader = _READERS[kind]
    native = [member.tree_ for member in reader.members(end)]
    added, constant = reader.contributions(
        end, np.concatenate([tree.value[:, 0, :] for tree in native])
    )
    return read_trees(native, added, constant)


def _level_patients(columns: Sequence[Column]) -> FloatArray:
    """Encoded patients who have all levels of all features, and one of whom nothing is known.

    One patient serves all features at once, because no column comes from two.
    """
    most = max([len(column.levels) for column in columns] + [1])
    patients = np.zeros((most + 1, len(columns)))
    for at, column in enumerate(columns):
        patients[:most, at] = np.minimum(np.arange(most), max(len(column.levels) - 1, 0))
    patients[-1] = np.nan
    return patients


def _levels_on_the_left(
    trees: TreeEnsemble,
    nodes: IntArray,
    answers: FloatArray,
    owner: IntArray,
    columns: Sequence[Column],
) -> dict[int, frozenset[int]]:
    """For each node that divides levels, those that go left."""
    inside = trees.feature[nodes]
    goes_left = [
        trees.goes_left(nodes, answers[level, inside]) for level in range(len(answers) - 1)
    ]
    left_of = np.array(goes_left).reshape(len(answers) - 1, len(nodes))
    return {
        int(node): frozenset(np.flatnonzero(left_of[: len(columns[owner[at]].levels), at]).tolist())
        for at, node in enumerate(nodes)
    }


def _find_thresholds(
    trees: TreeEnsemble, nodes: IntArray, steps: Steps, owner: IntArray, n_features: int
) -> FloatArray:
    """The largest value of each node's number (nodes,) that still goes left.

    The steps are asked themselves, so that their rounding is the trees'. The place of the value
    among all doubles is found digit by digit, from the first.
    """
    splits = np.column_stack([trees.feature[nodes], trees.threshold[nodes]])
    _, chosen, same = np.unique(splits, axis=0, return_index=True, return_inverse=True)
    asked = nodes[chosen]

    def goes_left(each: IntArray, values: FloatArray) -> BoolArray:
        inside, rows = trees.feature[each], np.arange(len(each))
        patients = np.zeros((len(each), n_features))
        patients[rows, owner[inside]] = values
        with np.errstate(over="ignore"):
            return trees.goes_left(each, steps(patients)[rows, inside])

    n_bits = MANY_BITS if len(asked) << MANY_BITS <= ROWS_AT_ONCE else 1
    digits = np.arange(1, 1 << n_bits, dtype=np.uint64)
    place = np.zeros(len(asked), dtype=np.uint64)
    for shift in range(PLACES - n_bits, -1, -n_bits):
        tried = place[:, None] | (digits << np.uint64(shift))
        values = _value_at(tried).ravel()
        each = np.repeat(asked, len(digits))
        parts = [
            goes_left(each[start : start + ROWS_AT_ONCE], values[start : start + ROWS_AT_ONCE])
            for start in range(0, len(each), ROWS_AT_ONCE)
        ]
        n_left = np.concatenate([*parts, np.zeros(0, dtype=np.bool_)]).reshape(tried.shape).sum(1)
        place |= n_left.astype(np.uint64) << np.uint64(shift)
    return _value_at(place)[same.reshape(-1)]


def _value_at(place: npt.NDArray[np.uint64]) -> FloatArray:
    """The double at a place among all doubles in ascending order, none beyond single precision."""
    sign = np.uint64(1 << (PLACES - 1))
    values = np.where(place & sign, place ^ sign, ~place).view(np.float64)
    beyond = np.where(place & sign, LARGEST, -LARGEST)
    is_within = np.abs(values) <= LARGEST
    return np.where(is_within, values, beyond)
