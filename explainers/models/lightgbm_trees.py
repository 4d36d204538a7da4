"""From the trees of a LightGBM model to trees in the core's form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from explainers.core.schema import Column
from explainers.core.trees import TreeEnsemble
from explainers.models.level_splits import with_level_splits
from explainers.models.lightgbm_file import Saved, Tree, as_compared


def lay_out_trees(saved: Saved, columns: Sequence[Column]) -> TreeEnsemble:
    """Trees of a model laid end to end; their sum is the log-odds.

    LightGBM compares in double precision and sends ``x <= t`` left.

    Raises
    ------
    BundleError
        When sets of levels make the trees too large.
    """
    sizes = np.array([2 * len(tree.value) - 1 for tree in saved.trees], dtype=np.int64)
    roots = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
    pairs = list(zip(saved.trees, roots.tolist(), strict=True))
    parts = [_lay_out(tree, root, saved.sigmoid) for tree, root in pairs]
    arrays: dict[str, Any] = {
        name: np.concatenate([part[name] for part in parts]) for name in parts[0]
    }
    ensemble = TreeEnsemble(**arrays, roots=roots, compares_in="double")
    left_levels = {
        root + node: tree.levels(node)
        for tree, root in pairs
        for node in np.flatnonzero(tree.on_levels).tolist()
    }
    n_levels = {at: len(column.levels) for at, column in enumerate(columns) if column.levels}
    return with_level_splits(ensemble, left_levels, n_levels)


def _lay_out(tree: Tree, root: int, sigmoid: float) -> dict[str, npt.NDArray[Any]]:
    """Arrays of one tree, its inner nodes first and then its leaves.

    Covers are numbers of training patients, from which LightGBM's own SHAP values are computed.
    """
    n_inner, n_leaves = len(tree.feature), len(tree.value)
    no_child = np.full(n_leaves, -1)
    positions = [
        root + np.where(children < 0, n_inner - 1 - children, children)
        for children in (tree.left, tree.right)
    ]
    return {
        "feature": np.r_[tree.feature, no_child],
        "threshold": np.r_[as_compared(tree.threshold), np.full(n_leaves, np.nan)],
        "left": np.r_[positions[0], no_child],
        "right": np.r_[positions[1], no_child],
        "missing_goes_left": np.r_[tree.missing_goes_left, np.zeros(n_leaves, dtype=np.bool_)],
        "value": np.r_[np.zeros(n_inner), sigmoid * tree.value],
        "cover": np.r_[tree.inner_count, tree.leaf_count],
    }
