"""The kernel beside shap and XGBoost's own contributions, on models as they are trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xgboost
from sklearn.ensemble import RandomForestClassifier

from explainers.attribution.kernel import build_tables, explain_rows
from explainers.attribution.shap_package import shap_of_trees
from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble
from explainers.models.ubjson import read_ubjson
from explainers.models.xgboost_trees import read_booster

N_FEATURES = 8
NAMES = tuple(f"f{number}" for number in range(N_FEATURES))


def make_cohort(n: int = 3_000) -> tuple[FloatArray, FloatArray]:
    """Missing values, rounded values (which equal thresholds), a constant and a binary column."""
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(n, N_FEATURES))
    matrix[:, 1] = matrix[:, 1].round(1)
    matrix[:, 2] = matrix[:, 2] > 0
    matrix[:, 3] = 7.0
    signal = matrix[:, 0] + matrix[:, 1] * matrix[:, 2] + np.sin(3 * matrix[:, 4])
    labels = (signal + rng.normal(size=n) > 0).astype(np.float64)
    matrix[rng.random(matrix.shape) < 0.08] = np.nan
    matrix[:20, :] = np.nan
    return matrix, labels


def train_booster(matrix: FloatArray, labels: FloatArray, depth: int, **settings: Any) -> Any:
    patients = xgboost.DMatrix(matrix, labels, feature_names=list(NAMES))
    parameters = {"objective": "binary:logistic", "max_depth": depth, "nthread": 1, **settings}
    return xgboost.train(parameters, patients, 40)


def trees_of(booster: Any) -> TreeEnsemble:
    return read_booster(read_ubjson(bytes(booster.save_raw(raw_format="ubj"))), NAMES)


def on_thresholds(trees: TreeEnsemble, matrix: FloatArray) -> FloatArray:
    """Half of all values moved to a threshold of their feature or just beyond it."""
    rng = np.random.default_rng(1)
    moved = matrix.copy()
    # Scikit-learn separates missing from present by a threshold of infinity.
    splits = (trees.feature >= 0) & np.isfinite(trees.threshold)
    for feature in np.unique(trees.feature[splits]):
        cuts = trees.threshold[splits & (trees.feature == feature)].astype(np.float32)
        chosen = rng.choice(cuts, len(matrix))
        beyond = np.nextafter(chosen, np.float32(np.inf))
        chosen = np.where(rng.random(len(matrix)) < 0.5, chosen, beyond)
        half = rng.random(len(matrix)) < 0.5
        moved[half, feature] = chosen[half]
    return moved


@pytest.mark.parametrize("tree_method", ["hist", "exact"])
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 6, 7, 8])
def test_values_are_those_of_xgboost_and_shap(depth: int, tree_method: str) -> None:
    """A missing value sent the wrong way, or an equal one, changes values by far more than 1e-5."""
    matrix, labels = make_cohort()
    booster = train_booster(matrix, labels, depth, tree_method=tree_method)
    trees = trees_of(booster)
    patients = on_thresholds(trees, matrix)[:300]
    values, baseline = explain_rows(build_tables(trees), patients)
    rows = xgboost.DMatrix(patients, feature_names=list(NAMES))
    theirs = booster.predict(rows, pred_contribs=True)
    np.testing.assert_allclose(values, theirs[:, :-1], atol=1e-5)
    assert baseline == pytest.approx(theirs[0, -1], abs=1e-5)
    np.testing.assert_allclose(values.sum(axis=1) + baseline, trees.score(patients), atol=1e-9)
    for reference in (None, matrix[100:140]):
        values, baseline = explain_rows(build_tables(trees, reference), patients)
        expected, base = shap_of_trees(trees, patients, reference)
        np.testing.assert_allclose(values, expected, atol=1e-5)
        assert baseline == pytest.approx(base, abs=1e-5)
        np.testing.assert_allclose(values.sum(axis=1) + baseline, trees.score(patients), atol=1e-9)


def forest_trees(forest: RandomForestClassifier) -> TreeEnsemble:
    """Scikit-learn's trees laid end to end; it too sends ``float32(x) <= threshold`` left."""
    native = [tree.tree_ for tree in forest.estimators_]
    roots = np.cumsum([0, *(tree.node_count for tree in native)])[:-1]
    lefts = [
        np.where(t.children_left < 0, -1, t.children_left + r)
        for t, r in zip(native, roots, strict=True)
    ]
    rights = [
        np.where(t.children_left < 0, -1, t.children_right + r)
        for t, r in zip(native, roots, strict=True)
    ]
    feature = np.concatenate([tree.feature for tree in native])
    share = np.concatenate([tree.value[:, 0, 1] for tree in native])
    return TreeEnsemble(
        feature=np.maximum(feature, -1),
        threshold=np.concatenate([tree.threshold for tree in native]),
        left=np.concatenate(lefts),
        right=np.concatenate(rights),
        missing_goes_left=np.concatenate([tree.missing_go_to_left for tree in native]),
        value=np.where(feature < 0, share / len(native), 0.0),
        cover=np.concatenate([tree.weighted_n_node_samples for tree in native]),
        roots=roots,
    )


@pytest.mark.parametrize("depth", [None, 9])
@pytest.mark.parametrize("n_reference", [0, 50])
def test_forests_are_those_of_shap(depth: int | None, n_reference: int) -> None:
    """Deep trees, double-precision thresholds, features repeated many times on a path."""
    matrix, labels = make_cohort(1_500)
    forest = RandomForestClassifier(5, max_depth=depth, random_state=0).fit(matrix, labels)
    trees = forest_trees(forest)
    patients = on_thresholds(trees, matrix)[:60]
    reference = matrix[500 : 500 + n_reference] if n_reference else None
    values, baseline = explain_rows(build_tables(trees, reference), patients)
    expected, base = shap_of_trees(trees, patients, reference)
    np.testing.assert_allclose(values, expected, atol=1e-5)
    assert baseline == pytest.approx(base, abs=1e-5)
    risk = forest.predict_proba(patients)[:, 1]
    np.testing.assert_allclose(values.sum(axis=1) + baseline, risk, atol=1e-9)
