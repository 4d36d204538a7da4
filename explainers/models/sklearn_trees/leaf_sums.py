"""What the adapters of scikit-learn's trees share: checking them, reading them, scoring by them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.tree._tree import Tree

from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble
from explainers.errors import BundleError
from explainers.models.fitted import FittedModel, Identity
from explainers.models.skops_file import PLAIN_TYPES, AllowedTypes, load_estimator
from explainers.models.tree_scoring import TreeScoring
from explainers.models.whole_trees import children_are_whole

ROWS_AT_ONCE = 16_384
NO_CHILD = -1
TREE_TYPES: AllowedTypes = PLAIN_TYPES | {("sklearn.tree._tree.Tree", "TreeNode")}


@dataclass(frozen=True, eq=False)
class ScikitTreesModel(FittedModel):
    """A constant plus a sum of scikit-learn's trees, for one binary outcome.

    A subclass says of what kind the estimator is, and what its leaves contribute.

    Attributes
    ----------
    trees : TreeEnsemble
        The same trees as arrays; ``trees.score`` equals :meth:`score`.
    """

    # What a model file must hold: the type, its name in messages, and all types inside.
    estimator_type: ClassVar[type]
    noun: ClassVar[str]
    allowed_types: ClassVar[AllowedTypes]
    # Numbers that a node of its trees holds.
    values_per_node: ClassVar[int]

    trees: TreeEnsemble
    _native_trees: tuple[Any, ...]

    @classmethod
    @abstractmethod
    def members(cls, estimator: Any) -> Sequence[Any]:
        """The estimators that hold one tree each."""

    @classmethod
    @abstractmethod
    def contributions(cls, estimator: Any, values: FloatArray) -> tuple[FloatArray, float]:
        """What each node (nodes,) adds to the raw score if it is a leaf, and the constant.

        ``values`` (nodes, values per node) are those of all trees end to end.
        """

    @classmethod
    def from_bytes(cls, content: bytes, identity: Identity) -> Self:
        """Load the estimator of a skops file.

        Raises
        ------
        BundleError
            When the file is damaged, holds anything else, or does not fit the bundle's features.
        """
        estimator = load_estimator(content, cls.allowed_types)
        if type(estimator) is not cls.estimator_type:
            raise BundleError(f"a model file must hold {cls.noun}", value=type(estimator).__name__)
        try:
            native = tuple(member.tree_ for member in cls.members(estimator))
            require_binary(estimator, identity)
            require_whole(native, len(identity.columns), cls.values_per_node)
            values = np.concatenate([tree.value[:, 0, :] for tree in native])
            added, constant = cls.contributions(estimator, values)
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            raise BundleError(f"a model file must hold {cls.noun} that is trained") from error
        return cls(identity, read_trees(native, added, constant), native)

    def score(self, matrix: FloatArray) -> FloatArray:
        """Raw score (n,) of encoded patients (n, p), by scikit-learn or by compiled code."""
        is_wide_enough = matrix.ndim == 2 and matrix.shape[1] == len(self.columns)
        if is_wide_enough and self._scoring.takes_over(len(matrix)):
            return self._scoring.compiled.score(matrix)
        parts = [
            self._score_natively(matrix[start : start + ROWS_AT_ONCE])
            for start in range(0, len(matrix), ROWS_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    @cached_property
    def _scoring(self) -> TreeScoring:
        return TreeScoring(self.trees)

    def _score_natively(self, matrix: FloatArray) -> FloatArray:
        single = np.ascontiguousarray(matrix, dtype=np.float32)
        leaves = np.column_stack([tree.apply(single) for tree in self._native_trees])
        nodes = leaves.astype(np.int64) + self.trees.roots
        total: FloatArray = self.trees.constant + self.trees.value[nodes].sum(axis=1)
        return total


class MeanOfSharesModel(ScikitTreesModel):
    """Trees whose raw score is the mean, over the trees, of the leaf's share of events."""

    values_per_node: ClassVar[int] = 2

    @classmethod
    def members(cls, estimator: Any) -> Sequence[Any]:
        """The trees of a forest."""
        found: Sequence[Any] = estimator.estimators_
        return found

    @classmethod
    def contributions(cls, estimator: Any, values: FloatArray) -> tuple[FloatArray, float]:
        """The share of events, divided by the number of trees."""
        return values[:, 1] / values.sum(axis=1) / len(cls.members(estimator)), 0.0


def require_binary(estimator: Any, identity: Identity) -> None:
    """Refuse other labels than 0 and 1, and another number of features than the bundle's."""
    classes = [float(label) for label in estimator.classes_]
    n_features = int(estimator.n_features_in_)
    if classes != [0.0, 1.0] or n_features != len(identity.columns):
        raise BundleError(
            f"a model must tell 0 from 1 by {len(identity.columns)} features",
            value=f"classes {classes}, {n_features} features",
        )


def require_whole(native: Sequence[Any], n_features: int, values_per_node: int) -> None:
    """Refuse trees that would make scikit-learn read beyond their memory."""
    if not native:
        raise BundleError("a model of trees must have at least one tree")
    for number, tree in enumerate(native):
        if type(tree) is not Tree or not _is_whole(tree, n_features, values_per_node):
            raise BundleError("the trees of a model must be whole", value=f"tree {number}")


def _is_whole(tree: Any, n_features: int, values_per_node: int) -> bool:
    inner = tree.children_left >= 0
    feature = tree.feature[inner]
    return bool(
        children_are_whole(tree.children_left, tree.children_right)
        # scikit-learn stops at -1 only: any other negative child would be followed.
        and (tree.children_left[~inner] == NO_CHILD).all()
        and (tree.children_right[~inner] == NO_CHILD).all()
        and ((feature >= 0) & (feature < n_features)).all()
        and not np.isnan(tree.threshold[inner]).any()
        and tree.value.shape == (tree.node_count, 1, values_per_node)
        and np.isfinite(tree.value).all()
    )


def read_trees(native: Sequence[Any], added: FloatArray, constant: float) -> TreeEnsemble:
    """Lay the trees end to end; scikit-learn sends ``float32(x) <= threshold`` left.

    ``added`` (nodes,) is what each node adds to the raw score if it is a leaf.
    """
    sizes = np.array([tree.node_count for tree in native], dtype=np.int64)
    roots = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
    offsets = np.repeat(roots, sizes)
    left = _join(native, "children_left")
    right = _join(native, "children_right")
    is_leaf = left < 0
    return TreeEnsemble(
        feature=np.where(is_leaf, -1, _join(native, "feature")),
        threshold=np.where(is_leaf, np.nan, _join(native, "threshold")),
        left=np.where(is_leaf, -1, left + offsets),
        right=np.where(is_leaf, -1, right + offsets),
        missing_goes_left=_join(native, "missing_go_to_left").astype(np.bool_),
        value=np.where(is_leaf, added, 0.0),
        cover=_join(native, "weighted_n_node_samples"),
        roots=roots,
        constant=constant,
    )


def _join(native: Sequence[Any], name: str) -> npt.NDArray[Any]:
    """One attribute of all trees, (nodes,)."""
    return np.concatenate([np.asarray(getattr(tree, name)) for tree in native])
