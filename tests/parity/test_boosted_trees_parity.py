"""SHAP values of LightGBM's and CatBoost's trees beside their own and beside Shapley's formula."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from itertools import combinations
from math import factorial
from pathlib import Path
from typing import Any, NamedTuple

import catboost
import lightgbm
import numpy as np
import pandas as pd
import pytest

from explainers.attribution.kernel import build_tables, explain_rows
from explainers.attribution.shap_package import load_shap, shap_of_trees
from explainers.core import Column, Link
from explainers.core.arrays import FloatArray
from explainers.models.families import FAMILIES
from explainers.models.fitted import Identity

P = 5
LEVEL = 2
LEVELS = tuple("uvwxyz")
LIGHTGBM = {
    "n_trees": 12,
    "num_leaves": 9,
    "learning_rate": 0.3,
    "min_child_samples": 5,
    "min_data_per_group": 5,
    "cat_smooth": 1.0,
}
CATBOOST = {"n_trees": 12, "max_depth": 4, "learning_rate": 0.3}
LIGHTGBM_CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "no missing values known": {"use_missing": False},
    "monotone": {"monotone_constraints": [1, 0, 0, -1, 0]},
    "some trees of one leaf": {"min_child_weight": 15.0, "n_trees": 30},
}
CATBOOST_CASES: dict[str, dict[str, Any]] = {
    "symmetric": {},
    "missing above": {"nan_mode": "Max"},
    "monotone": {"monotone_constraints": [1, 0, 0, -1, 0]},
    "depthwise": {"grow_policy": "Depthwise"},
    "lossguide": {"grow_policy": "Lossguide"},
}


class Trained(NamedTuple):
    """A model as it comes out of its file, and the file itself."""

    model: Any
    content: bytes


def make_patients(n: int = 400) -> tuple[FloatArray, FloatArray]:
    """A category without order and missing values; values of one decimal lie on thresholds."""
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(n, P)).round(1)
    matrix[:, LEVEL] = rng.integers(len(LEVELS), size=n)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    signal = np.nan_to_num(matrix[:, 0] + matrix[:, 1] * matrix[:, 3])
    signal += 2 * np.isin(matrix[:, LEVEL], [0, 3, 4]) + np.isnan(matrix[:, 4])
    return matrix, (signal + rng.normal(size=n) > 1).astype(np.float64)


def train(family: str, settings: dict[str, Any], *, has_category: bool = True) -> Trained:
    matrix, labels = make_patients()
    kinds: list[tuple[Any, tuple[str, ...]]] = [("number", ())] * P
    if has_category:
        kinds[LEVEL] = ("category", LEVELS)
    columns = tuple(
        Column(f"f{at}", f"F{at}", kind, levels=levels) for at, (kind, levels) in enumerate(kinds)
    )
    identity = Identity("toy", "1", "", columns, Link("log-odds"))
    content = FAMILIES[family].fit(matrix, labels, identity, settings, 0)
    return Trained(FAMILIES[family].load(content, identity), content)


@cache
def lightgbm_case(name: str) -> Trained:
    return train("lightgbm", LIGHTGBM | LIGHTGBM_CASES[name])


@cache
def catboost_case(name: str) -> Trained:
    return train("catboost", CATBOOST | CATBOOST_CASES[name])


def native_catboost(content: bytes, directory: Path) -> Any:
    path = directory / "native.json"
    path.write_bytes(content)
    return catboost.CatBoostClassifier().load_model(str(path), format="json")


def as_pool(matrix: FloatArray, *, has_category: bool = True) -> Any:
    frame = pd.DataFrame(matrix, columns=[f"f{at}" for at in range(P)])
    if has_category:
        frame["f2"] = [dict(enumerate(LEVELS)).get(code, "nan") for code in frame["f2"]]
    return catboost.Pool(frame, cat_features=["f2"] if has_category else [])


def assert_both_engines_give(
    trained: Trained, patients: FloatArray, values: FloatArray, base: float
) -> None:
    """The compiled kernel and the shap package, each handed our trees."""
    trees = trained.model.trees
    for found, start in (
        explain_rows(build_tables(trees), patients),
        shap_of_trees(trees, patients, None),
    ):
        np.testing.assert_allclose(found, values, atol=1e-9)
        assert start == pytest.approx(base, abs=1e-9)
        efficiency = start + found.sum(axis=1) - trained.model.score(patients)
        np.testing.assert_allclose(efficiency, 0.0, atol=1e-9)


@pytest.mark.parametrize("name", LIGHTGBM_CASES)
def test_path_dependent_values_are_those_of_lightgbm(name: str) -> None:
    """A weight taken for a count, a set of levels or a missing value sent astray would show."""
    trained = lightgbm_case(name)
    patients, _ = make_patients(80)
    booster = lightgbm.Booster(model_str=trained.content.decode())
    theirs = np.asarray(booster.predict(patients, pred_contrib=True))
    assert_both_engines_give(trained, patients, theirs[:, :-1], theirs[0, -1])


@pytest.mark.parametrize("name", [name for name in CATBOOST_CASES if name != "monotone"])
def test_path_dependent_values_are_those_of_catboost(name: str, tmp_path: Path) -> None:
    """The splits of a symmetric tree in another order give other values; so do covers that count
    leaves without a training patient."""
    trained = catboost_case(name)
    patients, _ = make_patients(80)
    native = native_catboost(trained.content, tmp_path)
    theirs = native.get_feature_importance(as_pool(patients), type="ShapValues", thread_count=1)
    assert_both_engines_give(trained, patients, theirs[:, :-1], theirs[0, -1])


def shapley(worth: Callable[[tuple[int, ...]], FloatArray]) -> FloatArray:
    """Shapley's formula for n patients (n, p), given the worth (n,) of each set of features."""
    known = {kept: worth(kept) for size in range(P + 1) for kept in combinations(range(P), size)}
    values = np.zeros((len(known[()]), P))
    for kept, without in known.items():
        weight = factorial(len(kept)) * factorial(max(P - len(kept) - 1, 0)) / factorial(P)
        for feature in set(range(P)) - set(kept):
            values[:, feature] += weight * (known[tuple(sorted((*kept, feature)))] - without)
    return values


def test_path_dependent_values_are_shapleys_on_the_file_where_empty_leaves_count() -> None:
    """CatBoost's own values of a monotone model depend on the other patients in the call (its issue
    1956), so Shapley's formula on the file is the reference."""
    trained = catboost_case("monotone")
    document = json.loads(trained.content)
    trees = document["oblivious_trees"]
    assert any(value for tree in trees for value, weight in leaves_of(tree) if weight == 0), (
        "constraints fill leaves that nobody reached"
    )
    patients, _ = make_patients(12)
    meets = [[conditions(document, tree, row) for tree in trees] for row in patients]

    def worth(kept: tuple[int, ...]) -> FloatArray:
        return np.array(
            [
                sum(expected(tree, met, kept) for tree, met in zip(trees, row, strict=True))
                for row in meets
            ]
        )

    values = shapley(worth)
    assert_both_engines_give(trained, patients, values, float(worth(())[0]))


def leaves_of(tree: dict[str, Any]) -> list[tuple[float, float]]:
    return list(zip(tree["leaf_values"], tree["leaf_weights"], strict=True))


def conditions(document: Any, tree: Any, row: FloatArray) -> list[tuple[int, bool]]:
    """Feature of each split of a symmetric tree, and whether the patient meets it."""
    levels = {
        entry["hash"]: entry["value"] for entry in document["features_info"]["cat_features_hash"]
    }
    own = dict(enumerate(LEVELS)).get(row[LEVEL], "nan")
    met = []
    for split in tree["splits"]:
        if split["split_type"] == "OneHotFeature":
            met.append((LEVEL, levels[split["value"] % 2**32] == own))
        else:
            feature = (0, 1, 3, 4)[split["float_feature_index"]]
            met.append((feature, bool(np.float32(row[feature]) > np.float32(split["border"]))))
    return met


def expected(tree: Any, met: list[tuple[int, bool]], kept: tuple[int, ...]) -> float:
    """Value of a tree by its weights, the last split at the root; empty leaves count alike."""

    def below(leaves: list[tuple[float, float]], depth: int) -> float:
        if depth == 0:
            return leaves[0][0]
        half = len(leaves) // 2
        feature, is_met = met[depth - 1]
        if feature in kept:
            return below(leaves[half:] if is_met else leaves[:half], depth - 1)
        left, right = (sum(weight for _, weight in part) for part in (leaves[:half], leaves[half:]))
        share = right / (left + right) if left + right else 0.5
        return (1 - share) * below(leaves[:half], depth - 1) + share * below(
            leaves[half:], depth - 1
        )

    return below(leaves_of(tree), len(met))


def mean_over_reference(
    score: Callable[[FloatArray], FloatArray], patients: FloatArray, reference: FloatArray
) -> Callable[[tuple[int, ...]], FloatArray]:
    def worth(kept: tuple[int, ...]) -> FloatArray:
        mixed = np.tile(reference, (len(patients), 1))
        mixed[:, list(kept)] = np.repeat(patients, len(reference), axis=0)[:, list(kept)]
        mean: FloatArray = score(mixed).reshape(len(patients), -1).mean(axis=1)
        return mean

    return worth


def assert_interventional_values(
    trained: Trained, score: Callable[[FloatArray], FloatArray]
) -> None:
    matrix, _ = make_patients()
    patients, reference = matrix[:8], matrix[100:130]
    assert np.isnan(patients).any()
    expected = shapley(mean_over_reference(score, patients, reference))
    trees = trained.model.trees
    values, _ = explain_rows(build_tables(trees, reference), patients)
    np.testing.assert_allclose(values, expected, atol=1e-9)
    values, _ = shap_of_trees(trees, patients, reference)
    np.testing.assert_allclose(values, expected, atol=1e-5)


@pytest.mark.parametrize("name", LIGHTGBM_CASES)
def test_interventional_values_are_shapleys_on_lightgbms_own_score(name: str) -> None:
    """shap refuses LightGBM's sets of levels; the formula knows nothing of trees."""
    trained = lightgbm_case(name)
    booster = lightgbm.Booster(model_str=trained.content.decode())
    assert_interventional_values(
        trained, lambda matrix: np.asarray(booster.predict(matrix, raw_score=True))
    )


@pytest.mark.parametrize("name", CATBOOST_CASES)
def test_interventional_values_are_shapleys_on_catboosts_own_score(
    name: str, tmp_path: Path
) -> None:
    trained = catboost_case(name)
    native = native_catboost(trained.content, tmp_path)
    assert_interventional_values(
        trained, lambda matrix: native.predict(as_pool(matrix), prediction_type="RawFormulaVal")
    )


@pytest.mark.parametrize("family", ["lightgbm", "catboost"])
def test_interventional_values_are_those_of_shap_on_the_librarys_model(
    family: str, tmp_path: Path
) -> None:
    """shap reads the model by itself, numbers only: our trees must be the same trees."""
    settings = LIGHTGBM if family == "lightgbm" else CATBOOST
    trained = train(family, settings, has_category=False)
    if family == "lightgbm":
        native: Any = lightgbm.Booster(model_str=trained.content.decode())
    else:
        native = native_catboost(trained.content, tmp_path)
    matrix = np.nan_to_num(make_patients()[0])
    patients, reference = matrix[:20], matrix[100:150]
    shap = load_shap()
    explainer = shap.TreeExplainer(native, shap.maskers.Independent(reference, len(reference)))
    theirs = explainer.shap_values(patients)
    values, base = explain_rows(build_tables(trained.model.trees, reference), patients)
    np.testing.assert_allclose(values, theirs, atol=1e-5)
    assert base == pytest.approx(float(np.ravel(explainer.expected_value)[0]), abs=1e-5)
