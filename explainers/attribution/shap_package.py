"""Exact SHAP values of decision trees by the shap package: the one file that adapts it.

shap is handed our own trees rather than the booster, so a new release of xgboost or shap cannot
change how a patient is routed. In place of values and thresholds it is handed ranks (see
:mod:`explainers.attribution.cuts`): parts of shap work in single precision, which holds ranks
exactly, so that every patient goes where the model sends them.
"""

from __future__ import annotations

import warnings
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from explainers.attribution.cuts import MISSING, Cuts, find_cuts, rank_patients, rank_thresholds
from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.trees import TreeEnsemble


def shap_of_trees(
    trees: TreeEnsemble, rows: FloatArray, reference: FloatArray | None
) -> tuple[FloatArray, float]:
    """SHAP values of the raw score, and the raw score they start from.

    Parameters
    ----------
    trees : TreeEnsemble
    rows : ndarray of shape (k, p)
        Encoded patients; NaN is a missing value.
    reference : ndarray of shape (m, p) or None
        Encoded reference patients (interventional), or None for path-dependent values.

    Returns
    -------
    values : ndarray of shape (k, p)
    base : float
        Mean raw score over the reference patients, or over the training patients.
    """
    cuts = find_cuts(trees, rows.shape[1])
    constant, splitting = _split_off_constants(trees, rank_thresholds(trees, cuts))
    if not splitting:
        return np.zeros(rows.shape), constant
    shap = load_shap()
    masker = None
    if reference is not None:
        # Handed a bare array, shap keeps a random hundred of its rows and says nothing.
        masker = shap.maskers.Independent(_ranked(reference, cuts), max_samples=len(reference))
    explainer = shap.TreeExplainer(
        {"trees": splitting},
        data=masker,
        feature_perturbation="tree_path_dependent" if reference is None else "interventional",
    )
    values = explainer.shap_values(_ranked(rows, cuts), check_additivity=False)
    # A number with reference patients, an array of one without.
    base = float(np.ravel(explainer.expected_value)[0])
    return np.asarray(values, dtype=np.float64), constant + base


def interactions_of_trees(trees: TreeEnsemble, rows: FloatArray) -> FloatArray:
    """Path-dependent SHAP interaction values of the raw score, (k, p, p), of encoded rows (k, p).

    shap has none with reference patients: asked for them it prints a remark and returns others.
    """
    cuts = find_cuts(trees, rows.shape[1])
    _, splitting = _split_off_constants(trees, rank_thresholds(trees, cuts))
    if not splitting:
        return np.zeros((*rows.shape, rows.shape[1]))
    explainer = load_shap().TreeExplainer(
        {"trees": splitting}, feature_perturbation="tree_path_dependent"
    )
    return np.asarray(explainer.shap_interaction_values(_ranked(rows, cuts)), dtype=np.float64)


def _ranked(matrix: FloatArray, cuts: Cuts) -> FloatArray:
    """Ranks (n, p) of encoded patients, with NaN where a value is missing."""
    ranks = rank_patients(matrix, cuts)
    return np.where(ranks == MISSING, np.nan, ranks)


def _split_off_constants(
    trees: TreeEnsemble, ranks: IntArray
) -> tuple[float, list[dict[str, Any]]]:
    """Trees of a single leaf are a constant, and shap cannot take an ensemble of nothing else."""
    constant = trees.constant
    splitting = []
    bounds = np.append(trees.roots, len(trees.feature))
    for first, last in pairwise(bounds):
        if trees.feature[first] < 0:
            constant += float(trees.value[first])
        else:
            splitting.append(shap_tree(trees, ranks, slice(first, last)))
    return constant, splitting


def shap_tree(
    trees: TreeEnsemble, thresholds: FloatArray | IntArray, nodes: slice
) -> dict[str, Any]:
    """One tree as shap's dictionary input; its children count from the tree's own first node.

    ``thresholds`` (nodes,) are what shap is to compare the values with that it will be handed.
    """
    is_leaf: BoolArray = trees.feature[nodes] < 0
    left = _renumbered(trees.left[nodes], nodes.start, is_leaf)
    right = _renumbered(trees.right[nodes], nodes.start, is_leaf)
    return {
        "children_left": left,
        "children_right": right,
        "children_default": np.where(trees.missing_goes_left[nodes], left, right),
        "features": trees.feature[nodes],
        "thresholds": np.where(is_leaf, 0.0, thresholds[nodes]),
        "values": trees.value[nodes][:, None],
        # shap overwrites the weights when it has reference patients: it gets a copy.
        "node_sample_weight": trees.cover[nodes].copy(),
    }


def _renumbered(children: IntArray, first: int, is_leaf: BoolArray) -> IntArray:
    return np.where(is_leaf, -1, children - first)


@cache
def load_shap() -> Any:
    """The shap package, loaded once, when first used: it takes seconds."""
    with warnings.catch_warnings():
        # shap 0.51 builds its colour maps with calls that matplotlib is about to remove.
        warnings.filterwarnings(
            "ignore", message=r"The set_\w+ function", category=PendingDeprecationWarning
        )
        import shap  # noqa: PLC0415  (loaded when first used, see above)
    return shap
