from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import catboost
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from explainers.core import Column, Link
from explainers.errors import BundleError, RecipeError
from explainers.models.catboost_model import CatboostModel, fit
from explainers.models.fitted import Identity

Matrix = npt.NDArray[np.float64]
LEVELS = ("Übelkeit", "v", "w", "x", "y", "z")
COLUMNS = (
    Column("a", "A", "number"),
    Column("b", "B", "number"),
    Column("whole", "W", "number"),
    Column("level", "L", "category", levels=LEVELS),
)
IDENTITY = Identity("toy", "1", "", COLUMNS, Link("log-odds"))
PARAMETERS = {"n_trees": 12, "max_depth": 4, "learning_rate": 0.2}
# What of the file says how it was made; the rest says what it is.
HISTORY = ("catboost_version_info", "output_options", "training")
NUMBER = re.compile(rb"-?\d+(\.\d+)?(e[+-]?\d+)?")
ODDITIES = (b"-1", b"0", b"7", b"99999", b"NaN", b"1e400", b"null", b"[]", b'"x"', b"", b"true")


def toy_patients(n: int = 600) -> tuple[Matrix, Matrix]:
    """Values on a grid; the third column is never missing."""
    rng = np.random.default_rng(0)
    matrix = np.round(rng.normal(size=(n, 4)), 1)
    matrix[:, 3] = rng.integers(0, len(LEVELS), n)
    matrix[rng.random(matrix.shape) < 0.15] = np.nan
    matrix[:, 2] = np.nan_to_num(matrix[:, 2])
    signal = np.nan_to_num(matrix[:, 0] - matrix[:, 2]) + np.isnan(matrix[:, 1])
    signal += np.isin(matrix[:, 3], (0, 3, 4)) + 2 * np.isnan(matrix[:, 3])
    return matrix, (signal + rng.normal(size=n) > 0.8).astype(np.float64)


def model_with(**settings: Any) -> bytes:
    return fit(*toy_patients(), COLUMNS, PARAMETERS | settings, 1)


@cache
def plain_model() -> bytes:
    return model_with()


def as_frame(matrix: Matrix) -> pd.DataFrame:
    """Patients as somebody who trains by CatBoost alone would hand them over."""
    frame = pd.DataFrame(matrix, columns=[column.name for column in COLUMNS])
    names = dict(enumerate(LEVELS))
    frame["level"] = [names.get(code, "nan") for code in frame["level"]]
    return frame


def native_margin(content: bytes, matrix: Matrix, directory: Path) -> Matrix:
    path = directory / "native.json"
    path.write_bytes(content)
    model = catboost.CatBoost()
    model.load_model(str(path), format="json")
    pool = catboost.Pool(as_frame(matrix), cat_features=["level"])
    return np.asarray(model.predict(pool, prediction_type="RawFormulaVal"), dtype=np.float64)


def edited(edit: Callable[[dict[str, Any]], object], content: bytes | None = None) -> bytes:
    document = json.loads(content or plain_model())
    edit(document)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"grow_policy": "Depthwise"},
        {"grow_policy": "Lossguide", "max_leaves": 9},
        {"nan_mode": "Max"},
        {"boost_from_average": True},
        {"scale_pos_weight": 3.0, "subsample": 0.7, "border_count": 8},
        {"monotone_constraints": [1, 0, -1, 0]},
    ],
    ids=str,
)
def test_score_is_catboosts_own_margin(settings: dict[str, Any], tmp_path: Path) -> None:
    """Prevents a lost bias, level or direction for missing values; NaN where none was seen."""
    content = model_with(**settings)
    matrix, _ = toy_patients()
    matrix[::7, 2] = np.nan
    model = CatboostModel.from_bytes(content, IDENTITY)
    assert b"OneHotFeature" in content
    margin = native_margin(content, matrix, tmp_path)
    np.testing.assert_allclose(model.score(matrix), margin, atol=1e-12)
    np.testing.assert_allclose(model.trees.score(matrix), model.score(matrix), atol=1e-12)


def test_a_scale_and_a_bias_are_part_of_the_log_odds(tmp_path: Path) -> None:
    content = edited(lambda document: document.update(scale_and_bias=[0.5, [-1.25]]))
    matrix, _ = toy_patients(100)
    model = CatboostModel.from_bytes(content, IDENTITY)
    margin = native_margin(content, matrix, tmp_path)
    np.testing.assert_allclose(model.score(matrix), margin, atol=1e-12)
    np.testing.assert_allclose(model.trees.score(matrix), margin, atol=1e-12)


@pytest.mark.parametrize("nan_mode", ["Min", "Max"])
def test_trees_route_values_on_a_border_as_catboost_does(nan_mode: str, tmp_path: Path) -> None:
    """Prevents < taken for <=, double for single precision, and a missing value in the middle."""
    content = model_with(nan_mode=nan_mode)
    model = CatboostModel.from_bytes(content, IDENTITY)
    split_at = model.trees.threshold[(model.trees.feature >= 0) & (model.trees.feature < 3)]
    split_at = split_at[np.abs(split_at) < 1e9]
    above = np.nextafter(split_at.astype(np.float32), np.float32(np.inf)).astype(np.float64)
    edges = np.concatenate([split_at, above, split_at + 1e-12, split_at - 1e-12, [np.nan, 0.0]])
    rng = np.random.default_rng(1)
    patients = rng.choice(edges, size=(3000, 4))
    patients[:, 3] = rng.choice([*range(len(LEVELS)), np.nan], size=len(patients))
    margin = native_margin(content, patients, tmp_path)
    np.testing.assert_allclose(model.score(patients), margin, atol=1e-12)
    np.testing.assert_allclose(model.trees.score(patients), margin, atol=1e-12)


def test_trees_without_a_split_are_a_constant() -> None:
    def cut(document: dict[str, Any]) -> None:
        document["oblivious_trees"] = [{"splits": None, "leaf_values": [0.25], "leaf_weights": [9]}]

    model = CatboostModel.from_bytes(edited(cut), IDENTITY)
    matrix, _ = toy_patients(5)
    np.testing.assert_array_equal(model.score(matrix), np.full(5, 0.25))
    np.testing.assert_array_equal(model.trees.score(matrix), np.full(5, 0.25))


def test_leaves_that_nobody_reached_are_joined_and_keep_a_cover() -> None:
    """Prevents path-dependent SHAP from being refused for nearly every symmetric tree."""
    content = model_with(max_depth=6)
    weights = [tree["leaf_weights"] for tree in json.loads(content)["oblivious_trees"]]
    assert np.mean(np.concatenate(weights) == 0) > 0.2
    trees = CatboostModel.from_bytes(content, IDENTITY).trees
    assert (trees.cover > 0).all()
    inner = np.flatnonzero(trees.feature >= 0)
    children = trees.cover[trees.left[inner]] + trees.cover[trees.right[inner]]
    np.testing.assert_allclose(children, trees.cover[inner], rtol=1e-12)
    np.testing.assert_allclose(trees.cover[trees.roots], [sum(part) for part in weights])


def test_scores_do_not_depend_on_which_patients_are_scored_together() -> None:
    """Prevents a patient's risk from changing with the page size, or with several threads."""
    matrix, _ = toy_patients()
    model = CatboostModel.from_bytes(plain_model(), IDENTITY)
    many = model.score(np.tile(matrix, (110, 1)))
    np.testing.assert_array_equal(many[-len(matrix) :], model.score(matrix))
    np.testing.assert_array_equal(
        many[:3], [model.score(matrix[at : at + 1])[0] for at in range(3)]
    )


def test_nobody_gets_no_score() -> None:
    assert CatboostModel.from_bytes(plain_model(), IDENTITY).score(np.empty((0, 4))).shape == (0,)


def test_training_twice_gives_the_same_bytes_and_leaves_nothing_else(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Prevents a bundle that says when it was made, and a folder catboost_info."""
    monkeypatch.chdir(tmp_path)
    first = model_with()
    assert model_with() == first
    assert fit(*toy_patients(), COLUMNS, PARAMETERS, 2) != first
    CatboostModel.from_bytes(first, IDENTITY).score(toy_patients()[0])
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_levels_in_order_are_numbers() -> None:
    ordered = (*COLUMNS[:3], Column("level", "L", "category", levels=LEVELS, ordered=True))
    assert b"OneHotFeature" not in fit(*toy_patients(), ordered, PARAMETERS, 1)


def test_a_model_trained_by_catboost_alone_is_read(tmp_path: Path) -> None:
    """Prevents levels from being told by their position in somebody else's list."""
    matrix, labels = toy_patients()
    pool = catboost.Pool(as_frame(matrix), labels, cat_features=["level"])
    model = catboost.CatBoostClassifier(
        iterations=5, depth=3, one_hot_max_size=10, allow_writing_files=False, silent=True
    ).fit(pool)
    path = tmp_path / "own.json"
    model.save_model(str(path), format="json", pool=pool)
    loaded = CatboostModel.from_bytes(path.read_bytes(), IDENTITY)
    margin = model.predict(pool, prediction_type="RawFormulaVal")
    np.testing.assert_allclose(loaded.score(matrix), margin, atol=1e-12)


def test_splits_on_statistics_of_the_outcome_are_refused(tmp_path: Path) -> None:
    """Prevents a level from being explained by other patients' outcomes."""
    matrix, labels = toy_patients()
    pool = catboost.Pool(as_frame(matrix), labels, cat_features=["level"])
    model = catboost.CatBoostClassifier(
        iterations=5, depth=3, one_hot_max_size=2, allow_writing_files=False, silent=True
    ).fit(pool)
    path = tmp_path / "own.json"
    model.save_model(str(path), format="json", pool=pool)
    with pytest.raises(BundleError, match="one_hot_max_size above"):
        CatboostModel.from_bytes(path.read_bytes(), IDENTITY)


def test_other_losses_are_refused(tmp_path: Path) -> None:
    matrix, labels = toy_patients()
    pool = catboost.Pool(as_frame(matrix), labels, cat_features=["level"])
    model = catboost.CatBoostRegressor(iterations=3, allow_writing_files=False, silent=True)
    path = tmp_path / "own.json"
    model.fit(pool).save_model(str(path), format="json", pool=pool)
    with pytest.raises(BundleError, match=r"Logloss|parts"):
        CatboostModel.from_bytes(path.read_bytes(), IDENTITY)


def test_features_in_another_order_are_refused() -> None:
    """Prevents weight read as height."""
    swapped = Identity("toy", "1", "", (COLUMNS[1], COLUMNS[0], *COLUMNS[2:]), Link("log-odds"))
    with pytest.raises(BundleError, match="same order"):
        CatboostModel.from_bytes(plain_model(), swapped)


def test_levels_that_the_schema_lacks_are_refused() -> None:
    column = Column("level", "L", "category", levels=("p", "q"))
    other = Identity("toy", "1", "", (*COLUMNS[:3], column), Link("log-odds"))
    with pytest.raises(BundleError, match="level that its column has"):
        CatboostModel.from_bytes(plain_model(), other)


def test_a_level_called_what_a_missing_one_is_called_is_refused() -> None:
    """Prevents a level and its absence from being one."""
    column = Column("level", "L", "category", levels=("nan", *LEVELS[1:]))
    columns = (*COLUMNS[:3], column)
    with pytest.raises(RecipeError, match="may not be called nan"):
        fit(*toy_patients(), columns, PARAMETERS, 1)
    with pytest.raises(BundleError, match="none of them called nan"):
        CatboostModel.from_bytes(plain_model(), Identity("toy", "1", "", columns, Link("log-odds")))


def first_split(document: dict[str, Any], kind: str) -> dict[str, Any]:
    trees = document["oblivious_trees"]
    splits = [split for tree in trees for split in tree["splits"]]
    found: dict[str, Any] = next(split for split in splits if split["split_type"] == kind)
    return found


@pytest.mark.parametrize(
    "edit",
    [
        lambda document: document["oblivious_trees"][0]["leaf_values"].pop(),
        lambda document: document["oblivious_trees"][0]["leaf_weights"].pop(),
        lambda document: document["oblivious_trees"][0].pop("leaf_weights"),
        lambda document: document["oblivious_trees"][0].update(leaf_weights=[0] * 16),
        lambda document: document["oblivious_trees"][0]["leaf_weights"].__setitem__(0, -1),
        lambda document: document["oblivious_trees"].clear(),
        lambda document: document.pop("oblivious_trees"),
        lambda document: document.update(oblivious_trees=[{"splits": [], "leaf_values": []}]),
        lambda document: first_split(document, "FloatFeature").update(float_feature_index=99),
        lambda document: first_split(document, "FloatFeature").update(border=float("nan")),
        lambda document: first_split(document, "FloatFeature").update(border=1e300),
        lambda document: first_split(document, "OneHotFeature").update(value=12345),
        lambda document: first_split(document, "OneHotFeature").update(cat_feature_index=-1),
        lambda document: document["features_info"]["float_features"].pop(),
        lambda document: document["features_info"].update(text_features=[{}]),
        lambda document: document["scale_and_bias"][1].append(1.0),
        lambda document: document["model_info"]["class_params"].update(class_names=[1, 0]),
        lambda document: document["model_info"].pop("params"),
    ],
)
def test_files_that_are_not_whole_are_refused(edit: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(BundleError):
        CatboostModel.from_bytes(edited(edit), IDENTITY)


def test_the_position_of_a_split_is_not_taken_from_the_file() -> None:
    """Prevents a file that says one split and makes CatBoost, which counts positions, use
    another, or one beyond its memory."""

    def lie(document: dict[str, Any]) -> None:
        first_split(document, "FloatFeature")["split_index"] = 10**6

    matrix, _ = toy_patients(50)
    model = CatboostModel.from_bytes(edited(lie), IDENTITY)
    honest = CatboostModel.from_bytes(plain_model(), IDENTITY)
    np.testing.assert_array_equal(model.score(matrix), honest.score(matrix))


def test_trees_too_deep_are_refused() -> None:
    def grow(document: dict[str, Any]) -> None:
        split = first_split(document, "FloatFeature")
        node: dict[str, Any] = {"value": 1.0, "weight": 1.0}
        for _ in range(17):
            node = {"split": split, "left": node, "right": {"value": 0.0, "weight": 1.0}}
        del document["oblivious_trees"]
        document["trees"] = [node]

    with pytest.raises(BundleError, match="deeper than 16"):
        CatboostModel.from_bytes(edited(grow), IDENTITY)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"null", b"CBM1\0\0", b"[" * 9999, b"\x80"])
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(BundleError, match="parts"):
        CatboostModel.from_bytes(content, IDENTITY)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_file_cut_short_is_refused(kept: float) -> None:
    with pytest.raises(BundleError, match="parts"):
        CatboostModel.from_bytes(plain_model()[: int(len(plain_model()) * kept)], IDENTITY)


@pytest.mark.parametrize("grow_policy", ["SymmetricTree", "Depthwise"])
def test_a_damaged_file_is_refused_or_means_the_same_to_both_readers(grow_policy: str) -> None:
    """Prevents the end of the process, and trees that are not those that are scored."""

    def strip(document: dict[str, Any]) -> None:
        info = document["model_info"]
        info["params"] = {"loss_function": info["params"]["loss_function"]}
        for key in HISTORY:
            info.pop(key, None)

    content = edited(strip, model_with(grow_policy=grow_policy, n_trees=3, max_depth=3))
    spots = [found.span() for found in NUMBER.finditer(content)]
    matrix, _ = toy_patients(50)
    rng = np.random.default_rng(3)
    n_refused = 0
    for _ in range(80):
        start, end = spots[rng.integers(len(spots))]
        damaged = content[:start] + ODDITIES[rng.integers(len(ODDITIES))] + content[end:]
        try:
            model = CatboostModel.from_bytes(damaged, IDENTITY)
        except BundleError:
            n_refused += 1
        else:
            np.testing.assert_allclose(model.trees.score(matrix), model.score(matrix), atol=1e-6)
    assert 20 < n_refused < 80


def test_patients_that_catboost_cannot_learn_from_are_refused() -> None:
    matrix, labels = toy_patients()
    with pytest.raises(RecipeError, match="follow the recipe"):
        fit(np.zeros_like(matrix), labels, COLUMNS, PARAMETERS, 1)


def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prevents a ModuleNotFoundError where somebody opens a bundle."""
    monkeypatch.setitem(sys.modules, "catboost", None)
    monkeypatch.delitem(sys.modules, "explainers.models.catboost_model")
    with pytest.raises(BundleError, match=r"pip install 'pellucid\[catboost\]'"):
        importlib.import_module("explainers.models.catboost_model")
