"""Gradient-boosted trees by scikit-learn's ``HistGradientBoostingClassifier``.

It keeps its trees in records of its own, compares in double precision and splits categories by
sets of levels. Of a model file only these records and the levels met in training are used; nothing
else in it is ever called.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_limits

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.core.trees import TreeEnsemble
from explainers.errors import BundleError
from explainers.models.fitted import FittedModel, Identity
from explainers.models.sklearn_trees.hist_records import (
    Inputs,
    read_hist_trees,
    read_inputs,
    require_whole,
)
from explainers.models.sklearn_trees.leaf_sums import require_binary
from explainers.models.skops_file import (
    PLAIN_TYPES,
    AllowedTypes,
    load_estimator,
    save_estimator,
)
from explainers.models.unordered_levels import has_unordered_levels

ROWS_AT_ONCE = 65_536
ALLOWED_TYPES: AllowedTypes = PLAIN_TYPES | {
    ("builtins.int", "TypeNode"),
    ("numpy.uint64", "NdArrayNode"),
    ("sklearn._loss._loss.CyHalfBinomialLoss", "LossNode"),
    ("sklearn._loss.link.Interval", "ObjectNode"),
    ("sklearn._loss.link.LogitLink", "ObjectNode"),
    ("sklearn._loss.loss.HalfBinomialLoss", "ObjectNode"),
    ("sklearn.compose._column_transformer.ColumnTransformer", "ObjectNode"),
    ("sklearn.ensemble._hist_gradient_boosting.binning._BinMapper", "ObjectNode"),
    (
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
        "ObjectNode",
    ),
    ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor", "ObjectNode"),
    ("sklearn.preprocessing._encoders.OrdinalEncoder", "ObjectNode"),
    ("sklearn.preprocessing._function_transformer.FunctionTransformer", "ObjectNode"),
    ("sklearn.preprocessing._label.LabelEncoder", "ObjectNode"),
}


@dataclass(frozen=True, eq=False)
class HistGradientBoostingModel(FittedModel):
    """Boosted trees for one binary outcome; the raw score is scikit-learn's log-odds.

    A level that no training patient had is treated as a missing value, as scikit-learn does.

    Attributes
    ----------
    trees : TreeEnsemble
        The same trees as arrays; ``trees.score`` equals :meth:`score`.
    """

    family: ClassVar[str] = "hist-gradient-boosting"

    trees: TreeEnsemble
    _inputs: Inputs
    _predictors: tuple[Any, ...]

    @classmethod
    def from_bytes(cls, content: bytes, identity: Identity) -> HistGradientBoostingModel:
        """Load the estimator of a skops file, as :func:`pack` writes it.

        Raises
        ------
        BundleError
            When the file is damaged, holds anything else, or does not fit the bundle's features.
        """
        estimator = load_estimator(content, ALLOWED_TYPES)
        if type(estimator) is not HistGradientBoostingClassifier:
            raise BundleError(
                "a model file must hold a histogram gradient boosting",
                value=type(estimator).__name__,
            )
        try:
            require_binary(estimator, identity)
            predictors = tuple(predictor for (predictor,) in estimator._predictors)  # noqa: SLF001
            inputs = read_inputs(estimator, identity.columns)
            require_whole(predictors, inputs)
            ((start,),) = estimator._baseline_prediction  # noqa: SLF001
            trees = read_hist_trees(predictors, inputs, float(start))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise BundleError(
                "a model file must hold a histogram gradient boosting that is trained"
            ) from error
        return cls(identity, trees, inputs, predictors)

    def score(self, matrix: FloatArray) -> FloatArray:
        """Log-odds (n,) of encoded patients (n, p); scikit-learn walks the trees."""
        parts = [
            self._score_part(matrix[start : start + ROWS_AT_ONCE])
            for start in range(0, len(matrix), ROWS_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def _score_part(self, matrix: FloatArray) -> FloatArray:
        values = self._inputs.transform(matrix)
        total = np.full(len(matrix), self.trees.constant)
        known, place = self._inputs.known_bits, self._inputs.place_in_known
        for predictor in self._predictors:
            total += predictor.predict(values, known, place, 1)
        return total


def load(content: bytes, identity: Identity) -> HistGradientBoostingModel:
    """Load a histogram boosting; see :meth:`HistGradientBoostingModel.from_bytes`."""
    return HistGradientBoostingModel.from_bytes(content, identity)


def fit(
    matrix: FloatArray,
    labels: FloatArray,
    columns: tuple[Column, ...],
    parameters: Mapping[str, Any],
    seed: int,
    weights: FloatArray | None = None,
) -> bytes:
    """Train on encoded patients (n, p) with labels (n,) of 0 and 1; a skops file.

    A category without order is split by sets of levels. One thread, because the order in which
    numbers are added up depends on how many there are.
    """
    settings = dict(parameters)
    settings["max_iter"] = settings.pop("n_trees")
    is_set = [has_unordered_levels(column) for column in columns]
    boosting = HistGradientBoostingClassifier(
        categorical_features=is_set if any(is_set) else None,
        early_stopping=False,
        random_state=seed,
        **settings,
    )
    with threadpool_limits(1, user_api="openmp"):
        boosting.fit(matrix, labels, weights)
    return pack(boosting)


def pack(estimator: HistGradientBoostingClassifier) -> bytes:
    """A trained estimator as a skops file without what only training needs.

    That is a random number generator, a function that checks tables, and the number of threads;
    the estimator that is left predicts as before.
    """
    packed = deepcopy(estimator)
    vars(packed).pop("_feature_subsample_rng", None)
    packed._bin_mapper.n_threads = 1  # noqa: SLF001
    steps = packed._preprocessor  # noqa: SLF001
    if steps is not None:
        for _, step, _ in (*steps.transformers, *steps.transformers_):
            if isinstance(step, FunctionTransformer):
                step.func = None
    return save_estimator(packed)
