"""The parts of an ONNX model, as plain values: inputs, operators, the output with probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The labels of a model's two classes, that of the event last.
LABELS: tuple[tuple[int | str, ...], ...] = ((0, 1), ("0", "1"))


@dataclass(frozen=True)
class Input:
    """One input of a graph.

    Attributes
    ----------
    name : str
    kind : {"float", "double", "int64", "string", "bool"}
    width : int
        Features in it.
    n_dimensions : int
        2 for [N, width], 1 for [N].
    """

    name: str
    kind: str
    width: int
    n_dimensions: int


@dataclass(frozen=True)
class Operator:
    """One step of a graph; attributes are numbers, texts, lists and arrays."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Graph:
    """A checked graph.

    Attributes
    ----------
    inputs : tuple of Input
        One matrix, or one column for each feature.
    output : str
        The output with probabilities.
    event_key : int, str or None
        Key of the event where the output is a map for each patient.
    operators : Mapping[str, Operator]
        By the names of what they put out.
    """

    inputs: tuple[Input, ...]
    output: str
    event_key: int | str | None
    operators: Mapping[str, Operator]

    @property
    def n_features(self) -> int:
        """Number of features."""
        return sum(one.width for one in self.inputs)

    @property
    def takes_matrix(self) -> bool:
        """Whether all features stand in one matrix, without names."""
        return len(self.inputs) == 1 and self.inputs[0].n_dimensions == 2

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the inputs where there is one for each feature; empty for a matrix."""
        return () if self.takes_matrix else tuple(one.name for one in self.inputs)
