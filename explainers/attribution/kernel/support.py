"""Whether the kernel can explain a model, and whether it should."""

from __future__ import annotations

from typing import Literal

import numpy as np

from explainers.attribution.attributor import SUPPORTED, Support
from explainers.attribution.cuts import find_cuts
from explainers.attribution.kernel.conditions import rank_trees, trace_paths
from explainers.attribution.kernel.shapes import MOST_TABLE_FEATURES
from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble

Engine = Literal["kernel", "shap"]

# Building the tables takes as long as shap takes for about so many patients (path-dependent), or
# pairs of a patient and a reference patient (interventional); benchmarks/tree_shap measures it.
FEWEST_PATIENTS = 200
FEWEST_PAIRS = 2_000


def supports_kernel(ensemble: TreeEnsemble, reference: FloatArray | None) -> Support:
    """Whether the kernel can explain a sum of trees.

    Parameters
    ----------
    ensemble : TreeEnsemble
    reference : ndarray of shape (m, p) or None
        Encoded reference patients, or None for path-dependent SHAP.
    """
    if reference is None:
        if (ensemble.cover[ensemble.feature >= 0] <= 0).any():
            return Support.refused("path-dependent SHAP needs a training weight at every split")
        return SUPPORTED
    if len(reference) == 0:
        return Support.refused("interventional SHAP needs at least one reference patient")
    most = most_features_on_a_path(ensemble)
    if most > MOST_TABLE_FEATURES:
        return Support.refused(
            f"a path of its trees has {most} features, and with reference patients the kernel"
            f" takes at most {MOST_TABLE_FEATURES}"
        )
    return SUPPORTED


def choose_engine(n_rows: int, ensemble: TreeEnsemble, reference: FloatArray | None) -> Engine:
    """The engine that answers sooner for ``n_rows`` patients, and can answer at all."""
    if reference is None:
        is_enough = n_rows >= FEWEST_PATIENTS
    else:
        is_enough = n_rows * len(reference) >= FEWEST_PAIRS
    if is_enough and supports_kernel(ensemble, reference).is_supported:
        return "kernel"
    return "shap"


def most_features_on_a_path(ensemble: TreeEnsemble) -> int:
    """Largest number of distinct features between a root and one of its leaves."""
    n_features = int(ensemble.feature.max(initial=-1)) + 1
    trees = rank_trees(ensemble, find_cuts(ensemble, n_features))
    return int(np.diff(trace_paths(trees).start).max(initial=0))
