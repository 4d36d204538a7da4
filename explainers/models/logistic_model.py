"""Plain logistic regression by scikit-learn: the simple model that others must beat."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from explainers.core.arrays import FloatArray, frozen_floats
from explainers.core.schema import Column
from explainers.errors import BundleError, RecipeError
from explainers.models.fitted import FittedModel, Identity
from explainers.models.skops_file import PLAIN_TYPES, load_estimator, save_estimator

ALLOWED_TYPES = PLAIN_TYPES | {
    ("sklearn.compose._column_transformer.ColumnTransformer", "ObjectNode"),
    ("sklearn.impute._base.SimpleImputer", "ObjectNode"),
    ("sklearn.linear_model._logistic.LogisticRegression", "ObjectNode"),
    ("sklearn.pipeline.Pipeline", "ObjectNode"),
    ("sklearn.preprocessing._data.StandardScaler", "ObjectNode"),
    ("sklearn.preprocessing._encoders.OneHotEncoder", "ObjectNode"),
}
MOST_STEPS = 2000
NUMBERS, LEVELS, IMPUTE, SCALE, SPLIT = "numbers", "levels", "impute", "scale", "split"


@dataclass(frozen=True, eq=False)
class LogisticModel(FittedModel):
    """Log-odds as an intercept plus one term per feature.

    Attributes
    ----------
    constant : float
        The intercept; the score is this plus the sum of :meth:`terms`.
    fill : ndarray of shape (p,)
        What stands in for a missing value: the training median, or the most frequent level.
    weights : tuple of ndarray, length p
        For a number (slope, centre); for a category without order the weight of each level.
    is_nominal : tuple of bool, length p
    """

    family: ClassVar[str] = "logistic"

    constant: float
    fill: FloatArray
    weights: tuple[FloatArray, ...]
    is_nominal: tuple[bool, ...]

    @classmethod
    def from_bytes(cls, content: bytes, identity: Identity) -> LogisticModel:
        """Load a pipeline from a skops file and take out its numbers.

        Raises
        ------
        BundleError
            When the file is damaged, holds anything else, or does not fit the bundle's features.
        """
        pipeline = load_estimator(content, ALLOWED_TYPES)
        try:
            return _read_pipeline(pipeline, identity)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise BundleError(
                "a model file must hold the logistic regression that its bundle describes",
                value=type(pipeline).__name__,
            ) from error

    def terms(self, matrix: FloatArray) -> FloatArray:
        """Terms (n, p) in log-odds of encoded patients (n, p)."""
        filled = np.where(np.isnan(matrix), self.fill, matrix)
        terms = np.empty_like(filled)
        for at, (weights, is_nominal) in enumerate(zip(self.weights, self.is_nominal, strict=True)):
            if is_nominal:
                terms[:, at] = weights[filled[:, at].astype(np.int64)]
            else:
                slope, centre = weights
                terms[:, at] = slope * (filled[:, at] - centre)
        return terms

    def score(self, matrix: FloatArray) -> FloatArray:
        """Log-odds (n,) of encoded patients (n, p)."""
        total: FloatArray = self.constant + self.terms(matrix).sum(axis=1)
        return total


def load(content: bytes, identity: Identity) -> LogisticModel:
    """Load a logistic regression; see :meth:`LogisticModel.from_bytes`."""
    return LogisticModel.from_bytes(content, identity)


def fit(
    matrix: FloatArray,
    labels: FloatArray,
    columns: tuple[Column, ...],
    parameters: Mapping[str, Any],  # noqa: ARG001 - the same signature for all families
    seed: int,
    weights: FloatArray | None = None,
) -> bytes:
    """Train on encoded patients (n, p) with labels (n,) of 0 and 1; a skops file.

    Missing values are replaced by the median (or most frequent level), numbers standardised, a
    category without order split into its levels. There is no penalty, so nothing is shrunk.

    Raises
    ------
    RecipeError
        When the fit does not converge.
    """
    pipeline = Pipeline(
        [
            ("prepare", _preparation(columns)),
            ("fit", LogisticRegression(C=np.inf, max_iter=MOST_STEPS, random_state=seed)),
        ]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            pipeline.fit(matrix, labels, fit__sample_weight=weights)
        except ConvergenceWarning as error:
            raise RecipeError(
                "a logistic regression without penalty must converge",
                remedy="A feature may give the outcome away, or repeat others.",
            ) from error
    return save_estimator(pipeline)


def _is_nominal(column: Column) -> bool:
    return column.kind == "category" and not column.ordered


def _preparation(columns: tuple[Column, ...]) -> ColumnTransformer:
    nominal = [at for at, column in enumerate(columns) if _is_nominal(column)]
    numbers = [at for at in range(len(columns)) if at not in nominal]
    positions = [np.arange(len(columns[at].levels), dtype=np.float64) for at in nominal]
    scaled = [
        (IMPUTE, SimpleImputer(strategy="median", keep_empty_features=True)),
        (SCALE, StandardScaler()),
    ]
    split = [
        (IMPUTE, SimpleImputer(strategy="most_frequent", keep_empty_features=True)),
        (SPLIT, OneHotEncoder(categories=positions, drop="first", sparse_output=False)),
    ]
    return ColumnTransformer(
        [(NUMBERS, Pipeline(scaled), numbers), (LEVELS, Pipeline(split), nominal)]
    )


def _read_pipeline(pipeline: Pipeline, identity: Identity) -> LogisticModel:
    prepare, regression = pipeline.named_steps["prepare"], pipeline.named_steps["fit"]
    numbers, levels = prepare.named_transformers_[NUMBERS], prepare.named_transformers_[LEVELS]
    coefficients = frozen_floats(regression.coef_[0])
    nominal = [at for at, column in enumerate(identity.columns) if _is_nominal(column)]
    ordinary = [at for at in range(len(identity.columns)) if at not in nominal]
    fill = np.empty(len(identity.columns))
    weights: dict[int, FloatArray] = {}
    if ordinary:
        fill[ordinary] = numbers.named_steps[IMPUTE].statistics_
        scaler = numbers.named_steps[SCALE]
        slopes = coefficients[: len(ordinary)] / scaler.scale_
        for at, slope, centre in zip(ordinary, slopes, scaler.mean_, strict=True):
            weights[at] = frozen_floats([slope, centre])
    if nominal:
        fill[nominal] = levels.named_steps[IMPUTE].statistics_
    used = len(ordinary)
    for at in nominal:
        n_others = len(identity.columns[at].levels) - 1
        weights[at] = frozen_floats([0.0, *coefficients[used : used + n_others]])
        used += n_others
    if used != len(coefficients) or list(regression.classes_) != [0.0, 1.0]:
        raise ValueError("the coefficients do not fit the features")
    return LogisticModel(
        identity=identity,
        constant=float(regression.intercept_[0]),
        fill=frozen_floats(fill),
        weights=tuple(weights[at] for at in range(len(identity.columns))),
        is_nominal=tuple(_is_nominal(column) for column in identity.columns),
    )
