"""The kinds of model that can be trained and loaded, and the parameters each understands.

The files that adapt a library are imported when a model of that family is first asked for, so that
listing models or reading a recipe costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from types import MappingProxyType
from typing import Any, cast

from explainers.core.arrays import FloatArray
from explainers.core.link import ScoreKind
from explainers.core.model import RiskModel
from explainers.errors import RecipeError
from explainers.models.fitted import Identity


@dataclass(frozen=True)
class Parameter:
    """One training parameter: its allowed range, and whether it counts or measures."""

    low: float
    high: float
    is_whole: bool = False
    is_required: bool = False


@dataclass(frozen=True)
class Family:
    """A kind of model.

    Attributes
    ----------
    slug, label : str
        Name in recipes and bundles, and name on screen.
    file_name : str
        Name of the model file in a bundle.
    score_kind : {"log-odds", "probability"}
        What the raw score is.
    parameters : Mapping[str, Parameter]
        What a recipe may set.
    packages : tuple of str
        Distributions whose versions matter to the model file.
    remedy_untrained : str
        How to get a model of a family that no recipe can train; empty where one can.
    """

    slug: str
    label: str
    file_name: str
    score_kind: ScoreKind
    parameters: Mapping[str, Parameter]
    packages: tuple[str, ...]
    _adapter: str
    remedy_untrained: str = ""

    def fit(
        self,
        matrix: FloatArray,
        labels: FloatArray,
        identity: Identity,
        parameters: Mapping[str, Any],
        seed: int,
        weights: FloatArray | None = None,
    ) -> bytes:
        """Train on encoded patients (n, p) with labels (n,) of 0 and 1; the model file's bytes.

        Weights (n,) say how much each patient counts; all alike without them. RecipeError where
        no recipe can train a model of this family.
        """
        if self.remedy_untrained:
            raise RecipeError(
                "a recipe cannot train a model of this family",
                value=self.slug,
                remedy=self.remedy_untrained,
            )
        fit = import_module(self._adapter).fit
        return cast("bytes", fit(matrix, labels, identity.columns, parameters, seed, weights))

    def load(self, content: bytes, identity: Identity) -> RiskModel:
        """The model in a model file; BundleError where it is not fit to be loaded."""
        load = import_module(self._adapter).load
        return cast("RiskModel", load(content, identity))


_XGBOOST = Family(
    slug="xgboost",
    label="Gradient-boosted trees (XGBoost)",
    file_name="model.ubj",
    score_kind="log-odds",
    parameters={
        "n_trees": Parameter(1, 5000, is_whole=True, is_required=True),
        "max_depth": Parameter(1, 12, is_whole=True, is_required=True),
        "learning_rate": Parameter(1e-4, 1.0, is_required=True),
        "min_child_weight": Parameter(0.0, 1e6),
        "subsample": Parameter(0.1, 1.0),
        "colsample_bytree": Parameter(0.1, 1.0),
        "reg_lambda": Parameter(0.0, 1e6),
        "reg_alpha": Parameter(0.0, 1e6),
        "gamma": Parameter(0.0, 1e6),
    },
    packages=("numpy", "xgboost", "xgboost-cpu"),
    _adapter="explainers.models.xgboost_model",
)
_FOREST = Family(
    slug="random-forest",
    label="Random forest (scikit-learn)",
    file_name="model.skops",
    score_kind="probability",
    parameters={
        "n_trees": Parameter(1, 5000, is_whole=True, is_required=True),
        "max_depth": Parameter(1, 32, is_whole=True, is_required=True),
        "min_samples_leaf": Parameter(1, 1e6, is_whole=True),
        "max_features": Parameter(1, 1e4, is_whole=True),
    },
    packages=("numpy", "scikit-learn", "skops"),
    _adapter="explainers.models.forest_model",
)
_EXTRA_TREES = replace(
    _FOREST,
    slug="extra-trees",
    label="Extremely randomised trees (scikit-learn)",
    _adapter="explainers.models.sklearn_trees.extra_trees",
)
_DECISION_TREE = replace(
    _FOREST,
    slug="decision-tree",
    label="Single decision tree (scikit-learn)",
    parameters={
        "max_depth": Parameter(1, 32, is_whole=True, is_required=True),
        "min_samples_leaf": Parameter(1, 1e6, is_whole=True),
    },
    _adapter="explainers.models.sklearn_trees.decision_tree",
)
_GRADIENT_BOOSTING = Family(
    slug="gradient-boosting",
    label="Gradient-boosted trees (scikit-learn)",
    file_name="model.skops",
    score_kind="log-odds",
    parameters={
        "n_trees": Parameter(1, 5000, is_whole=True, is_required=True),
        "max_depth": Parameter(1, 12, is_whole=True, is_required=True),
        "learning_rate": Parameter(1e-4, 1.0, is_required=True),
        "min_samples_leaf": Parameter(1, 1e6, is_whole=True),
        "subsample": Parameter(0.1, 1.0),
        "max_features": Parameter(1, 1e4, is_whole=True),
    },
    packages=("numpy", "scikit-learn", "skops"),
    _adapter="explainers.models.sklearn_trees.gradient_boosting",
)
_HIST_GRADIENT_BOOSTING = Family(
    slug="hist-gradient-boosting",
    label="Gradient-boosted trees on histograms (scikit-learn)",
    file_name="model.skops",
    score_kind="log-odds",
    parameters={
        "n_trees": Parameter(1, 5000, is_whole=True, is_required=True),
        "learning_rate": Parameter(1e-4, 1.0, is_required=True),
        "max_depth": Parameter(1, 32, is_whole=True),
        "max_leaf_nodes": Parameter(2, 4096, is_whole=True),
        "min_samples_leaf": Parameter(1, 1e6, is_whole=True),
        "l2_regularization": Parameter(0.0, 1e6),
        "max_bins": Parameter(2, 255, is_whole=True),
    },
    packages=("numpy", "scikit-learn", "skops"),
    _adapter="explainers.models.sklearn_trees.hist_gradient_boosting",
)
_LIGHTGBM = Family(
    slug="lightgbm",
    label="Gradient-boosted trees (LightGBM)",
    file_name="model.txt",
    score_kind="log-odds",
    parameters={
        "n_trees": Parameter(1, 5000, is_whole=True, is_required=True),
        "num_leaves": Parameter(2, 4096, is_whole=True, is_required=True),
        "learning_rate": Parameter(1e-4, 1.0, is_required=True),
        "max_depth": Parameter(1, 32, is_whole=True),
        "min_child_samples": Parameter(1, 1e6, is_whole=True),
        "min_child_weight": Parameter(0.0, 1e6),
        "min_split_gain": Parameter(0.0, 1e6),
        "subsample": Parameter(0.1, 1.0),
        "colsample_bytree": Parameter(0.1, 1.0),
        "reg_lambda": Parameter(0.0, 1e6),
        "reg_alpha": Parameter(0.0, 1e6),
        "min_data_per_group": Parameter(1, 1e6, is_whole=True),
        "cat_smooth": Parameter(0.0, 1e6),
    },
    packages=("numpy", "lightgbm"),
    _adapter="explainers.models.lightgbm_model",
)
_CATBOOST = Family(
    slug="catboost",
    label="Gradient-boosted trees (CatBoost)",
    file_name="model.json",
    score_kind="log-odds",
    parameters={
        "n_trees": Parameter(1, 5000, is_whole=True, is_required=True),
        "max_depth": Parameter(1, 10, is_whole=True, is_required=True),
        "learning_rate": Parameter(1e-4, 1.0, is_required=True),
        "subsample": Parameter(0.1, 1.0),
        "colsample_bylevel": Parameter(0.1, 1.0),
        "l2_leaf_reg": Parameter(0.0, 1e6),
        "random_strength": Parameter(0.0, 1e6),
        "border_count": Parameter(1, 254, is_whole=True),
    },
    packages=("numpy", "catboost"),
    _adapter="explainers.models.catboost_model",
)
_LOGISTIC = Family(
    slug="logistic",
    label="Logistic regression (scikit-learn)",
    file_name="model.skops",
    score_kind="log-odds",
    parameters={},
    packages=("numpy", "scikit-learn", "skops"),
    _adapter="explainers.models.logistic_model",
)
_PIPELINE = Family(
    slug="sklearn-pipeline",
    label="Pipeline (scikit-learn)",
    file_name="model.skops",
    # Log-odds where it ends in a logistic regression: the bundle's link says which.
    score_kind="probability",
    parameters={},
    packages=("numpy", "scikit-learn", "skops"),
    _adapter="explainers.models.pipeline",
    remedy_untrained="Train it in a notebook, and save it with save_pipeline and save_bundle.",
)

_ONNX = Family(
    slug="onnx",
    label="ONNX file",
    file_name="model.onnx",
    # Log-odds where trees or weights that add them up can be read: the bundle's link says which.
    score_kind="probability",
    parameters={},
    packages=("numpy", "onnx", "onnxruntime"),
    _adapter="explainers.models.onnx_model",
    remedy_untrained="Train it elsewhere, and bring its file by pellucid register.",
)
_HTTP = Family(
    slug="http",
    label="Scoring service (HTTP)",
    file_name="endpoint.json",
    score_kind="probability",
    parameters={},
    packages=("numpy", "httpx"),
    _adapter="explainers.models.http_model",
    remedy_untrained="Whoever runs the service trains it; bring its address by pellucid register.",
)

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        family.slug: family
        for family in (
            _XGBOOST,
            _FOREST,
            _EXTRA_TREES,
            _DECISION_TREE,
            _GRADIENT_BOOSTING,
            _HIST_GRADIENT_BOOSTING,
            _LIGHTGBM,
            _CATBOOST,
            _LOGISTIC,
            _PIPELINE,
            _ONNX,
            _HTTP,
        )
    }
)
