"""Random forests by scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestClassifier

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.core.trees import TreeEnsemble
from explainers.errors import BundleError
from explainers.models.fitted import FittedModel, Identity
from explainers.models.skops_file import PLAIN_TYPES, load_estimator, save_estimator

ROWS_AT_ONCE = 16_384
ALLOWED_TYPES = PLAIN_TYPES | {
    ("sklearn.ensemble._forest.RandomForestClassifier", "ObjectNode"),
    ("sklearn.tree._classes.DecisionTreeClassifier", "ObjectNode"),
    ("sklearn.tree._tree.Tree", "TreeNode"),
}


@dataclass(frozen=True, eq=False)
class ForestModel(FittedModel):
    """A forest for one binary outcome; its raw score is the mean probability over the trees.

    Attributes
    ----------
    trees : TreeEnsemble
        The same trees as arrays; ``trees.score`` equals :meth:`score`.
    """

    family: ClassVar[str] = "random-forest"

    trees: TreeEnsemble
    _native_trees: tuple[Any, ...]

    @classmethod
    def from_bytes(cls, content: bytes, identity: Identity) -> ForestModel:
        """Load a forest from a skops file.

        Raises
        ------
        BundleError
            When the file is damaged, holds anything else, or does not fit the bundle's features.
        """
        forest = load_estimator(content, ALLOWED_TYPES)
        if type(forest) is not RandomForestClassifier:
            raise BundleError("a model file must hold a random forest", value=type(forest).__name__)
        try:
            native = tuple(tree.tree_ for tree in forest.estimators_)
            classes = [float(label) for label in forest.classes_]
            n_features = int(forest.n_features_in_)
        except (AttributeError, TypeError, ValueError) as error:
            raise BundleError("a model file must hold a trained forest") from error
        if classes != [0.0, 1.0] or n_features != len(identity.columns) or not native:
            raise BundleError(
                f"a forest must tell 0 from 1 by {len(identity.columns)} features",
                value=f"classes {classes}, {n_features} features",
            )
        for tree in native:
            _reject_malformed(tree, n_features)
        return cls(identity, _read_trees(native), native)

    def score(self, matrix: FloatArray) -> FloatArray:
        """Mean probability (n,) over the trees, for encoded patients (n, p)."""
        parts = [
            self._score_part(matrix[start : start + ROWS_AT_ONCE])
            for start in range(0, len(matrix), ROWS_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def _score_part(self, matrix: FloatArray) -> FloatArray:
        single = np.ascontiguousarray(matrix, dtype=np.float32)
        leaves = np.column_stack([tree.apply(single) for tree in self._native_trees])
        nodes = leaves.astype(np.int64) + self.trees.roots
        total: FloatArray = self.trees.constant + self.trees.value[nodes].sum(axis=1)
        return total


def load(content: bytes, identity: Identity) -> ForestModel:
    """Load a forest; see :meth:`ForestModel.from_bytes`."""
    return ForestModel.from_bytes(content, identity)


def fit(
    matrix: FloatArray,
    labels: FloatArray,
    columns: tuple[Column, ...],  # noqa: ARG001 - the same signature for all families
    parameters: Mapping[str, Any],
    seed: int,
) -> bytes:
    """Train a forest on encoded patients (n, p) with labels (n,) of 0 and 1; a skops file.

    Missing values go, at each split, to the side that they suited in training.
    """
    settings = dict(parameters)
    n_trees = settings.pop("n_trees")
    forest = RandomForestClassifier(n_trees, random_state=seed, n_jobs=1, **settings)
    return save_estimator(forest.fit(matrix, labels))


def _reject_malformed(tree: Any, n_features: int) -> None:
    """Refuse children that lead out of the tree or back, which would read beyond its memory."""
    own = np.arange(tree.node_count)
    left, right = tree.children_left, tree.children_right
    is_leaf = left < 0
    inner = ~is_leaf
    is_sound = (
        np.array_equal(is_leaf, right < 0)
        and (np.minimum(left, right)[inner] > own[inner]).all()
        and (np.maximum(left, right)[inner] < tree.node_count).all()
        and ((tree.feature[inner] >= 0) & (tree.feature[inner] < n_features)).all()
        and tree.value.shape == (tree.node_count, 1, 2)
    )
    if not is_sound:
        raise BundleError("the trees of a forest must be whole")


def _read_trees(native: Sequence[Any]) -> TreeEnsemble:
    """Lay the trees end to end; scikit-learn too sends ``float32(x) <= threshold`` left."""
    sizes = np.array([tree.node_count for tree in native], dtype=np.int64)
    roots = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
    offsets = np.repeat(roots, sizes)
    left = _join(native, "children_left")
    right = _join(native, "children_right")
    is_leaf = left < 0
    share = np.concatenate([tree.value[:, 0, :] for tree in native])
    probability = share[:, 1] / share.sum(axis=1)
    return TreeEnsemble(
        feature=np.where(is_leaf, -1, _join(native, "feature")),
        threshold=np.where(is_leaf, np.nan, _join(native, "threshold")),
        left=np.where(is_leaf, -1, left + offsets),
        right=np.where(is_leaf, -1, right + offsets),
        missing_goes_left=_join(native, "missing_go_to_left").astype(np.bool_),
        value=np.where(is_leaf, probability / len(native), 0.0),
        cover=_join(native, "weighted_n_node_samples"),
        roots=roots,
    )


def _join(native: Sequence[Any], name: str) -> npt.NDArray[Any]:
    """One attribute of all trees, (nodes,)."""
    return np.concatenate([np.asarray(getattr(tree, name)) for tree in native])
