"""Pipelines of scikit-learn trained elsewhere, explained in the patient's own features."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from explainers.core.arrays import FloatArray, IntArray
from explainers.core.trees import TreeEnsemble
from explainers.errors import UnsupportedError
from explainers.models.fitted import FittedModel

ROWS_AT_ONCE = 65_536


@dataclass(frozen=True, eq=False)
class PipelineModel(FittedModel):
    """A pipeline of which only the prediction is used.

    The raw score is its probability, or its log-odds where its end adds up log-odds.

    What happens to the features inside, one-hot columns, indicators of missing values, the models
    of a stack, stays inside: a method that needs predictions only explains it in the features of
    the bundle.
    """

    family: ClassVar[str] = "sklearn-pipeline"

    _estimator: Any

    def score(self, matrix: FloatArray) -> FloatArray:
        """Probability or log-odds (n,) of encoded patients (n, p), by the pipeline's own code.

        Raises
        ------
        UnsupportedError
            Where the pipeline has no answer to a value.
        """
        parts = [
            self._answer(matrix[start : start + ROWS_AT_ONCE])
            for start in range(0, len(matrix), ROWS_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def _answer(self, matrix: FloatArray) -> FloatArray:
        if self.link.score_kind == "log-odds":
            return self._call(self._estimator.decision_function, matrix)
        probability: FloatArray = self._call(self._estimator.predict_proba, matrix)[:, 1]
        return probability

    def inner_columns(self, matrix: FloatArray) -> FloatArray:
        """Columns (n, q) that the last part of the pipeline takes, of encoded patients (n, p)."""
        if not isinstance(self._estimator, Pipeline) or len(self._estimator.steps) == 1:
            return matrix
        return self._call(self._estimator[:-1].transform, matrix)

    def _call(self, method: Any, matrix: FloatArray) -> FloatArray:
        """What a part of the pipeline makes of encoded patients (n, p), (n, any)."""
        names = getattr(first_step(self._estimator), "feature_names_in_", None)
        table = matrix if names is None else pd.DataFrame(matrix, columns=list(names))
        with warnings.catch_warnings():
            # That such a level counts as none of those known is what the pipeline was told to do.
            warnings.filterwarnings("ignore", message="Found unknown categories")
            warnings.filterwarnings("ignore", message="Skipping features without any observed")
            try:
                answer = method(table)
            except ValueError as error:
                raise UnsupportedError(
                    f"the pipeline of {self.name or 'this model'} has no answer to a value of"
                    f" these patients: {error}",
                    remedy="Only values that it was prepared for can be predicted.",
                ) from error
        dense = answer.toarray() if hasattr(answer, "toarray") else answer
        return np.asarray(dense, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class AdditivePipelineModel(PipelineModel):
    """Steps that work column by column, then a logistic regression: one term for each feature.

    Attributes
    ----------
    constant : float
        The intercept; the score is this plus the sum of :meth:`terms`.
    coefficients : ndarray of shape (q,)
        Of the columns that the steps give.
    owners : ndarray of shape (q,)
        The feature each of these columns was made from.
    """

    constant: float
    coefficients: FloatArray
    owners: IntArray

    def terms(self, matrix: FloatArray) -> FloatArray:
        """Terms (n, p) in log-odds of encoded patients (n, p).

        The columns that were made from one feature, its levels and its "was missing", are added
        up: their sum is the feature's own contribution, not an approximation of it.

        Raises
        ------
        UnsupportedError
            Where the pipeline has no answer to a value.
        """
        terms = np.zeros(matrix.shape)
        for start in range(0, len(matrix), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            weighted = self.inner_columns(matrix[part]) * self.coefficients
            for at, owner in enumerate(self.owners):
                terms[part, owner] += weighted[:, at]
        return terms

    def score(self, matrix: FloatArray) -> FloatArray:
        """Log-odds (n,) of encoded patients (n, p); UnsupportedError as :meth:`terms`."""
        total: FloatArray = self.constant + self.terms(matrix).sum(axis=1)
        return total


@dataclass(frozen=True, eq=False)
class TreePipelineModel(PipelineModel):
    """Steps that work column by column, then an ensemble of trees.

    Attributes
    ----------
    trees : TreeEnsemble
        Trees on encoded patients; ``trees.score`` equals :meth:`score` up to rounding.
    """

    trees: TreeEnsemble


def first_step(estimator: Any) -> Any:
    """The part of a pipeline that first does something to the patients."""
    while isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps]
        estimator = next((step for step in steps if step not in (None, "passthrough")), None)
    return estimator
