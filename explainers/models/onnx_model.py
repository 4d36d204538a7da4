"""The family ``onnx``: a model in an ONNX file, run by onnxruntime, an optional package.

Where the file's trees or weights can be read, they explain the model exactly, and they score it
too, so that what is shown and what is explained are the same number; at each loading they are
compared with onnxruntime's own answers. Everything else is explained from predictions alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from explainers.core.arrays import FloatArray
from explainers.core.link import Link, ScoreKind
from explainers.core.schema import Column
from explainers.core.trees import TreeEnsemble
from explainers.errors import BundleError, UnsupportedError
from explainers.models.fitted import FittedModel, Identity
from explainers.models.onnx_file import read_graph
from explainers.models.onnx_graph import Graph, Input
from explainers.models.onnx_parts import Parts, Terms, read_parts
from explainers.models.onnx_probes import probes
from explainers.models.onnx_trees import require_sound_trees
from explainers.models.optional_package import absence_of
from explainers.models.risk_range import require_probabilities
from explainers.models.tree_scoring import TreeScoring

try:
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as runtime_state
except (ImportError, OSError) as absence:
    raise absence_of("onnxruntime", absence, extra="onnx") from absence

ROWS_AT_ONCE = 16_384
N_THREADS = 1
ONLY_FATAL = 4
# onnxruntime adds up in single precision.
LARGEST_DIFFERENCE = 1e-5
_RUNTIME_ERRORS = tuple(
    getattr(runtime_state, name)
    for name in (
        "EPFail", "Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoModel",
        "NotImplemented", "RuntimeException",
    )
)  # fmt: skip
_NUMPY_KINDS: Mapping[str, type[np.generic]] = {
    "float": np.float32,
    "double": np.float64,
    "int64": np.int64,
    "bool": np.bool_,
}


@dataclass(frozen=True)
class Opened:
    """An ONNX file that can be run.

    Attributes
    ----------
    graph : Graph
    session : InferenceSession
    parts : TreeEnsemble, Terms or None
        What explains it exactly, as compared with the session's own answers; None where nothing
        could be read.
    score_kind : {"log-odds", "probability"}
        What the parts add up to; "probability" without parts.
    """

    graph: Graph
    session: Any
    parts: Parts | None
    score_kind: ScoreKind

    @property
    def words(self) -> str:
        """How it can be explained."""
        if self.parts is None:
            return "predictions only"
        return "trees" if isinstance(self.parts, TreeEnsemble) else "one weight per feature"


@dataclass(frozen=True, eq=False)
class OnnxModel(FittedModel):
    """A model of which only the probability is used."""

    family: ClassVar[str] = "onnx"

    _opened: Opened

    def score(self, matrix: FloatArray) -> FloatArray:
        """Probability (n,) of encoded patients (n, p), by onnxruntime.

        Raises
        ------
        UnsupportedError
            Where the model has no answer to a value, such as one that is missing.
        """
        return self._whole(_run(self._opened, matrix, self.columns), matrix)

    def _whole(self, score: FloatArray, matrix: FloatArray) -> FloatArray:
        if not np.isfinite(score).all():
            row = matrix[np.flatnonzero(~np.isfinite(score))[0]]
            missing = [self.feature_names[at] for at in np.flatnonzero(np.isnan(row))]
            raise UnsupportedError(
                "the model gives no number for a patient"
                + (" with values that were not measured" if missing else ""),
                value=missing or self.name,
                remedy="Put a step that fills in missing values into the model, before its export;"
                " or register patients with nothing missing.",
            )
        return score


@dataclass(frozen=True, eq=False)
class OnnxTreeModel(OnnxModel):
    """Trees, explained exactly.

    Attributes
    ----------
    trees : TreeEnsemble
        ``trees.score`` equals :meth:`score`.
    """

    trees: TreeEnsemble

    def score(self, matrix: FloatArray) -> FloatArray:
        """Raw score (n,) of encoded patients (n, p), added up in double precision."""
        if self._scoring.takes_over(len(matrix)):
            return self._scoring.compiled.score(matrix)
        parts = [
            self.trees.score(matrix[start : start + ROWS_AT_ONCE])
            for start in range(0, len(matrix), ROWS_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    @cached_property
    def _scoring(self) -> TreeScoring:
        return TreeScoring(self.trees)


@dataclass(frozen=True, eq=False)
class OnnxAdditiveModel(OnnxModel):
    """One term per feature, explained exactly."""

    _terms: Terms

    def terms(self, matrix: FloatArray) -> FloatArray:
        """Terms (n, p) in log-odds of encoded patients (n, p)."""
        return self._terms(matrix)

    def score(self, matrix: FloatArray) -> FloatArray:
        """Log-odds (n,) of encoded patients (n, p); UnsupportedError as :class:`OnnxModel`."""
        return self._whole(self._terms.score(matrix), matrix)


def open_file(content: bytes) -> Opened:
    """Check an ONNX file, start it, and read its parts.

    Raises
    ------
    BundleError
        When the file is not fit to be run, or is not one of a single probability.
    """
    graph = read_graph(content)
    require_sound_trees(graph)
    try:
        session = onnxruntime.InferenceSession(
            content, _options(), providers=["CPUExecutionProvider"]
        )
    except _RUNTIME_ERRORS as error:
        raise BundleError(
            "an ONNX file must be a model that onnxruntime can run",
            value=str(error),
            remedy="Export it for a version of the operators that onnxruntime"
            f" {onnxruntime.__version__} knows.",
        ) from error
    opened = Opened(graph, session, None, "probability")
    for parts, score_kind in read_parts(graph):
        if _agrees(opened, parts, score_kind):
            return Opened(graph, session, parts, score_kind)
    return opened


def load(content: bytes, identity: Identity) -> OnnxModel:
    """Load a model from an ONNX file.

    Raises
    ------
    BundleError
        As :func:`open_file`, or when the file does not fit the bundle's features or link.
    """
    opened = open_file(content)
    graph, columns = opened.graph, identity.columns
    if graph.n_features != len(columns):
        raise BundleError(
            f"a model must take the {len(columns)} features of its bundle", value=graph.n_features
        )
    for one, column in zip(graph.inputs, columns, strict=False):
        if one.kind == "string" and column.is_numeric:
            raise BundleError(
                "an input of texts must be a column with levels",
                value=column.name,
                remedy='Declare the column as a "category" in the schema, with its levels.',
            )
    if identity.link.score_kind != opened.score_kind:
        raise BundleError(
            f"the link of this model's bundle must say {opened.score_kind}",
            value=identity.link.score_kind,
            remedy="Register the model again.",
        )
    if isinstance(opened.parts, TreeEnsemble):
        return OnnxTreeModel(identity, opened, opened.parts)
    if isinstance(opened.parts, Terms):
        return OnnxAdditiveModel(identity, opened, opened.parts)
    return OnnxModel(identity, opened)


def _options() -> Any:
    """No threads, files or messages of the runtime's own."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = N_THREADS
    options.inter_op_num_threads = N_THREADS
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    options.enable_profiling = False
    options.log_severity_level = ONLY_FATAL
    return options


def _agrees(opened: Opened, parts: Parts, score_kind: ScoreKind) -> bool:
    """Whether parts and runtime give the same risks, at every threshold and where it is missing."""
    matrix = probes(parts, opened.graph.n_features)
    if any(one.kind not in ("float", "double") for one in opened.graph.inputs):
        return False
    theirs = _run(opened, matrix, ())
    ours = Link(score_kind).risk(parts.score(matrix))
    return bool(np.allclose(ours, theirs, rtol=0.0, atol=LARGEST_DIFFERENCE, equal_nan=True))


def _run(opened: Opened, matrix: FloatArray, columns: tuple[Column, ...]) -> FloatArray:
    """Probability (n,) of encoded patients (n, p); NaN where the model has none."""
    parts = [
        _run_part(opened, matrix[start : start + ROWS_AT_ONCE], columns)
        for start in range(0, len(matrix), ROWS_AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def _run_part(opened: Opened, matrix: FloatArray, columns: tuple[Column, ...]) -> FloatArray:
    graph = opened.graph
    feed = _feed(graph, matrix, columns)
    try:
        (answer,) = opened.session.run([graph.output], feed)
    except _RUNTIME_ERRORS as error:
        raise UnsupportedError(
            "onnxruntime must be able to run the model on these patients",
            value=str(error),
            remedy="Try the file with onnxruntime where it was made.",
        ) from error
    risk = _of_event(answer, graph, len(matrix))
    require_probabilities(risk, "an ONNX model")
    return np.clip(risk, 0.0, 1.0)


def _feed(
    graph: Graph, matrix: FloatArray, columns: tuple[Column, ...]
) -> dict[str, npt.NDArray[Any]]:
    """What each input is given."""
    if graph.takes_matrix:
        (only,) = graph.inputs
        return {only.name: np.ascontiguousarray(matrix, dtype=_NUMPY_KINDS[only.kind])}
    feed = {}
    for at, one in enumerate(graph.inputs):
        values = _column(one, matrix[:, at], columns[at] if columns else None)
        feed[one.name] = values.reshape(-1, 1) if one.n_dimensions == 2 else values
    return feed


def _column(one: Input, values: FloatArray, column: Column | None) -> npt.NDArray[Any]:
    if one.kind in ("float", "double"):
        return values.astype(_NUMPY_KINDS[one.kind])
    if np.isnan(values).any():
        raise UnsupportedError(
            f"the model takes {one.kind} for this input, which cannot say that it was not measured",
            value=one.name,
            remedy="Export the model with a float input; or register patients with nothing"
            " missing.",
        )
    if one.kind == "string" and column is not None:
        return np.array(column.levels, dtype=object)[values.astype(np.int64)]
    if (values != np.round(values)).any():
        raise UnsupportedError(
            "the model takes whole numbers for this input",
            value=one.name,
            remedy="Export the model with a float input.",
        )
    return values.astype(_NUMPY_KINDS[one.kind])


def _of_event(answer: Any, graph: Graph, n_patients: int) -> FloatArray:
    """The probability of the event (n,), of a tensor or of a map for each patient."""
    if graph.event_key is not None:
        return np.array([one[graph.event_key] for one in answer], dtype=np.float64)
    risk = np.asarray(answer, dtype=np.float64)
    if risk.ndim == 1:
        risk = risk[:, None]
    if risk.ndim != 2 or len(risk) != n_patients or risk.shape[1] not in (1, 2):
        raise BundleError(
            "an ONNX model must answer with one probability for each patient, or with those of no"
            " and of yes",
            value=f"shape {risk.shape} for {n_patients} patients",
            remedy="Models of several outcomes are exported once for each of them.",
        )
    last: FloatArray = risk[:, -1]
    return last
