"""From the document in which XGBoost saves a booster to trees in the core's form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from explainers.core.trees import TreeEnsemble
from explainers.errors import BundleError
from explainers.models.level_splits import with_level_splits
from explainers.models.whole_trees import children_are_whole

OBJECTIVE = "binary:logistic"
NO_PARENT = 2**31 - 1
# Parts of a tree with one number per node, and the types that XGBoost writes them in.
_PER_NODE = {
    "base_weights": ">f4",
    "default_left": "u1",
    "left_children": ">i4",
    "loss_changes": ">f4",
    "parents": ">i4",
    "right_children": ">i4",
    "split_conditions": ">f4",
    "split_indices": ">i4",
    "split_type": "u1",
    "sum_hessian": ">f4",
}
# Parts of a tree with one number per set of categories, and where their lists begin.
_PER_SET = {
    "categories_nodes": ">i4",
    "categories_segments": ">i8",
    "categories_sizes": ">i8",
}


class NativeTrees(NamedTuple):
    """Trees whose nodes have XGBoost's numbers, and the levels that go left at some of them.

    The thresholds of these nodes mean nothing until :func:`.level_splits.with_level_splits` is
    called.
    """

    trees: TreeEnsemble
    left_levels: dict[int, frozenset[int]]


def read_booster(
    document: Mapping[str, Any],
    feature_names: tuple[str, ...],
    n_levels: Mapping[int, int] | None = None,
) -> TreeEnsemble:
    """Trees that split on thresholds only; see :func:`read_native_trees`."""
    native = read_native_trees(document, feature_names, n_levels)
    return with_level_splits(native.trees, native.left_levels, n_levels or {})


def read_native_trees(
    document: Mapping[str, Any],
    feature_names: tuple[str, ...],
    n_levels: Mapping[int, int] | None = None,
) -> NativeTrees:
    """Check the document of a booster and lay its trees end to end.

    XGBoost sends ``float32(x) < t`` left; with t a float32 that is ``float32(x) <= s`` where s is
    the next smaller float32. Of a set of categories it sends those that are listed right.

    Parameters
    ----------
    document : Mapping
    feature_names : tuple of str, length p
    n_levels : Mapping[int, int], optional
        For each feature whose values are positions of levels, how many levels there are. Only
        these may be split by sets.

    Raises
    ------
    BundleError
        When the booster is of a kind that would be summed up wrongly, has other features, or its
        trees are not whole.
    """
    try:
        learner = document["learner"]
        _reject_unsupported(learner, feature_names)
        model = learner["gradient_booster"]["model"]
        trees = model["trees"]
        _reject_malformed(model, len(feature_names))
        margin = _base_margin(learner["learner_model_param"]["base_score"])
        joined = _join_trees(trees, margin)
        left_levels = {
            int(root) + node: levels
            for number, (root, tree) in enumerate(zip(joined.roots, trees, strict=True))
            for node, levels in _read_sets(tree, number, n_levels or {}).items()
        }
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise BundleError(f"a booster must have all its parts: {error!r}") from error
    return NativeTrees(joined, left_levels)


def with_number_types(document: dict[str, Any]) -> dict[str, Any]:
    """The document of a booster saved as JSON, with the number types that UBJ would give it.

    Raises
    ------
    KeyError, OverflowError, TypeError, ValueError
        When a part is missing or holds what its type cannot.
    """
    for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
        for key, kind in (_PER_NODE | _PER_SET).items():
            wide = np.array(tree[key], dtype="f8" if "f" in kind else "i8")
            tree[key] = wide.astype(kind)
            # What wraps around its type would be another position, and one that exists.
            if "f" not in kind and not np.array_equal(wide, tree[key]):
                raise OverflowError(f"{key} holds a number beyond its type")
    return document


def _reject_unsupported(learner: Mapping[str, Any], feature_names: tuple[str, ...]) -> None:
    found = {
        "objective": (learner["objective"]["name"], OBJECTIVE),
        "kind": (learner["gradient_booster"]["name"], "gbtree"),
        "number of outcomes": (int(learner["learner_model_param"]["num_target"]), 1),
        "number of classes": (int(learner["learner_model_param"]["num_class"]), 0),
        "number of features": (
            int(learner["learner_model_param"]["num_feature"]),
            len(feature_names),
        ),
    }
    for what, (value, needed) in found.items():
        if value != needed:
            raise BundleError(f"the {what} of a booster must be {needed!r} here", value=value)
    if tuple(learner["feature_names"]) != feature_names:
        raise BundleError(
            "the booster's features must be those of its bundle, in the same order",
            value=list(learner["feature_names"]),
        )


def _reject_malformed(model: Mapping[str, Any], n_features: int) -> None:
    """Refuse what would make XGBoost read beyond its memory, which ends the process."""
    trees = model["trees"]
    at_once = int(model["gbtree_model_param"]["num_parallel_tree"])
    rounds = np.arange(0, len(trees) + 1, max(at_once, 1))
    if (
        not trees
        or int(model["gbtree_model_param"]["num_trees"]) != len(trees)
        or list(model["tree_info"]) != [0] * len(trees)
        or not np.array_equal(model.get("iteration_indptr", rounds), rounds)
    ):
        raise BundleError("a booster must have as many trees as it says")
    if any(len(part) for part in model.get("cats", {}).values()):
        raise BundleError(
            "a booster must be trained on positions of levels, not on categories of its own",
            remedy="Train it on encoded patients with feature_types, not on a table of pandas.",
        )
    for number, tree in enumerate(trees):
        if tree["id"] != number or not _is_whole(tree, n_features):
            raise BundleError("the trees of a booster must be whole", value=f"tree {number}")


def _is_whole(tree: Mapping[str, Any], n_features: int) -> bool:
    """Whether all parts of a tree have one length and its children come after their parents."""
    shape = tree["tree_param"]
    size = int(shape["num_nodes"])
    has_parts = all(
        isinstance(tree[key], np.ndarray) and tree[key].dtype == kind and tree[key].shape == (size,)
        for key, kind in _PER_NODE.items()
    )
    if size < 1 or not has_parts or shape["size_leaf_vector"] not in {"0", "1"}:
        return False
    left, right = np.asarray(tree["left_children"]), np.asarray(tree["right_children"])
    if not children_are_whole(left, right):
        return False
    inner = left >= 0
    own = np.flatnonzero(inner)
    parents = np.full(size, NO_PARENT)
    parents[left[inner]] = own
    parents[right[inner]] = own
    feature = np.asarray(tree["split_indices"])
    return bool(
        int(shape["num_feature"]) == n_features
        and np.array_equal(np.asarray(tree["parents"]), parents)
        and ((feature >= 0) & (feature < n_features)).all()
        and np.isfinite(tree["split_conditions"]).all()
    )


def _read_sets(
    tree: Mapping[str, Any], number: int, n_levels: Mapping[int, int]
) -> dict[int, frozenset[int]]:
    """Levels that go left at each node that splits on a set; all others there go right."""
    nodes, starts, sizes = (np.asarray(tree[key]) for key in _PER_SET)
    listed = np.asarray(tree["categories"])
    is_inner = np.asarray(tree["left_children"]) >= 0
    is_set = is_inner & (np.asarray(tree["split_type"]) != 0)
    if not (
        all(tree[key].dtype == kind for key, kind in _PER_SET.items() if len(tree[key]))
        and np.array_equal(nodes, np.flatnonzero(is_set))
        and not np.asarray(tree["split_type"])[~is_inner].any()
        and (sizes > 0).all()
        and np.array_equal(starts, np.cumsum(sizes) - sizes)
        and len(listed) == sizes.sum()
    ):
        raise BundleError("the trees of a booster must be whole", value=f"tree {number}")
    left = {}
    for node, start, size in zip(nodes, starts, sizes, strict=True):
        count = n_levels.get(int(tree["split_indices"][node]), 0)
        right = frozenset(listed[start : start + size].tolist())
        if not right <= set(range(count)):
            raise BundleError(
                "a booster may split by sets of categories only where its column has these levels",
                value=f"tree {number}",
            )
        left[int(node)] = frozenset(range(count)) - right
    return left


def _join_trees(trees: Sequence[Mapping[str, Any]], margin: float) -> TreeEnsemble:
    sizes = np.array([len(tree["left_children"]) for tree in trees], dtype=np.int64)
    roots = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
    offsets = np.repeat(roots, sizes)
    left = _join(trees, "left_children", np.int64)
    right = _join(trees, "right_children", np.int64)
    is_leaf = left < 0
    conditions = _join(trees, "split_conditions", np.float32)
    thresholds = np.nextafter(conditions, np.float32(-np.inf)).astype(np.float64)
    return TreeEnsemble(
        feature=np.where(is_leaf, -1, _join(trees, "split_indices", np.int64)),
        threshold=np.where(is_leaf, np.nan, thresholds),
        left=np.where(is_leaf, -1, left + offsets),
        right=np.where(is_leaf, -1, right + offsets),
        missing_goes_left=_join(trees, "default_left", np.bool_),
        value=np.where(is_leaf, conditions.astype(np.float64), 0.0),
        cover=_join(trees, "sum_hessian", np.float64),
        roots=roots,
        constant=margin,
    )


def _join(trees: Sequence[Mapping[str, Any]], key: str, kind: type[np.generic]) -> npt.NDArray[Any]:
    """One attribute of all trees, (nodes,)."""
    return np.concatenate([np.asarray(tree[key]).astype(kind) for tree in trees])


def _base_margin(base_score: str) -> float:
    """Log-odds of the base score, which is written ``5E-1`` or, since 3.1, ``[5E-1]``."""
    probability = np.float64(np.float32(base_score.strip("[]")))
    if not 0.0 < probability < 1.0:
        raise ValueError("a base score must lie between 0 and 1")
    return float(logit(probability))
