"""A single decision tree by scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sklearn.tree import DecisionTreeClassifier

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.models.fitted import Identity
from explainers.models.sklearn_trees.leaf_sums import TREE_TYPES, MeanOfSharesModel
from explainers.models.skops_file import AllowedTypes, save_estimator


class DecisionTreeModel(MeanOfSharesModel):
    """One tree; its raw score is the share of events among the leaf's training patients."""

    family: ClassVar[str] = "decision-tree"
    estimator_type: ClassVar[type] = DecisionTreeClassifier
    noun: ClassVar[str] = "a decision tree"
    allowed_types: ClassVar[AllowedTypes] = TREE_TYPES | {
        ("sklearn.tree._classes.DecisionTreeClassifier", "ObjectNode"),
    }

    @classmethod
    def members(cls, estimator: Any) -> Sequence[Any]:
        """The tree itself."""
        return (estimator,)


def load(content: bytes, identity: Identity) -> DecisionTreeModel:
    """Load a decision tree; see :meth:`DecisionTreeModel.from_bytes`."""
    return DecisionTreeModel.from_bytes(content, identity)


def fit(
    matrix: FloatArray,
    labels: FloatArray,
    columns: tuple[Column, ...],  # noqa: ARG001 - the same signature for all families
    parameters: Mapping[str, Any],
    seed: int,
    weights: FloatArray | None = None,
) -> bytes:
    """Train a tree on encoded patients (n, p) with labels (n,) of 0 and 1; a skops file."""
    tree = DecisionTreeClassifier(random_state=seed, **parameters)
    return save_estimator(tree.fit(matrix, labels, weights))
