"""From the trees of an ONNX model to trees in the core's form.

ONNX names each node by its tree and its number in the tree, in any order. Every position is looked
up here before onnxruntime follows it, so that no file leads it beyond its memory or in circles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explainers.core.arrays import FloatArray, IntArray
from explainers.core.link import ScoreKind
from explainers.core.trees import Precision, TreeEnsemble
from explainers.errors import BundleError
from explainers.models.onnx_graph import Graph, Operator

KINDS = ("TreeEnsembleClassifier", "TreeEnsembleRegressor")
MOST_NODES = 5_000_000
LEAF = "LEAF"
# Which of them sends a value that equals the threshold to the left.
_LEFT_WHEN_EQUAL = {"BRANCH_LEQ": True, "BRANCH_LT": False}

Key = tuple[int, int]


@dataclass(frozen=True)
class Nodes:
    """Nodes of all trees, each after its parent and tree by tree.

    Attributes
    ----------
    source : ndarray of shape (nodes,)
        Position of each in the file's own lists.
    left, right : ndarray of shape (nodes,)
        Positions here; -1 at a leaf.
    roots : ndarray of shape (trees,)
    place : Mapping[(int, int), int]
        Position here by tree and number.
    """

    source: IntArray
    left: IntArray
    right: IntArray
    roots: IntArray
    place: Mapping[Key, int]


def require_sound_trees(graph: Graph) -> None:
    """Look up every position in every ensemble of a graph.

    Raises
    ------
    BundleError
        When a node has no child where it says, two parents, or is its own ancestor.
    """
    seen: set[int] = set()
    for operator in graph.operators.values():
        if operator.kind in KINDS and id(operator) not in seen:
            seen.add(id(operator))
            lay_out(operator)
            _require_leaves(operator)


def lay_out(operator: Operator) -> Nodes:
    """The nodes of an ensemble in an order in which each comes after its parent."""
    read = operator.attributes
    lists = [list(read[f"nodes_{name}"]) for name in _LISTS]
    trees, numbers, modes, lefts, rights, features = lists
    if len({len(one) for one in lists}) != 1 or not 0 < len(trees) <= MOST_NODES:
        raise _unsound("lists of nodes", [len(one) for one in lists])
    keys = list(zip(trees, numbers, strict=True))
    at_key = {key: at for at, key in enumerate(keys)}
    if len(at_key) != len(keys) or min(features) < 0:
        raise _unsound("nodes", "two of one number, or a feature below 0")
    children = [
        None if mode == LEAF else (at_key.get((tree, left)), at_key.get((tree, right)))
        for tree, mode, left, right in zip(trees, _texts(modes), lefts, rights, strict=True)
    ]
    order, roots = _ordered(children, trees)
    position = np.full(len(order), -1, dtype=np.int64)
    position[order] = np.arange(len(order))
    pairs = [children[at] or (-1, -1) for at in order]
    left, right = (
        np.array([-1 if pair[side] == -1 else position[pair[side]] for pair in pairs], np.int64)
        for side in (0, 1)
    )
    place = {keys[at]: int(position[at]) for at in order}
    return Nodes(order, left, right, position[roots], place)


_LISTS = ("treeids", "nodeids", "modes", "truenodeids", "falsenodeids", "featureids")


def _ordered(
    children: Sequence[tuple[int | None, int | None] | None], trees: Sequence[int]
) -> tuple[IntArray, IntArray]:
    """Nodes in the order of a walk from each root, and the roots; each is met exactly once."""
    met = [child for pair in children if pair is not None for child in pair]
    if None in met or len(set(met)) != len(met):
        raise _unsound("children", "one that is not there, or has two parents")
    has_parent = set(met)
    roots = [at for at in range(len(children)) if at not in has_parent]
    if len(roots) != len(set(trees)) or len({trees[at] for at in roots}) != len(roots):
        raise _unsound("roots", len(roots))
    order: list[int] = []
    for root in roots:
        stack = [root]
        while stack:
            at = stack.pop()
            order.append(at)
            stack.extend(reversed([child for child in children[at] or () if child is not None]))
    if len(order) != len(children):
        raise _unsound("nodes", "some that cannot be reached")
    return np.array(order, dtype=np.int64), np.array(roots, dtype=np.int64)


def _require_leaves(operator: Operator) -> None:
    nodes = lay_out(operator)
    trees, numbers, ids, weights = _weights(operator)
    keys = list(zip(trees, numbers, strict=True))
    if len(keys) != len(weights) or any(key not in nodes.place for key in keys):
        raise _unsound("leaves", "a weight of none of the nodes")
    n_classes = len(
        operator.attributes.get("classlabels_int64s")
        or operator.attributes.get("classlabels_strings")
        or range(int(operator.attributes.get("n_targets", 1)))
    )
    if len(ids) != len(keys) or min(ids) < 0 or max(ids) >= n_classes:
        raise _unsound("classes of leaves", n_classes)


def read_trees(
    operator: Operator, precision: Precision
) -> Iterator[tuple[TreeEnsemble, ScoreKind]]:
    """Ways to read the trees as one sum; none where a split or the sum is of another kind.

    What ONNX says about two classes can be read in more than one way, so each of these has to be
    compared with what the runtime answers.
    """
    transform = str(operator.attributes.get("post_transform", "NONE"))
    modes = _texts(operator.attributes["nodes_modes"])
    is_known = set(modes) <= {LEAF, *_LEFT_WHEN_EQUAL}
    if not is_known or transform not in _SCORES:
        return
    nodes = lay_out(operator)
    trees = _structure(operator, nodes, modes, precision)
    kind = _SCORES[transform]
    for value, constant in _sums(operator, nodes, transform):
        yield TreeEnsemble(**trees, value=value, constant=constant, compares_in=precision), kind


_SCORES: Mapping[str, ScoreKind] = {
    "NONE": "probability",
    "LOGISTIC": "log-odds",
    "SOFTMAX": "log-odds",
}


def _structure(
    operator: Operator, nodes: Nodes, modes: Sequence[str], precision: Precision
) -> dict[str, Any]:
    """Everything of a TreeEnsemble but what its leaves add; covers are not in the file."""
    read, source = operator.attributes, nodes.source
    n_nodes = len(source)
    is_leaf = nodes.left < 0
    threshold = np.asarray(_either(read, "nodes_values"), dtype=np.float64)[source]
    strict = np.array([not _LEFT_WHEN_EQUAL.get(mode, True) for mode in modes])[source]
    kind = np.float32 if precision == "single" else np.float64
    below = np.nextafter(threshold.astype(kind), kind(-np.inf)).astype(np.float64)
    tracks = np.asarray(read.get("nodes_missing_value_tracks_true") or [0] * n_nodes)[source]
    return {
        "feature": np.where(is_leaf, -1, np.asarray(read["nodes_featureids"])[source]),
        "threshold": np.where(is_leaf, np.nan, np.where(strict, below, threshold)),
        "left": nodes.left,
        "right": nodes.right,
        "missing_goes_left": ~is_leaf & (tracks != 0),
        "cover": np.zeros(n_nodes),
        "roots": nodes.roots,
    }


def _sums(operator: Operator, nodes: Nodes, transform: str) -> Iterator[tuple[FloatArray, float]]:
    """What each node adds (nodes,), and the constant."""
    trees, numbers, ids, weights = _weights(operator)
    at = np.array([nodes.place[key] for key in zip(trees, numbers, strict=True)], dtype=np.int64)
    which, weight = np.asarray(ids), np.asarray(weights, dtype=np.float64)
    base = np.asarray(_either(operator.attributes, "base_values"), dtype=np.float64)
    signs = {0: 0.0, 1: 1.0}
    if transform == "SOFTMAX":
        signs = {0: -1.0, 1: 1.0}
    if len(set(ids)) == 1:
        signs = {int(which[0]): 1.0}
    value = np.zeros(len(nodes.source))
    np.add.at(value, at, weight * np.array([signs.get(int(one), 0.0) for one in which]))
    constant = float(base[-1]) if len(base) else 0.0
    if operator.attributes.get("aggregate_function", "SUM") == "AVERAGE":
        value = value / len(nodes.roots)
    yield value, constant


def _weights(operator: Operator) -> tuple[list[int], list[int], list[int], FloatArray]:
    """Tree, node, class and weight of each entry of the leaves."""
    prefix = "class" if operator.kind == "TreeEnsembleClassifier" else "target"
    read = operator.attributes
    lists = [list(read[f"{prefix}_{name}"]) for name in ("treeids", "nodeids", "ids")]
    weights = np.asarray(_either(read, f"{prefix}_weights"), dtype=np.float64)
    if not np.isfinite(weights).all() or {len(one) for one in lists} != {len(weights)}:
        raise _unsound("weights", len(weights))
    return lists[0], lists[1], lists[2], weights


def _either(read: Mapping[str, Any], name: str) -> Any:
    """A list of numbers, which newer files hold as an array of another name."""
    found = read.get(f"{name}_as_tensor")
    return found if found is not None else read.get(name, [])


def _texts(values: Sequence[str | bytes]) -> list[str]:
    return [one.decode("utf-8") if isinstance(one, bytes) else one for one in values]


def _unsound(what: str, value: object) -> BundleError:
    return BundleError(
        f"the trees of an ONNX file must be whole: {what}",
        value=value,
        remedy="Export the model again.",
    )
