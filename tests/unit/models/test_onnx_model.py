"""ONNX files: the risks of the model they were made from, exact parts where there are any."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from explainers.attribution.kernel_shap import KernelShap
from explainers.attribution.registry import exact_shap_for
from explainers.core import Column, Link
from explainers.errors import BundleError, UnsupportedError
from explainers.models.families import FAMILIES
from explainers.models.fitted import Identity
from explainers.models.onnx_model import (
    OnnxAdditiveModel,
    OnnxModel,
    OnnxTreeModel,
    _run,
    open_file,
)
from explainers.models.outside_file import read_outside_model

Matrix = npt.NDArray[np.float64]
COLUMNS = tuple(Column(name, name.upper(), "number") for name in ("a", "b", "c"))
MODELS: dict[str, tuple[Callable[[], Any], type[OnnxModel]]] = {
    "logistic": (LogisticRegression, OnnxAdditiveModel),
    "filled and scaled logistic": (
        lambda: make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()),
        OnnxAdditiveModel,
    ),
    "boosting": (
        lambda: GradientBoostingClassifier(n_estimators=20, random_state=0),
        OnnxTreeModel,
    ),
    "forest": (lambda: RandomForestClassifier(20, random_state=0, n_jobs=1), OnnxTreeModel),
    "extra trees": (lambda: ExtraTreesClassifier(9, random_state=0, n_jobs=1), OnnxTreeModel),
    "filled forest": (
        lambda: make_pipeline(SimpleImputer(), RandomForestClassifier(9, random_state=0)),
        OnnxTreeModel,
    ),
    "network": (lambda: MLPClassifier((6,), max_iter=30, random_state=0), OnnxModel),
}
FILLS = ("filled and scaled logistic", "filled forest")


def patients(n: int = 600) -> tuple[Matrix, Matrix]:
    rng = np.random.default_rng(3)
    matrix = np.round(rng.normal(size=(n, 3)), 1)
    return matrix, (matrix[:, 0] + matrix[:, 1] * matrix[:, 2] + rng.normal(size=n) > 0.5) * 1.0


def with_missing(matrix: Matrix) -> Matrix:
    return np.where(np.random.default_rng(4).random(matrix.shape) < 0.1, np.nan, matrix)


@cache
def trained(name: str) -> tuple[Any, Matrix]:
    matrix, labels = patients()
    matrix = with_missing(matrix) if name in FILLS else matrix
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return MODELS[name][0]().fit(matrix, labels.astype(int)), matrix


@cache
def exported(name: str, *, maps: bool = False) -> bytes:
    from skl2onnx import to_onnx  # noqa: PLC0415 - takes a second

    model, matrix = trained(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        proto = to_onnx(model, matrix[:1].astype(np.float32), options={"zipmap": maps})
    return bytes(proto.SerializeToString())


def loaded(content: bytes, columns: tuple[Column, ...] = COLUMNS) -> Any:
    outside = read_outside_model(content)
    identity = Identity("toy", "1", "", columns, Link(outside.score_kind))
    return FAMILIES[outside.family].load(outside.for_columns(columns), identity)


def changed(content: bytes, change: Callable[[Any], object]) -> bytes:
    proto = onnx.load_model_from_string(content)
    change(proto)
    return bytes(proto.SerializeToString())


@pytest.mark.parametrize("maps", [False, True], ids=["tensor", "maps"])
@pytest.mark.parametrize("name", MODELS)
def test_the_risks_are_those_of_scikit_learn_and_of_onnxruntime(name: str, *, maps: bool) -> None:
    """Prevents a patient's risk other than where the model was trained, in every row."""
    own, matrix = trained(name)
    content = exported(name, maps=maps)
    model = loaded(content)
    assert type(model) is MODELS[name][1]
    seen = matrix.astype(np.float32).astype(np.float64)
    risk = model.link.risk(model.score(matrix))
    np.testing.assert_allclose(risk, own.predict_proba(seen)[:, 1], rtol=0, atol=2e-6)
    np.testing.assert_allclose(risk, _run(open_file(content), matrix, ()), rtol=0, atol=2e-6)


@pytest.mark.parametrize("name", ["boosting", "forest", "filled forest"])
def test_a_value_at_a_threshold_goes_where_the_runtime_sends_it(name: str) -> None:
    """Prevents < for <=, double for single precision, and a missing value on the wrong side."""
    model = loaded(exported(name))
    matrix = np.random.default_rng(0).normal(size=(3000, 3))
    for feature in range(3):
        at = model.trees.threshold[model.trees.feature == feature]
        near = np.random.default_rng(feature).choice(at, 3000)
        matrix[:, feature] = near + np.tile([0.0, 1e-9, -1e-9], 1000)
    matrix = with_missing(matrix)
    theirs = _run(model._opened, matrix, ())
    np.testing.assert_allclose(model.link.risk(model.score(matrix)), theirs, rtol=0, atol=2e-6)
    np.testing.assert_allclose(model.trees.score(matrix), model.score(matrix), rtol=0, atol=1e-12)


def test_trees_behind_a_scaler_are_not_read_in_the_wrong_units() -> None:
    """Prevents thresholds of scaled values from being compared with the patient's own."""
    from skl2onnx import to_onnx  # noqa: PLC0415 - takes a second

    matrix, labels = patients(200)
    model = make_pipeline(StandardScaler(), RandomForestClassifier(3, random_state=0))
    model.fit(matrix, labels.astype(int))
    proto = to_onnx(model, matrix[:1].astype(np.float32), options={"zipmap": False})
    read = loaded(proto.SerializeToString())
    assert type(read) is OnnxModel
    assert read.link.score_kind == "probability"


def test_terms_add_up_to_the_score() -> None:
    model = loaded(exported("filled and scaled logistic"))
    _, matrix = trained("filled and scaled logistic")
    total = model.terms(matrix).sum(axis=1) + model._terms.constant
    np.testing.assert_allclose(total, model.score(matrix), rtol=0, atol=1e-12)


def test_what_can_be_read_is_explained_exactly_and_the_rest_by_predictions() -> None:
    assert exact_shap_for(loaded(exported("boosting")), "log-odds").slug == "tree-shap"
    assert exact_shap_for(loaded(exported("logistic")), "log-odds").slug == "linear-shap"
    assert exact_shap_for(loaded(exported("forest")), "risk").slug == "exact-shap"
    network = loaded(exported("network"))
    with pytest.raises(UnsupportedError, match="permutation or kernel-shap"):
        exact_shap_for(network, "risk")
    assert KernelShap().supports(network, "risk").is_supported


def test_a_missing_value_that_the_model_does_not_take_is_refused_with_the_input() -> None:
    """Prevents a risk of nobody: NaN, or 0 in place of what was not measured."""
    matrix = np.array([[0.1, np.nan, 0.2]])
    for name in ("logistic", "network"):
        with pytest.raises(UnsupportedError, match="not measured") as refusal:
            loaded(exported(name)).score(matrix)
        assert "'b'" in str(refusal.value)


def one_operator(
    kind: str = "Sigmoid", *, inputs: Any = None, outputs: Any = None, domain: str = ""
) -> bytes:
    """A graph of one step, from a matrix of three features to one column."""
    weights = helper.make_tensor("w", TensorProto.FLOAT, [3, 1], [1.0, -1.0, 0.5])
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["s"]),
        helper.make_node(kind, ["s"], ["p"], domain=domain),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        inputs or [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])],
        outputs or [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 1])],
        [weights],
    )
    opsets = [helper.make_opsetid("", 17)]
    if domain:
        opsets.append(helper.make_opsetid(domain, 1))
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def test_a_plain_network_without_labels_is_taken() -> None:
    matrix, _ = patients(40)
    expected = 1 / (1 + np.exp(-(matrix @ [1.0, -1.0, 0.5])))
    np.testing.assert_allclose(loaded(one_operator()).score(matrix), expected, atol=1e-6)


def named_inputs(*kinds: int) -> bytes:
    """A logistic sum of three inputs with names, each cast to single precision."""
    names = ("age", "sex", "lactate")
    nodes = [helper.make_node("Cast", [n], [f"{n}_f"], to=TensorProto.FLOAT) for n in names]
    nodes += [
        helper.make_node("Concat", [f"{n}_f" for n in names], ["x"], axis=1),
        helper.make_node("ReduceSum", ["x", "axes"], ["s"], keepdims=0),
        helper.make_node("Sigmoid", ["s"], ["p"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(n, k, [None, 1]) for n, k in zip(names, kinds, strict=True)],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None])],
        [helper.make_tensor("axes", TensorProto.INT64, [1], [1])],
    )
    opsets = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def test_inputs_with_names_are_matched_by_name_and_typed() -> None:
    content = named_inputs(TensorProto.INT64, TensorProto.STRING, TensorProto.DOUBLE)
    assert read_outside_model(content).feature_names == ("age", "sex", "lactate")
    levels = Column("sex", "Sex", "category", levels=("0", "2"))
    columns = (COLUMNS[0], levels, COLUMNS[2])
    model = loaded(content, columns)
    score = model.score(np.array([[1.0, 1.0, -3.5]]))
    assert score == pytest.approx(1 / (1 + np.exp(0.5)), abs=1e-6), "a level is its own text"
    for row, words in (([np.nan, 0.0, 0.0], "not measured"), ([0.5, 0.0, 0.0], "whole numbers")):
        with pytest.raises(UnsupportedError, match=words):
            model.score(np.array([row]))
    with pytest.raises(BundleError, match="with levels"):
        loaded(content)


def external(proto: Any) -> None:
    tensor = proto.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")


def loop(proto: Any) -> None:
    body = helper.make_graph([], "body", [], [])
    proto.graph.node[0].CopyFrom(helper.make_node("If", ["x"], ["s"], then_branch=body))


VALUE = helper.make_tensor_value_info
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "truncated": (lambda: exported("forest")[:-200], "whole|valid"),
    "cut after its version": (lambda: exported("forest")[:2], "output|valid"),
    "not ONNX": (lambda: b"\x08" + b"\xff" * 500, "whole"),
    "another's operator": (lambda: one_operator("Custom", domain="acme"), "acme.Custom"),
    "random numbers": (lambda: one_operator("Bernoulli"), "Bernoulli"),
    "a branch": (lambda: changed(one_operator(), loop), "If"),
    "an external file": (lambda: changed(one_operator(), external), "points to another file"),
    "a fixed number of patients": (
        lambda: one_operator(inputs=[VALUE("x", TensorProto.FLOAT, [1, 3])]),
        "any number of patients",
    ),
    "an unknown number of features": (
        lambda: one_operator(inputs=[VALUE("x", TensorProto.FLOAT, [None, None])]),
        "how many features",
    ),
    "two matrices": (
        lambda: one_operator(
            inputs=[VALUE(name, TensorProto.FLOAT, [None, 3]) for name in ("x", "y")]
        ),
        "one matrix",
    ),
    "half precision": (
        lambda: one_operator(inputs=[VALUE("x", TensorProto.FLOAT16, [None, 3])]),
        "half precision",
    ),
    "two outputs": (
        lambda: one_operator(
            outputs=[VALUE(name, TensorProto.FLOAT, [None, 1]) for name in ("p", "s")]
        ),
        "one output",
    ),
    "no probability": (
        lambda: one_operator(outputs=[VALUE("p", TensorProto.INT64, [None, 1])]),
        "one output",
    ),
    "functions of its own": (
        lambda: changed(one_operator(), lambda proto: proto.functions.add(name="f")),
        "functions",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_safe_or_not_one_probability_is_refused(case: str) -> None:
    make, words = REFUSED[case]
    with pytest.raises(BundleError, match=words):
        read_outside_model(make())


def test_log_odds_and_no_numbers_are_refused_when_they_show() -> None:
    """Prevents a score of 3.2 from standing on the screen as a risk."""
    matrix, _ = patients(20)
    with pytest.raises(BundleError, match="sigmoid"):
        loaded(one_operator("Identity")).score(10 * matrix)
    with pytest.raises(UnsupportedError, match="no number"):
        loaded(one_operator("Log")).score(-np.abs(matrix[:, [0, 0, 0]]) * [1, -1, 1])


def test_three_classes_and_other_labels_are_refused() -> None:
    from skl2onnx import to_onnx  # noqa: PLC0415 - takes a second

    matrix, labels = patients()
    for outcome in (np.where(labels > 0, "yes", "no"), np.arange(len(labels)) % 3):
        model = LogisticRegression().fit(matrix, outcome)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            proto = to_onnx(model, matrix[:1].astype(np.float32), options={"zipmap": False})
        with pytest.raises(BundleError, match=r"tell 0 \(no\) from 1 \(yes\)"):
            read_outside_model(proto.SerializeToString())


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("nodes_truenodeids", 10_000), ("nodes_truenodeids", 0), ("nodes_featureids", 77),
     ("nodes_featureids", -1), ("class_nodeids", 9_999), ("class_ids", 5)],
)  # fmt: skip
def test_a_position_that_leads_out_of_its_list_is_refused(attribute: str, value: int) -> None:
    """Prevents compiled code from being led beyond its memory, or round in circles."""

    def change(proto: Any) -> None:
        for one in proto.graph.node[0].attribute:
            if one.name == attribute:
                one.ints[0] = value

    with pytest.raises(BundleError, match="trees of an ONNX file"):
        read_outside_model(changed(exported("boosting"), change))


def test_damaged_files_are_refused_or_still_one_model() -> None:
    """Prevents a file with a flipped byte from scoring one way and being explained another."""
    rng = np.random.default_rng(8)
    matrix, _ = patients(50)
    for name in ("boosting", "logistic"):
        content = exported(name)
        for at in rng.integers(0, len(content), 40):
            broken = bytearray(content)
            broken[at] ^= 1 << int(rng.integers(8))
            try:
                model = loaded(bytes(broken))
                risk = model.link.risk(model.score(matrix))
                theirs = _run(model._opened, matrix, ())
            except (BundleError, UnsupportedError):
                continue
            np.testing.assert_allclose(risk, theirs, rtol=0, atol=1e-5)


def test_a_bundle_of_another_width_or_link_is_refused() -> None:
    content = exported("boosting")
    with pytest.raises(BundleError, match="4 features"):
        loaded(content, (*COLUMNS, Column("d", "D", "number")))
    wrong = Identity("toy", "1", "", COLUMNS, Link("probability"))
    with pytest.raises(BundleError, match="log-odds"):
        FAMILIES["onnx"].load(content, wrong)
