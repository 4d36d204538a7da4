"""The kinds of model that can be trained and loaded, and the parameters each understands.

The files that adapt a library are imported when a model of that family is first asked for, so that
listing models or reading a recipe costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, cast

from explainers.core.arrays import FloatArray
from explainers.core.link import ScoreKind
from explainers.core.model import RiskModel
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
    """

    slug: str
    label: str
    file_name: str
    score_kind: ScoreKind
    parameters: Mapping[str, Parameter]
    packages: tuple[str, ...]
    _adapter: str

    def fit(
        self,
        matrix: FloatArray,
        labels: FloatArray,
        identity: Identity,
        parameters: Mapping[str, Any],
        seed: int,
    ) -> bytes:
        """Train on encoded patients (n, p) with labels (n,) of 0 and 1; the model file's bytes."""
        fit = import_module(self._adapter).fit
        return cast("bytes", fit(matrix, labels, identity.columns, parameters, seed))

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
_LOGISTIC = Family(
    slug="logistic",
    label="Logistic regression (scikit-learn)",
    file_name="model.skops",
    score_kind="log-odds",
    parameters={},
    packages=("numpy", "scikit-learn", "skops"),
    _adapter="explainers.models.logistic_model",
)

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {family.slug: family for family in (_XGBOOST, _FOREST, _LOGISTIC)}
)
