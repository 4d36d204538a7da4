"""The parts of an ONNX model that explain it exactly: its trees, or its weights.

Read where nothing but filling in, scaling and copying stands between the patient's values and one
ensemble of trees or one linear classifier, and nothing but copying between that and the risk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.link import ScoreKind
from explainers.core.trees import Precision, TreeEnsemble
from explainers.errors import BundleError
from explainers.models.onnx_graph import Graph, Operator
from explainers.models.onnx_trees import KINDS, read_trees

LINEAR = "LinearClassifier"
# What leaves a value as it is, or makes it single precision, in which it is anyway.
_COPIES = ("Identity", "Cast")


@dataclass(frozen=True)
class Step:
    """What is done to each feature (p,) in turn: filled in where missing, moved, multiplied."""

    fill: FloatArray
    offset: FloatArray
    scale: FloatArray

    def __call__(self, matrix: FloatArray) -> FloatArray:
        """Values (n, p) after the step."""
        filled = np.where(np.isnan(matrix), self.fill, matrix)
        moved: FloatArray = (filled - self.offset) * self.scale
        return moved


@dataclass(frozen=True)
class Terms:
    """A sum of one term per feature, in log-odds.

    Attributes
    ----------
    constant : float
    weights : ndarray of shape (p,)
    steps : tuple of Step
        Done before, the first first.
    """

    constant: float
    weights: FloatArray
    steps: tuple[Step, ...]

    def __call__(self, matrix: FloatArray) -> FloatArray:
        """Terms (n, p) of encoded patients (n, p)."""
        for step in self.steps:
            matrix = step(matrix)
        terms: FloatArray = matrix * self.weights
        return terms

    def score(self, matrix: FloatArray) -> FloatArray:
        """Log-odds (n,) of encoded patients (n, p)."""
        total: FloatArray = self.constant + self(matrix).sum(axis=1)
        return total


Parts = TreeEnsemble | Terms


def read_parts(graph: Graph) -> Iterator[tuple[Parts, ScoreKind]]:
    """Ways to read the model; none where its parts cannot be read."""
    found = _classifier(graph)
    if found is None:
        return
    steps = _steps(graph, found.inputs[0])
    if steps is None:
        return
    if found.kind == LINEAR:
        yield from _terms(found, steps, graph.n_features)
        return
    if max(found.attributes["nodes_featureids"]) >= graph.n_features:
        raise BundleError(
            "the trees of an ONNX file must split on features that it takes",
            value=max(found.attributes["nodes_featureids"]),
            remedy="Export the model again.",
        )
    for trees, kind in read_trees(found, _precision(graph)):
        if (filled := _with_fills(trees, steps)) is not None:
            yield filled, kind


def _classifier(graph: Graph) -> Operator | None:
    """The trees or the linear classifier whose probability is the model's."""
    name = graph.output
    while (found := graph.operators.get(name)) is not None:
        if found.kind in (*KINDS, LINEAR):
            is_probability = name == found.outputs[-1]
            return found if is_probability else None
        if found.kind not in (*_COPIES, "ZipMap"):
            return None
        name = found.inputs[0]
    return None


def _steps(graph: Graph, name: str) -> tuple[Step, ...] | None:
    """What is done to the features before; None where they are mixed or reordered."""
    steps: list[Step] = []
    names = [one.name for one in graph.inputs]
    while name not in names:
        found = graph.operators.get(name)
        if found is None:
            return None
        if found.kind == "Concat":
            return tuple(reversed(steps)) if list(found.inputs) == names else None
        if found.kind not in _COPIES:
            step = _step(found, graph.n_features)
            if step is None:
                return None
            steps.append(step)
        name = found.inputs[0]
    return tuple(reversed(steps)) if len(names) == 1 else None


def _step(operator: Operator, n_features: int) -> Step | None:
    read = operator.attributes
    none, one = np.zeros(n_features), np.ones(n_features)
    keep = np.full(n_features, np.nan)
    if operator.kind == "Imputer" and np.isnan(read.get("replaced_value_float", 0.0)):
        fill = _per_feature(read.get("imputed_value_floats", []), n_features)
        return None if fill is None else Step(fill, none, one)
    if operator.kind == "Scaler":
        offset = _per_feature(read.get("offset", []), n_features)
        scale = _per_feature(read.get("scale", []), n_features)
        return None if offset is None or scale is None else Step(keep, offset, scale)
    return None


def _per_feature(values: Sequence[float], n_features: int) -> FloatArray | None:
    if len(values) not in (1, n_features):
        return None
    return np.broadcast_to(np.asarray(values, dtype=np.float64), (n_features,)).copy()


def _terms(
    operator: Operator, steps: tuple[Step, ...], n_features: int
) -> Iterator[tuple[Terms, ScoreKind]]:
    read = operator.attributes
    rows = np.asarray(read["coefficients"], dtype=np.float64).reshape(-1, n_features)
    intercepts = np.asarray(read.get("intercepts") or [0.0] * len(rows), dtype=np.float64)
    transform = read.get("post_transform", "NONE")
    if transform not in ("LOGISTIC", "SOFTMAX") or len(rows) > 2 or len(intercepts) != len(rows):
        return
    weights, constant = rows[-1], float(intercepts[-1])
    if transform == "SOFTMAX" and len(rows) == 2:
        weights, constant = rows[1] - rows[0], float(intercepts[1] - intercepts[0])
    yield Terms(constant, weights, steps), "log-odds"


def _precision(graph: Graph) -> Precision:
    return "double" if graph.inputs[0].kind == "double" else "single"


def _with_fills(trees: TreeEnsemble, steps: tuple[Step, ...]) -> TreeEnsemble | None:
    """The trees with missing values sent where what is filled in would go; None where scaled."""
    inner = trees.feature >= 0
    for step in reversed(steps):
        if step.offset.any() or (step.scale != 1.0).any():
            return None
        fill = step.fill[trees.feature[inner]]
        is_left = np.array(trees.missing_goes_left)
        would = trees.seen(fill) <= trees.threshold[inner]
        is_left[inner] = np.where(np.isnan(fill), is_left[inner], would)
        trees = replace(trees, missing_goes_left=is_left)
    return trees
