"""Gradient-boosted trees by scikit-learn's ``GradientBoostingClassifier``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from scipy.special import logit
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.errors import BundleError, RecipeError
from explainers.models.fitted import Identity
from explainers.models.sklearn_trees.leaf_sums import TREE_TYPES, ScikitTreesModel
from explainers.models.skops_file import AllowedTypes, save_estimator


class GradientBoostingModel(ScikitTreesModel):
    """Boosted trees for one binary outcome; the raw score is scikit-learn's log-odds.

    scikit-learn itself refuses to score a missing value here. The trees send it to the side that
    most of the training patients took, as a forest does that saw no missing value.
    """

    family: ClassVar[str] = "gradient-boosting"
    estimator_type: ClassVar[type] = GradientBoostingClassifier
    noun: ClassVar[str] = "a gradient boosting"
    values_per_node: ClassVar[int] = 1
    allowed_types: ClassVar[AllowedTypes] = TREE_TYPES | {
        ("numpy.random.mtrand.RandomState", "RandomStateNode"),
        ("sklearn._loss._loss.CyHalfBinomialLoss", "LossNode"),
        ("sklearn._loss.link.Interval", "ObjectNode"),
        ("sklearn._loss.link.LogitLink", "ObjectNode"),
        ("sklearn._loss.loss.HalfBinomialLoss", "ObjectNode"),
        ("sklearn.dummy.DummyClassifier", "ObjectNode"),
        ("sklearn.ensemble._gb.GradientBoostingClassifier", "ObjectNode"),
        ("sklearn.tree._classes.DecisionTreeRegressor", "ObjectNode"),
    }

    @classmethod
    def members(cls, estimator: Any) -> Sequence[Any]:
        """The trees, one for each round."""
        found: Sequence[Any] = [tree for (tree,) in estimator.estimators_]
        return found

    @classmethod
    def contributions(cls, estimator: Any, values: FloatArray) -> tuple[FloatArray, float]:
        """Leaf values times the learning rate, and the log-odds that the rounds start from."""
        if estimator.loss != "log_loss":
            raise BundleError(
                "a gradient boosting must be trained on the log loss", value=estimator.loss
            )
        return float(estimator.learning_rate) * values[:, 0], _first_log_odds(estimator.init_)


def _first_log_odds(start: Any) -> float:
    """Log-odds before the first round: none, or those of the training patients' event rate."""
    if isinstance(start, str) and start == "zero":
        return 0.0
    if type(start) is not DummyClassifier or start.strategy != "prior":
        raise BundleError(
            "a gradient boosting must start from the event rate or from zero",
            value=type(start).__name__,
            remedy='Train it with init=None or init="zero".',
        )
    smallest = np.finfo(np.float64).eps
    return float(logit(np.clip(float(start.class_prior_[1]), smallest, 1 - smallest)))


def load(content: bytes, identity: Identity) -> GradientBoostingModel:
    """Load a gradient boosting; see :meth:`GradientBoostingModel.from_bytes`."""
    return GradientBoostingModel.from_bytes(content, identity)


def fit(
    matrix: FloatArray,
    labels: FloatArray,
    columns: tuple[Column, ...],
    parameters: Mapping[str, Any],
    seed: int,
    weights: FloatArray | None = None,
) -> bytes:
    """Train on encoded patients (n, p) with labels (n,) of 0 and 1; a skops file.

    Raises
    ------
    RecipeError
        When a value is missing: this learner has no place for it.
    """
    with_gaps = np.flatnonzero(np.isnan(matrix).any(axis=0)).tolist()
    if with_gaps:
        raise RecipeError(
            "the family gradient-boosting learns from complete values only",
            value=[columns[at].name for at in with_gaps],
            remedy="Use hist-gradient-boosting, or leave these features out.",
        )
    settings = dict(parameters)
    settings["n_estimators"] = settings.pop("n_trees")
    boosting = GradientBoostingClassifier(random_state=seed, **settings)
    return save_estimator(boosting.fit(matrix, labels, weights))
