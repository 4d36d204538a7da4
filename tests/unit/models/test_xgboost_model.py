from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import xgboost

from explainers.core import Column, Link, Study
from explainers.errors import BundleError
from explainers.models.fitted import Identity
from explainers.models.ubjson import read_ubjson
from explainers.models.xgboost_model import XgboostModel, fit
from explainers.models.xgboost_trees import read_booster

Matrix = npt.NDArray[np.float64]
COLUMNS = tuple(Column(name, name.upper(), "number") for name in ("a", "b", "c"))
IDENTITY = Identity("toy", "1", "", COLUMNS, Link("log-odds"))


def toy_patients(seed: int = 0, n: int = 600) -> tuple[Matrix, Matrix]:
    rng = np.random.default_rng(seed)
    matrix = np.round(rng.normal(size=(n, 3)), 1)
    matrix[rng.random(matrix.shape) < 0.15] = np.nan
    labels = (np.nan_to_num(matrix[:, 0]) + rng.normal(size=n) > 0.8).astype(float)
    return matrix, labels


def booster_with(**settings: Any) -> tuple[bytes, Matrix]:
    matrix, labels = toy_patients()
    patients = xgboost.DMatrix(matrix, labels, feature_names=["a", "b", "c"])
    booster = xgboost.train(
        {"objective": "binary:logistic", "nthread": 1, **settings}, patients, 12
    )
    return bytes(booster.save_raw(raw_format="ubj")), matrix


def native_margin(content: bytes, matrix: Matrix) -> npt.NDArray[np.float32]:
    booster = xgboost.Booster()
    booster.load_model(bytearray(content))
    patients = xgboost.DMatrix(matrix, feature_names=booster.feature_names)
    return np.asarray(booster.predict(patients, output_margin=True))


@pytest.mark.parametrize(
    "settings",
    [
        {"max_depth": 4},
        {"max_depth": 5, "gamma": 3.0},
        {"max_depth": 3, "base_score": 0.2},
        {"tree_method": "exact", "max_depth": 4},
        {"grow_policy": "lossguide", "max_leaves": 9},
        {"max_depth": 2, "num_parallel_tree": 3, "subsample": 0.6},
    ],
    ids=str,
)
def test_score_is_xgboosts_own_margin(settings: dict[str, Any]) -> None:
    """Prevents a base score, pruned node or tree left out of the sum."""
    content, matrix = booster_with(**settings)
    model = XgboostModel.from_bytes(content, IDENTITY)
    np.testing.assert_allclose(model.score(matrix), native_margin(content, matrix), atol=1e-5)


@pytest.mark.parametrize("settings", [{"max_depth": 4}, {"max_depth": 5, "gamma": 3.0}], ids=str)
def test_trees_route_missing_values_and_values_on_a_threshold_as_xgboost_does(
    settings: dict[str, Any],
) -> None:
    """Prevents < taken for <=, double for single precision, and the wrong default direction."""
    content, matrix = booster_with(**settings)
    model = XgboostModel.from_bytes(content, IDENTITY)
    split_at = model.trees.threshold[~np.isnan(model.trees.threshold)]
    on_edge = np.nextafter(split_at.astype(np.float32), np.float32(np.inf)).astype(np.float64)
    edges = np.concatenate([split_at, on_edge, on_edge + 1e-12, on_edge - 1e-12, [np.nan, 0.0]])
    patients = np.random.default_rng(1).choice(edges, size=(2000, 3))
    np.testing.assert_array_equal(model.trees.score(patients), model.score(patients))
    np.testing.assert_allclose(model.score(patients), native_margin(content, patients), atol=1e-5)
    np.testing.assert_array_equal(model.trees.score(matrix), model.score(matrix))


def test_shipped_model_reconciles_with_its_trees(nhanes_study: Study) -> None:
    """Prevents explanations of trees that are not quite the model's."""
    model = nhanes_study.model
    assert isinstance(model, XgboostModel)
    np.testing.assert_allclose(
        model.trees.score(nhanes_study.matrix), model.score(nhanes_study.matrix), atol=1e-12
    )


def test_scores_do_not_depend_on_which_patients_are_scored_together(nhanes_study: Study) -> None:
    """Prevents a patient's risk from changing with the page size."""
    whole = nhanes_study.model.score(nhanes_study.matrix)
    alone = [nhanes_study.model.score(nhanes_study.matrix[at : at + 1])[0] for at in range(5)]
    np.testing.assert_array_equal(whole[:5], alone)


def test_nobody_gets_no_score() -> None:
    content, _ = booster_with(max_depth=2)
    assert XgboostModel.from_bytes(content, IDENTITY).score(np.empty((0, 3))).shape == (0,)


def test_training_twice_gives_the_same_bytes() -> None:
    matrix, labels = toy_patients()
    parameters = {"n_trees": 10, "max_depth": 3, "learning_rate": 0.1, "subsample": 0.7}
    first = fit(matrix, labels, COLUMNS, parameters, 3)
    assert fit(matrix, labels, COLUMNS, parameters, 3) == first
    assert fit(matrix, labels, COLUMNS, parameters, 4) != first


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"objective": "reg:squarederror"}, "objective"),
        ({"booster": "dart"}, "gbtree|parts"),
        ({"booster": "gblinear"}, "gbtree|parts"),
    ],
)
def test_boosters_that_would_be_summed_up_wrongly_are_refused(
    settings: dict[str, Any], rule: str
) -> None:
    content, _ = booster_with(**settings)
    with pytest.raises(BundleError, match=rule):
        XgboostModel.from_bytes(content, IDENTITY)


def test_features_in_another_order_are_refused() -> None:
    """Prevents weight read as height."""
    content, _ = booster_with(max_depth=2)
    swapped = Identity("toy", "1", "", COLUMNS[::-1], Link("log-odds"))
    with pytest.raises(BundleError, match="same order"):
        XgboostModel.from_bytes(content, swapped)


LEVELS = ("u", "v", "w", "x", "y", "z", "unmet")
WITH_LEVELS = Identity(
    "toy",
    "1",
    "",
    (*COLUMNS[:2], Column("c", "C", "category", levels=LEVELS)),
    Link("log-odds"),
)


def booster_of_sets(**settings: Any) -> tuple[bytes, Matrix]:
    rng = np.random.default_rng(3)
    matrix, _ = toy_patients()
    levels = rng.integers(len(LEVELS) - 1, size=len(matrix)).astype(float)
    matrix[:, 2] = np.where(np.isnan(matrix[:, 2]), np.nan, levels)
    signal = np.nan_to_num(matrix[:, 0]) + 2 * np.isin(matrix[:, 2], [0, 3, 4])
    labels = (signal + rng.normal(size=len(matrix)) > 1).astype(float)
    patients = xgboost.DMatrix(
        matrix, labels, feature_names=["a", "b", "c"], feature_types=["float", "float", "c"]
    )
    settings = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1, **settings}
    content = bytes(xgboost.train(settings, patients, 12).save_raw(raw_format="ubj"))
    matrix[:30, 2] = LEVELS.index("unmet")
    return content, matrix


@pytest.mark.parametrize("max_cat_to_onehot", [1, 100])
def test_sets_of_levels_go_where_xgboost_sends_them(max_cat_to_onehot: int) -> None:
    """Prevents the listed levels from going left, and leaves from being read under new numbers."""
    content, matrix = booster_of_sets(max_cat_to_onehot=max_cat_to_onehot)
    model = XgboostModel.from_bytes(content, WITH_LEVELS)
    expected = native_margin(content, matrix)
    np.testing.assert_allclose(model.score(matrix), expected, atol=1e-5)
    np.testing.assert_allclose(model._score_natively(matrix), expected, atol=1e-5)
    np.testing.assert_allclose(model.trees.score(matrix), model.score(matrix), atol=1e-12)


def test_sets_of_levels_that_the_column_lacks_are_refused() -> None:
    """Prevents a set of categories taken for a threshold, or for other levels."""
    content, _ = booster_of_sets()
    fewer = (*COLUMNS[:2], Column("c", "C", "category", levels=LEVELS[:2]))
    for columns in (COLUMNS, fewer):
        with pytest.raises(BundleError, match="only where its column has these levels"):
            XgboostModel.from_bytes(content, Identity("toy", "1", "", columns, Link("log-odds")))


def test_categories_of_the_boosters_own_are_refused() -> None:
    """Prevents the booster's order of the levels from being taken for the schema's."""
    content, _ = booster_of_sets()
    document = read_ubjson(content)
    document["learner"]["gradient_booster"]["model"]["cats"] = {"enc": [{"offsets": [0]}]}
    with pytest.raises(BundleError, match="positions of levels"):
        read_booster(document, ("a", "b", "c"), {2: len(LEVELS)})


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("split_type", np.ones_like),
        ("split_type", np.zeros_like),
        ("categories", lambda values: values[:-1]),
        ("categories_nodes", lambda values: values + 1000),
        ("categories_segments", lambda values: values + 1),
        ("categories_sizes", lambda values: values + 1),
        ("categories_sizes", lambda values: values.astype(np.float32)),
    ],
)
def test_sets_that_lead_out_of_their_memory_are_refused(part: str, change: Any) -> None:
    content, _ = booster_of_sets()
    document = read_ubjson(content)
    tree = document["learner"]["gradient_booster"]["model"]["trees"][0]
    tree[part] = change(tree[part])
    with pytest.raises(BundleError, match="whole"):
        read_booster(document, ("a", "b", "c"), {2: len(LEVELS)})


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("left_children", 10_000),
        ("right_children", 0),
        ("split_indices", 3),
        ("split_conditions", np.nan),
    ],
)
def test_trees_that_lead_out_of_their_memory_are_refused(part: str, value: float) -> None:
    content, _ = booster_with(max_depth=2)
    document = read_ubjson(content)
    tree = document["learner"]["gradient_booster"]["model"]["trees"][0]
    tree[part] = tree[part].copy()
    tree[part][0] = value
    with pytest.raises(BundleError, match="whole"):
        read_booster(document, ("a", "b", "c"))


@pytest.mark.parametrize("part", ["default_left", "parents", "tree_param"])
def test_trees_without_all_parts_are_refused(part: str) -> None:
    content, _ = booster_with(max_depth=2)
    document = read_ubjson(content)
    del document["learner"]["gradient_booster"]["model"]["trees"][0][part]
    with pytest.raises(BundleError, match=part):
        read_booster(document, ("a", "b", "c"))


def test_other_numbers_of_trees_are_refused() -> None:
    content, _ = booster_with(max_depth=2)
    document = read_ubjson(content)
    document["learner"]["gradient_booster"]["model"]["trees"].pop()
    with pytest.raises(BundleError, match="as many trees"):
        read_booster(document, ("a", "b", "c"))


@pytest.mark.parametrize("content", [b"", b"{}", b"[", b"not a model", b"\x80\x04pickle", b"{L"])
def test_anything_else_is_refused(content: bytes) -> None:
    """Prevents the end of the process: XGBoost aborts on an empty file."""
    with pytest.raises(BundleError, match=r"UBJ|parts"):
        XgboostModel.from_bytes(content, IDENTITY)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_refused(kept: float) -> None:
    content, _ = booster_with(max_depth=2)
    with pytest.raises(BundleError, match="UBJ"):
        XgboostModel.from_bytes(content[: int(len(content) * kept)], IDENTITY)


def test_our_reader_agrees_with_xgboosts_own_json() -> None:
    content, _ = booster_with(max_depth=3)
    booster = xgboost.Booster()
    booster.load_model(bytearray(content))
    expected = json.loads(booster.save_raw(raw_format="json"))["learner"]
    found = read_ubjson(content)["learner"]
    assert found["learner_model_param"] == expected["learner_model_param"]
    trees = zip(
        found["gradient_booster"]["model"]["trees"],
        expected["gradient_booster"]["model"]["trees"],
        strict=True,
    )
    for tree, other in trees:
        np.testing.assert_array_equal(tree["left_children"], other["left_children"])
        np.testing.assert_allclose(tree["split_conditions"], other["split_conditions"], rtol=1e-6)


@pytest.mark.parametrize(
    "content",
    [
        b"{L" + b"\x00" * 7 + b"\x01aTx",
        b"{L" + b"\xff" * 8 + b"aT}",
        b"{L" + b"\x00" * 7 + b"\x01aTL" + b"\x00" * 7 + b"\x01aF}",
        b"[" * 100,
        b"[$Sl",
        b"[$d#L" + b"\x7f" * 8,
        b"Q",
    ],
)
def test_lies_about_lengths_are_found(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"byte|twice"):
        read_ubjson(content)


def test_every_construct_is_read() -> None:
    content = b"{L" + b"\x00" * 7 + b"\x01a[ZTFi\x05SL" + b"\x00" * 7 + b"\x02hi]}"
    assert read_ubjson(content) == {"a": [None, True, False, 5, "hi"]}
