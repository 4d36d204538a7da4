"""Extremely randomised trees by scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sklearn.ensemble import ExtraTreesClassifier

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.models.fitted import Identity
from explainers.models.sklearn_trees.leaf_sums import TREE_TYPES, MeanOfSharesModel
from explainers.models.skops_file import AllowedTypes, save_estimator


class ExtraTreesModel(MeanOfSharesModel):
    """Trees with random thresholds; the raw score is the mean probability over the trees."""

    family: ClassVar[str] = "extra-trees"
    estimator_type: ClassVar[type] = ExtraTreesClassifier
    noun: ClassVar[str] = "a forest of extremely randomised trees"
    allowed_types: ClassVar[AllowedTypes] = TREE_TYPES | {
        ("sklearn.ensemble._forest.ExtraTreesClassifier", "ObjectNode"),
        ("sklearn.tree._classes.ExtraTreeClassifier", "ObjectNode"),
    }


def load(content: bytes, identity: Identity) -> ExtraTreesModel:
    """Load extremely randomised trees; see :meth:`ExtraTreesModel.from_bytes`."""
    return ExtraTreesModel.from_bytes(content, identity)


def fit(
    matrix: FloatArray,
    labels: FloatArray,
    columns: tuple[Column, ...],  # noqa: ARG001 - the same signature for all families
    parameters: Mapping[str, Any],
    seed: int,
    weights: FloatArray | None = None,
) -> bytes:
    """Train on encoded patients (n, p) with labels (n,) of 0 and 1; a skops file."""
    settings = dict(parameters)
    n_trees = settings.pop("n_trees")
    forest = ExtraTreesClassifier(n_trees, random_state=seed, n_jobs=1, **settings)
    return save_estimator(forest.fit(matrix, labels, weights))
