"""Exact SHAP values of tree models on a scale where they add up: the adapter of the shap package.

shap is handed our own trees rather than the booster, so a new release of xgboost or shap cannot
change how a patient is routed, and values in single precision, so that a value equal to a
threshold after rounding goes where the model sends it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal, cast

import numpy as np

from explainers.attribution.attributor import (
    SUPPORTED,
    Setting,
    Support,
    require_support,
)
from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.model import RiskModel, TreeModel
from explainers.core.study import Study
from explainers.core.trees import TreeEnsemble

Perturbation = Literal["interventional", "path-dependent"]


@dataclass(frozen=True)
class TreeShap:
    """Exact SHAP values of a sum of trees (Lundberg et al. 2020).

    Attributes
    ----------
    perturbation : {"interventional", "path-dependent"}
        What stands in for a feature that is left out: the value of a reference patient, or the
        training patients that went the same way through the tree. In the second case the baseline
        is the mean over the training patients and the reference patients play no part; the
        provenance says so.
    """

    perturbation: Perturbation = "interventional"

    slug: ClassVar[str] = "tree-shap"
    label: ClassVar[str] = "SHAP (exact, trees)"
    settings: ClassVar[tuple[Setting, ...]] = ()

    def supports(self, model: RiskModel, scale: Scale) -> Support:
        """Trees only, and only where the step from score to scale is a straight line."""
        if not isinstance(model, TreeModel):
            return Support.refused("it explains models made of decision trees only")
        if not model.link.is_affine(scale):
            return Support.refused(
                f"the trees do not add up to the {scale} of this model; exact-shap does the"
                " computation on a curved scale",
            )
        if self.perturbation == "path-dependent" and (model.trees.cover <= 0).any():
            return Support.refused("path-dependent SHAP needs a training weight at every node")
        return SUPPORTED

    def explain(
        self, study: Study, rows: FloatArray, patient_ids: tuple[str, ...], scale: Scale
    ) -> Attribution:
        """Explain encoded patients (k, p); the residual is rounding only.

        Raises
        ------
        UnsupportedError
            Where :meth:`supports` says no.
        """
        require_support(self, study.model, scale)
        trees = cast("TreeModel", study.model).trees
        interventional = self.perturbation == "interventional"
        reference = study.reference_matrix if interventional else None
        values, base = shap_of_trees(trees, rows, reference)
        link = study.model.link
        return Attribution(
            values=link.slope * values,
            baseline=np.full(len(rows), link.intercept + link.slope * base),
            prediction=study.predict(rows, scale),
            scale=scale,
            feature_names=study.model.feature_names,
            patient_ids=patient_ids,
            method=self.slug,
            is_exact=True,
            feature_values=rows,
            provenance=study.provenance(
                self.slug,
                perturbation=self.perturbation,
                baseline_over="reference patients" if interventional else "training patients",
                n_reference=len(study.reference) if interventional else 0,
            ),
        )


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
    constant, splitting = _split_off_constants(trees)
    if not splitting:
        return np.zeros(rows.shape), constant
    shap = _load_shap()
    masker = None
    if reference is not None:
        # Handed a bare array, shap keeps a random hundred of its rows and says nothing.
        masker = shap.maskers.Independent(_as_model_sees(reference), max_samples=len(reference))
    explainer = shap.TreeExplainer(
        {"trees": splitting},
        data=masker,
        feature_perturbation="tree_path_dependent" if reference is None else "interventional",
    )
    values = explainer.shap_values(_as_model_sees(rows), check_additivity=False)
    # A number with reference patients, an array of one without.
    base = float(np.ravel(explainer.expected_value)[0])
    return np.asarray(values, dtype=np.float64), constant + base


def _as_model_sees(matrix: FloatArray) -> FloatArray:
    """Values rounded to single precision, in which trees compare, held in double precision."""
    return matrix.astype(np.float32).astype(np.float64)


def _split_off_constants(trees: TreeEnsemble) -> tuple[float, list[dict[str, Any]]]:
    """Trees of a single leaf are a constant, and shap cannot take an ensemble of nothing else."""
    constant = trees.constant
    splitting = []
    bounds = np.append(trees.roots, len(trees.feature))
    for first, last in pairwise(bounds):
        if trees.feature[first] < 0:
            constant += float(trees.value[first])
        else:
            splitting.append(_shap_tree(trees, slice(first, last)))
    return constant, splitting


def _shap_tree(trees: TreeEnsemble, nodes: slice) -> dict[str, Any]:
    """One tree as shap's dictionary input; its children count from the tree's own first node."""
    is_leaf: BoolArray = trees.feature[nodes] < 0
    left = _renumbered(trees.left[nodes], nodes.start, is_leaf)
    right = _renumbered(trees.right[nodes], nodes.start, is_leaf)
    return {
        "children_left": left,
        "children_right": right,
        "children_default": np.where(trees.missing_goes_left[nodes], left, right),
        "features": trees.feature[nodes],
        "thresholds": np.where(is_leaf, 0.0, trees.threshold[nodes]),
        "values": trees.value[nodes][:, None],
        # shap overwrites the weights when it has reference patients: it gets a copy.
        "node_sample_weight": trees.cover[nodes].copy(),
    }


def _renumbered(children: IntArray, first: int, is_leaf: BoolArray) -> IntArray:
    return np.where(is_leaf, -1, children - first)


def _load_shap() -> Any:
    """The shap package, loaded when first used because it brings matplotlib and takes seconds."""
    with warnings.catch_warnings():
        # shap 0.51 builds its colour maps with calls that matplotlib is about to remove.
        warnings.filterwarnings(
            "ignore", message=r"The set_\w+ function", category=PendingDeprecationWarning
        )
        import shap  # noqa: PLC0415  (loaded when first used, see above)
    return shap
