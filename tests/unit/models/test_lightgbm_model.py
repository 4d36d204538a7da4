from __future__ import annotations

import importlib
import re
import sys
from functools import cache
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pytest

from explainers.core import Column, Link
from explainers.errors import BundleError, RecipeError
from explainers.models.fitted import Identity
from explainers.models.lightgbm_model import LightgbmModel, fit

Matrix = npt.NDArray[np.float64]
LEVELS = ("u", "v", "w", "x", "y", "z")
COLUMNS = (
    Column("a", "A", "number"),
    Column("b", "B", "number"),
    Column("whole", "W", "number"),
    Column("level", "L", "category", levels=LEVELS),
)
IDENTITY = Identity("toy", "1", "", COLUMNS, Link("log-odds"))
PARAMETERS = {
    "n_trees": 12,
    "num_leaves": 8,
    "learning_rate": 0.2,
    "min_child_samples": 5,
    "min_data_per_group": 5,
    "cat_smooth": 1.0,
}
NUMBER = re.compile(rb"-?\d+(\.\d+)?(e[+-]?\d+)?")
ODDITIES = (
    b"-1",
    b"0",
    b"7",
    b"99999",
    b"2147483648",
    b"nan",
    b"-inf",
    b"1e400",
    b"",
    b"1 1",
    b"x",
)


def toy_patients(n: int = 600) -> tuple[Matrix, Matrix]:
    """Values on a grid, so that thresholds lie on values; the third column is never missing."""
    rng = np.random.default_rng(0)
    matrix = np.round(rng.normal(size=(n, 4)), 1)
    matrix[:, 3] = rng.integers(0, len(LEVELS), n)
    matrix[rng.random(matrix.shape) < 0.15] = np.nan
    matrix[:, 2] = np.nan_to_num(matrix[:, 2])
    signal = np.nan_to_num(matrix[:, 0] - matrix[:, 2]) + np.isnan(matrix[:, 1])
    signal += np.isin(matrix[:, 3], (0, 3, 4))
    return matrix, (signal + rng.normal(size=n) > 0.8).astype(np.float64)


def booster_with(**settings: Any) -> bytes:
    return fit(*toy_patients(), COLUMNS, PARAMETERS | settings, 1)


@cache
def plain_booster() -> bytes:
    return booster_with()


def native_margin(content: bytes, matrix: Matrix) -> Matrix:
    booster = lightgbm.Booster(model_str=content.decode())
    return np.asarray(booster.predict(matrix, raw_score=True), dtype=np.float64)


def changed(content: bytes, entry: bytes, value: bytes, tree: int = 0) -> bytes:
    """The file with another value for the first entry of that name from a tree on."""
    start = content.index(b"Tree=%d\n" % tree)
    found = re.compile(rb"^" + entry + rb"=.*$", re.MULTILINE).search(content, start)
    assert found is not None
    return content[: found.start()] + entry + b"=" + value + content[found.end() :]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"boost_from_average": False},
        {"boosting": "dart", "drop_rate": 0.5},
        {"subsample": 0.6, "colsample_bytree": 0.5},
        {"monotone_constraints": [1, 0, -1, 0]},
        {"scale_pos_weight": 3.0},
        {"use_missing": False},
        {"num_leaves": 2, "extra_trees": True},
        {"data_sample_strategy": "goss"},
    ],
    ids=str,
)
def test_score_is_lightgbms_own_margin(settings: dict[str, Any]) -> None:
    """Prevents a lost start value, rate of learning or set of levels; NaN where none was seen."""
    content = booster_with(**settings)
    matrix, _ = toy_patients()
    matrix[::7, 2] = np.nan
    model = LightgbmModel.from_bytes(content, IDENTITY)
    np.testing.assert_allclose(model.score(matrix), native_margin(content, matrix), atol=1e-12)
    np.testing.assert_allclose(model.trees.score(matrix), model.score(matrix), atol=1e-12)


@pytest.mark.parametrize("settings", [{}, {"use_missing": False}], ids=str)
def test_trees_route_values_on_a_threshold_as_lightgbm_does(settings: dict[str, Any]) -> None:
    """Prevents < taken for <=, single for double precision, and NaN sent right at a 0."""
    content = booster_with(**settings)
    model = LightgbmModel.from_bytes(content, IDENTITY)
    split_at = model.trees.threshold[(model.trees.feature >= 0) & (model.trees.feature < 3)]
    edges = np.concatenate(
        [split_at, np.nextafter(split_at, np.inf), np.nextafter(split_at, -np.inf)]
    )
    edges = np.concatenate([edges[np.abs(edges) < 1e9], [np.nan, 0.0, -0.0, 1e-36, -1e-36]])
    rng = np.random.default_rng(1)
    patients = rng.choice(edges, size=(3000, 4))
    patients[:, 3] = rng.choice([*range(len(LEVELS)), np.nan], size=len(patients))
    np.testing.assert_allclose(model.trees.score(patients), model.score(patients), atol=1e-12)
    np.testing.assert_allclose(model.score(patients), native_margin(content, patients), atol=1e-12)


def test_a_split_that_knows_no_missing_value_reads_it_as_zero() -> None:
    """Prevents a missing value from being sent by the file's default direction, which is unused."""
    model = LightgbmModel.from_bytes(booster_with(use_missing=False), IDENTITY)
    missing = toy_patients()[0][:200]
    missing[:, :3] = np.nan
    zero = missing.copy()
    zero[:, :3] = 0.0
    np.testing.assert_array_equal(model.trees.score(missing), model.trees.score(zero))
    np.testing.assert_array_equal(model.score(missing), model.score(zero))


def test_a_factor_of_the_sigmoid_is_part_of_the_log_odds() -> None:
    """Prevents a risk that is too flat by that factor."""
    content = booster_with(sigmoid=2.0)
    matrix, _ = toy_patients()
    model = LightgbmModel.from_bytes(content, IDENTITY)
    risk = lightgbm.Booster(model_str=content.decode()).predict(matrix)
    np.testing.assert_allclose(1 / (1 + np.exp(-model.score(matrix))), risk, atol=1e-12)
    np.testing.assert_allclose(model.trees.score(matrix), model.score(matrix), atol=1e-12)


def test_trees_without_a_split_are_the_outcomes_log_odds() -> None:
    content = booster_with(min_child_samples=500)
    matrix, labels = toy_patients()
    model = LightgbmModel.from_bytes(content, IDENTITY)
    share = labels.mean()
    np.testing.assert_allclose(model.score(matrix), np.log(share / (1 - share)), atol=1e-6)
    np.testing.assert_allclose(model.trees.score(matrix), model.score(matrix), atol=1e-12)
    assert (model.trees.cover > 0).all()


def test_scores_do_not_depend_on_which_patients_are_scored_together() -> None:
    """Prevents a patient's risk from changing with the page size, or with several threads."""
    matrix, _ = toy_patients()
    model = LightgbmModel.from_bytes(plain_booster(), IDENTITY)
    many = model.score(np.tile(matrix, (110, 1)))
    np.testing.assert_array_equal(many[-len(matrix) :], model.score(matrix))
    np.testing.assert_array_equal(
        many[:3], [model.score(matrix[at : at + 1])[0] for at in range(3)]
    )


def test_nobody_gets_no_score() -> None:
    assert LightgbmModel.from_bytes(plain_booster(), IDENTITY).score(np.empty((0, 4))).shape == (0,)


def test_training_twice_gives_the_same_bytes_and_says_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    first = booster_with(subsample=0.7)
    assert booster_with(subsample=0.7) == first
    assert fit(*toy_patients(), COLUMNS, PARAMETERS | {"subsample": 0.7}, 2) != first
    LightgbmModel.from_bytes(first, IDENTITY).score(toy_patients()[0])
    assert capfd.readouterr() == ("", "")


def test_sets_of_levels_are_of_categories_without_order_only() -> None:
    """Prevents stages of a disease from being shuffled."""
    ordered = (*COLUMNS[:3], Column("level", "L", "category", levels=LEVELS, ordered=True))
    matrix, labels = toy_patients()
    assert b"\ncat_threshold=" in plain_booster()
    assert b"\ncat_threshold=" not in fit(matrix, labels, ordered, PARAMETERS, 1)


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"objective": "regression"}, "objective"),
        ({"boosting": "rf", "subsample": 0.5}, "sum of trees"),
        ({"linear_tree": True}, "linear model"),
        ({"zero_as_missing": True}, "0 must be a value"),
    ],
)
def test_boosters_that_would_be_summed_up_wrongly_are_refused(
    settings: dict[str, Any], rule: str
) -> None:
    matrix, labels = toy_patients()
    patients = lightgbm.Dataset(
        matrix, labels, feature_name=[column.name for column in COLUMNS], params={"verbosity": -1}
    )
    basic = {"objective": "binary", "verbosity": -1, "subsample_freq": 1, "num_threads": 1}
    booster = lightgbm.train(basic | settings, patients, 3)
    with pytest.raises(BundleError, match=rule):
        LightgbmModel.from_bytes(booster.model_to_string().encode(), IDENTITY)


def test_features_in_another_order_are_refused() -> None:
    """Prevents weight read as height."""
    swapped = Identity("toy", "1", "", (COLUMNS[1], COLUMNS[0], *COLUMNS[2:]), Link("log-odds"))
    with pytest.raises(BundleError, match="same order"):
        LightgbmModel.from_bytes(plain_booster(), swapped)


def test_sets_of_levels_that_the_schema_lacks_are_refused() -> None:
    fewer = Identity(
        "toy",
        "1",
        "",
        (*COLUMNS[:3], Column("level", "L", "category", levels=LEVELS[:3])),
        Link("log-odds"),
    )
    number = Identity(
        "toy", "1", "", (*COLUMNS[:3], Column("level", "L", "number")), Link("log-odds")
    )
    for identity in (fewer, number):
        with pytest.raises(BundleError, match="levels that its column has"):
            LightgbmModel.from_bytes(plain_booster(), identity)


def test_levels_that_pandas_numbered_are_refused() -> None:
    """Prevents Male read as Female: pandas numbers levels by the alphabet."""
    content = plain_booster().replace(
        b"pandas_categorical:null", b'pandas_categorical:[["u", "v"]]'
    )
    with pytest.raises(BundleError, match="numbered as its schema"):
        LightgbmModel.from_bytes(content, IDENTITY)


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        (b"left_child", b"9999 1 2 3 4 5 6"),
        (b"left_child", b"0 0 0 0 0 0 0"),
        (b"right_child", b"-1 -1 -1 -1 -1 -1 -1"),
        (b"right_child", b"-2 -3"),
        (b"split_feature", b"4 4 4 4 4 4 4"),
        (b"split_feature", b"-1 -1 -1 -1 -1 -1 -1"),
        (b"threshold", b"nan nan nan nan nan nan nan"),
        (b"decision_type", b"14 14 14 14 14 14 14"),
        (b"decision_type", b"1 1 1 1 1 1 1"),
        (b"leaf_value", b"1 2 3 4 5 6 7 nan"),
        (b"leaf_count", b"-1 1 1 1 1 1 1 1"),
        (b"num_leaves", b"9"),
        (b"num_leaves", b"-1"),
        (b"num_cat", b"7"),
        (b"cat_boundaries", b"0 99999999"),
        (b"cat_threshold", b"4294967296"),
    ],
)
def test_trees_that_lead_out_of_their_memory_are_refused(entry: bytes, value: bytes) -> None:
    content = plain_booster()
    tree = next(at for at in range(12) if b"num_cat=1\n" in content.split(b"Tree=")[at + 1])
    with pytest.raises(BundleError, match=r"whole|parts|levels"):
        LightgbmModel.from_bytes(changed(content, entry, value, tree), IDENTITY)


@pytest.mark.parametrize("entry", [b"leaf_value", b"left_child", b"internal_count", b"num_cat"])
def test_trees_without_all_parts_are_refused(entry: bytes) -> None:
    content = plain_booster().replace(b"\n" + entry + b"=", b"\nother=", 1)
    with pytest.raises(BundleError, match="parts"):
        LightgbmModel.from_bytes(content, IDENTITY)


@pytest.mark.parametrize(
    "content", [b"", b"tree", b"tree\nend of trees\n", b"tree\n\n\nend of trees\n\n", b"\x80\x04"]
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(BundleError, match="parts"):
        LightgbmModel.from_bytes(content, IDENTITY)


@pytest.mark.parametrize("kept", [0.1, 0.3, 0.6])
def test_a_file_cut_short_is_refused(kept: float) -> None:
    content = plain_booster().partition(b"feature_importances")[0]
    with pytest.raises(BundleError, match="parts"):
        LightgbmModel.from_bytes(content[: int(len(content) * kept)], IDENTITY)


def test_a_damaged_file_is_refused_or_means_the_same_to_both_readers() -> None:
    """Prevents the end of the process, and trees that are not those that are scored."""
    content = booster_with(n_trees=4).partition(b"feature_importances")[0]
    spots = [found.span() for found in NUMBER.finditer(content)]
    matrix, _ = toy_patients(100)
    rng = np.random.default_rng(3)
    n_refused = 0
    for _ in range(150):
        start, end = spots[rng.integers(len(spots))]
        damaged = content[:start] + ODDITIES[rng.integers(len(ODDITIES))] + content[end:]
        try:
            model = LightgbmModel.from_bytes(damaged, IDENTITY)
        except BundleError:
            n_refused += 1
        else:
            np.testing.assert_allclose(model.trees.score(matrix), model.score(matrix), atol=1e-6)
    assert 50 < n_refused < 150


def test_parameters_that_lightgbm_cannot_follow_are_refused() -> None:
    with pytest.raises(RecipeError, match="follow the recipe"):
        booster_with(bagging_fraction=2.0)


def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prevents a ModuleNotFoundError where somebody opens a bundle."""
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    monkeypatch.delitem(sys.modules, "explainers.models.lightgbm_model")
    with pytest.raises(BundleError, match=r"pip install 'pellucid\[lightgbm\]'"):
        importlib.import_module("explainers.models.lightgbm_model")
