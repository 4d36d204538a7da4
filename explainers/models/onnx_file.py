"""An ONNX file taken apart and checked, before anything runs it.

The file is a protocol buffer: numbers and names, no code. What its operators do is onnxruntime's,
so only operators on a list of ours are let through: those of models of tables. None of them draws
lots, loops, reads files, or makes an array larger than what it is given and what the file holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

from google.protobuf.message import DecodeError

from explainers.errors import BundleError
from explainers.models.onnx_graph import LABELS, Graph, Input, Operator
from explainers.models.optional_package import absence_of

try:
    import onnx
    from onnx import helper, numpy_helper
except (ImportError, OSError) as absence:
    raise absence_of("onnx", absence) from absence

MOST_OPERATORS = 20_000
ML = "ai.onnx.ml"
_OPERATORS = {
    ML: (
        "ArrayFeatureExtractor Binarizer FeatureVectorizer Imputer LabelEncoder LinearClassifier"
        " LinearRegressor Normalizer OneHotEncoder SVMClassifier SVMRegressor Scaler"
        " TreeEnsembleClassifier TreeEnsembleRegressor ZipMap"
    ),
    "": (
        "Abs Add And ArgMax ArgMin BatchNormalization Cast Ceil Clip Concat Constant Div Dropout"
        " Elu Equal Erf Exp Flatten Floor Gather Gelu Gemm Greater GreaterOrEqual HardSigmoid"
        " HardSwish Identity IsInf IsNaN LayerNormalization LeakyRelu Less LessOrEqual Log"
        " LogSoftmax MatMul Max Mean Min Mish Mul Neg Not Or PRelu Pow Reciprocal ReduceL1 ReduceL2"
        " ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu"
        " Reshape Round Selu Shape Sigmoid Sign Slice Softmax Softplus Softsign Split Sqrt Squeeze"
        " Sub Sum Tanh ThresholdedRelu Transpose Unsqueeze Where Xor"
    ),
}
_ALLOWED = {(domain, name) for domain, names in _OPERATORS.items() for name in names.split()}
_INPUT_KINDS = {
    onnx.TensorProto.FLOAT: "float",
    onnx.TensorProto.DOUBLE: "double",
    onnx.TensorProto.INT64: "int64",
    onnx.TensorProto.STRING: "string",
    onnx.TensorProto.BOOL: "bool",
}
_MALFORMED = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)


def read_graph(content: bytes) -> Graph:
    """Take an ONNX file apart.

    Raises
    ------
    BundleError
        When it is damaged, holds an operator that is not on the list, points to another file, or
        its inputs or outputs are not those of one probability.
    """
    try:
        model = onnx.load_model_from_string(content)
    except (DecodeError, ValueError) as error:
        raise BundleError(
            "an ONNX file must be whole", value=str(error), remedy="Export the model again."
        ) from error
    _require_harmless(model)
    try:
        onnx.checker.check_model(model)
        graph = _read(model)
    except (onnx.checker.ValidationError, *_MALFORMED) as error:
        raise BundleError(
            "an ONNX file must be a valid model", value=str(error), remedy="Export the model again."
        ) from error
    return graph


def _require_harmless(model: Any) -> None:
    """No operators, files or functions but those that are known."""
    if len(model.graph.node) > MOST_OPERATORS:
        raise BundleError(
            f"an ONNX file may hold at most {MOST_OPERATORS:,} operators",
            value=len(model.graph.node),
        )
    if len(model.functions) or len(model.training_info) or len(model.graph.sparse_initializer):
        raise BundleError(
            "an ONNX file may hold no functions, training steps or sparse arrays of its own",
            remedy="Export the model with the standard operators alone.",
        )
    for node in model.graph.node:
        domain = "" if node.domain == "ai.onnx" else node.domain
        if (domain, node.op_type) not in _ALLOWED:
            raise BundleError(
                "an ONNX file may use only the standard operators of models of tables",
                value=f"{node.domain or 'ai.onnx'}.{node.op_type}",
                remedy="Operators of one's own, loops, branches, random numbers and images are not"
                " run. Export the model without them, or give its scores through a service.",
            )
    for tensor in _tensors(model):
        if tensor.data_location != onnx.TensorProto.DEFAULT or len(tensor.external_data):
            raise BundleError(
                "an ONNX file must hold all its numbers itself: it points to another file",
                value=[(entry.key, entry.value) for entry in tensor.external_data][:2],
                remedy="Save it by onnx.save_model(model, path, save_as_external_data=False).",
            )


def _tensors(model: Any) -> Iterator[Any]:
    yield from model.graph.initializer
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g") or len(attribute.graphs):
                raise BundleError("an operator may hold no graph of its own", value=node.op_type)
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _read(model: Any) -> Graph:
    operators = tuple(_operator(node) for node in model.graph.node)
    stored = {tensor.name for tensor in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in stored]
    output, form = _probability(model.graph.output)
    by_output = {name: one for one in operators for name in one.outputs}
    key = _event_key(_labels(operators) or (0, 1))
    return Graph(
        inputs=_inputs(inputs),
        output=output,
        event_key=key if form == "maps" else None,
        operators=MappingProxyType(by_output),
    )


def _operator(node: Any) -> Operator:
    attributes = {one.name: _value(helper.get_attribute_value(one)) for one in node.attribute}
    return Operator(
        node.op_type, tuple(node.input), tuple(node.output), MappingProxyType(attributes)
    )


def _value(value: Any) -> Any:
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return value


def _inputs(declared: list[Any]) -> tuple[Input, ...]:
    """One matrix, or one column for each feature."""
    found = tuple(map(_input, declared))
    if len(found) == 1 and found[0].width != 1:
        if found[0].kind not in ("float", "double"):
            raise BundleError(
                "a matrix of features must consist of numbers with decimals",
                value=found[0].kind,
                remedy="Export the model for float inputs.",
            )
        return found
    wide = [one.name for one in found if one.width != 1]
    if wide or not found:
        raise BundleError(
            "an ONNX model must take one matrix, or one column for each feature",
            value=wide or "no inputs",
            remedy="Export it with one input of shape [N, features].",
        )
    return found


def _input(declared: Any) -> Input:
    tensor = declared.type.tensor_type
    shape = [one.dim_value for one in tensor.shape.dim]
    kind = _INPUT_KINDS.get(tensor.elem_type, "")
    if not kind or len(shape) not in (1, 2):
        raise BundleError(
            "an input must be a matrix or a column of numbers, texts or yes and no",
            value=declared.name,
            remedy="Images, sequences and half precision are not taken.",
        )
    if shape[0] > 0:
        raise BundleError(
            "an ONNX model must take any number of patients at once",
            value=f"{declared.name}: {shape[0]}",
            remedy="Export it with a free first dimension (dynamic_axes, or None in its type).",
        )
    if len(shape) == 2 and shape[1] < 1:
        raise BundleError(
            "an ONNX model must say how many features it takes",
            value=declared.name,
            remedy="Export it with the number of features as the second dimension.",
        )
    return Input(declared.name, kind, shape[1] if len(shape) == 2 else 1, len(shape))


def _probability(outputs: Any) -> tuple[str, str]:
    """Name of the output that is the probability, and whether it is a tensor or maps."""
    found = []
    for one in outputs:
        kind = one.type.WhichOneof("value")
        if kind == "sequence_type":
            found.append((one.name, "maps"))
        elif kind == "tensor_type" and _INPUT_KINDS.get(one.type.tensor_type.elem_type) in (
            "float",
            "double",
        ):
            found.append((one.name, "tensor"))
    if len(found) != 1:
        raise BundleError(
            "an ONNX model must have one output with probabilities, beside labels at most",
            value=[name for name, _ in found],
            remedy="Export it for one outcome, with its probability as the only output of numbers.",
        )
    return found[0]


def _labels(operators: tuple[Operator, ...]) -> tuple[int | str, ...]:
    """The labels that the last part with labels tells apart; empty where none says."""
    for one in reversed(operators):
        for name in ("classlabels_int64s", "classlabels_ints", "classlabels_strings"):
            found = one.attributes.get(name)
            if found:
                return tuple(
                    label.decode("utf-8") if isinstance(label, bytes) else label for label in found
                )
    return ()


def _event_key(labels: tuple[int | str, ...]) -> int | str:
    if labels not in LABELS:
        raise BundleError(
            "an ONNX model must tell 0 (no) from 1 (yes)",
            value=list(labels),
            remedy="Train it with the numbers 0 and 1 for the outcome, and export it again.",
        )
    return labels[1]
