"""Random forests by scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sklearn.ensemble import RandomForestClassifier

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.models.fitted import Identity
from explainers.models.sklearn_trees.leaf_sums import TREE_TYPES, MeanOfSharesModel
from explainers.models.skops_file import AllowedTypes, save_estimator


class ForestModel(MeanOfSharesModel):
    """A forest for one binary outcome; its raw score is the mean probability over the trees."""

    family: ClassVar[str] = "random-forest"
    estimator_type: ClassVar[type] = RandomForestClassifier
    noun: ClassVar[str] = "a random forest"
    allowed_types: ClassVar[AllowedTypes] = TREE_TYPES | {
        ("sklearn.ensemble._forest.RandomForestClassifier", "ObjectNode"),
        ("sklearn.tree._classes.DecisionTreeClassifier", "ObjectNode"),
    }


def load(content: bytes, identity: Identity) -> ForestModel:
    """Load a forest; see :meth:`ForestModel.from_bytes`."""
    return ForestModel.from_bytes(content, identity)


def fit(
    matrix: FloatArray,
    labels: FloatArray,
    columns: tuple[Column, ...],  # noqa: ARG001 - the same signature for all families
    parameters: Mapping[str, Any],
    seed: int,
    weights: FloatArray | None = None,
) -> bytes:
    """Train a forest on encoded patients (n, p) with labels (n,) of 0 and 1; a skops file.

    Missing values go, at each split, to the side that they suited in training.
    """
    settings = dict(parameters)
    n_trees = settings.pop("n_trees")
    forest = RandomForestClassifier(n_trees, random_state=seed, n_jobs=1, **settings)
    return save_estimator(forest.fit(matrix, labels, weights))
