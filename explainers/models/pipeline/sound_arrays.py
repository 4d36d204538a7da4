"""Arrays whose positions compiled code follows unasked: trees, and the levels of an encoder."""

# ruff: noqa: SLF001 - what an encoder follows is known under private names only

from __future__ import annotations

from typing import Any

import numpy as np

from explainers.core.arrays import IntArray
from explainers.models.whole_trees import children_are_whole

# Compiled code takes this number for "no child" and any other for a position.
LEAF = -1


def require_sound_tree(tree: Any, n_features: int, *, n_values: int) -> None:
    """Accept a tree of scikit-learn that leads from its root to its leaves and nowhere else.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree
    n_features : int
        Columns of the matrix that it is given.
    n_values : int
        Numbers at a leaf: 2 classes, or 1 for a step of boosting.

    Raises
    ------
    ValueError
    """
    left, right = np.asarray(tree.children_left), np.asarray(tree.children_right)
    is_leaf = left < 0
    if not children_are_whole(left, right) or (left[is_leaf] != LEAF).any():
        raise ValueError("a tree that is not whole")
    _require_features(np.asarray(tree.feature)[~is_leaf], n_features)
    if tree.value.shape != (tree.node_count, 1, n_values):
        raise ValueError("leaves of another shape")


def require_sound_nodes(nodes: Any, n_features: int) -> None:
    """Accept the nodes of a histogram-based tree; as :func:`require_sound_tree`."""
    is_leaf = nodes["is_leaf"] != 0
    left, right = (
        np.where(is_leaf, LEAF, nodes[side].astype(np.int64)) for side in ("left", "right")
    )
    if not children_are_whole(left, right):
        raise ValueError("a tree that is not whole")
    _require_features(nodes["feature_idx"][~is_leaf], n_features)
    if (nodes["is_categorical"][~is_leaf] != 0).any():
        raise ValueError("a split on a set of categories")


def _require_features(feature: IntArray, n_features: int) -> None:
    if ((feature < 0) | (feature >= n_features)).any():
        raise ValueError("a tree that splits on a feature it is not given")


def require_sound_encoder(encoder: Any) -> None:
    """Accept a one-hot encoder that puts every level into one of its own columns.

    Raises
    ------
    ValueError
    """
    n_columns = encoder._n_features_outs
    if len(n_columns) != len(encoder.categories_):
        raise ValueError("an encoder for another number of features")
    for at, levels in enumerate(encoder.categories_):
        _require_ascending(levels)
        if n_columns[at] != _count_columns(encoder, at):
            raise ValueError("an encoder with another number of columns")


def _require_ascending(levels: Any) -> None:
    """Levels are searched for by halving, which leads out of an unsorted list."""
    if levels.ndim != 1 or not np.issubdtype(levels.dtype, np.number) or len(levels) == 0:
        raise ValueError("levels that are no list of numbers")
    known = levels[:-1] if np.isnan(levels[-1]) else levels
    if not (np.diff(known) > 0).all() or np.isnan(known).any():
        raise ValueError("levels that are not in ascending order")


def _count_columns(encoder: Any, at: int) -> int:
    """Columns of one feature, rare levels taken together and one level possibly dropped."""
    n_columns = len(encoder.categories_[at])
    groups = encoder._default_to_infrequent_mappings[at] if encoder._infrequent_enabled else None
    if groups is not None:
        if len(groups) != n_columns or groups.min() < 0:
            raise ValueError("rare levels that are none of the levels")
        n_columns = int(groups.max()) + 1
    dropped = encoder._drop_idx_after_grouping
    return n_columns - int(dropped is not None and dropped[at] is not None)
