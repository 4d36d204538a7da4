"""Interactions beside those of shap and of XGBoost, on models as they are trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xgboost

from explainers.attribution.kernel import (
    build_pair_tables,
    build_tables,
    explain_rows,
    map_pairs,
)
from explainers.attribution.shap_package import interactions_of_trees
from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble
from explainers.models.ubjson import read_ubjson
from explainers.models.xgboost_trees import read_booster

N_FEATURES = 7
NAMES = tuple(f"f{number}" for number in range(N_FEATURES))


def make_cohort(n: int = 2_000) -> tuple[FloatArray, FloatArray]:
    """Missing values, rounded and binary ones, real interactions, and a last column of no use."""
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(n, N_FEATURES))
    matrix[:, 1] = matrix[:, 1].round(1)
    matrix[:, 2] = matrix[:, 2] > 0
    signal = matrix[:, 0] + matrix[:, 1] * matrix[:, 2] + matrix[:, 4] * matrix[:, 5]
    labels = (signal + rng.normal(size=n) > 0).astype(np.float64)
    matrix[rng.random(matrix.shape) < 0.08] = np.nan
    matrix[:3, :] = np.nan
    matrix[:, 6] = 1.0
    return matrix, labels


def on_thresholds(trees: TreeEnsemble, matrix: FloatArray) -> FloatArray:
    """Half of all values moved to a threshold of their feature or just beyond it."""
    rng = np.random.default_rng(1)
    moved = matrix.copy()
    splits = trees.feature >= 0
    for feature in np.unique(trees.feature[splits]):
        cuts = trees.threshold[splits & (trees.feature == feature)].astype(np.float32)
        chosen = rng.choice(cuts, len(matrix))
        beyond = np.nextafter(chosen, np.float32(np.inf))
        chosen = np.where(rng.random(len(matrix)) < 0.5, chosen, beyond)
        half = rng.random(len(matrix)) < 0.5
        moved[half, feature] = chosen[half]
    return moved


def train(depth: int) -> tuple[Any, TreeEnsemble, FloatArray]:
    matrix, labels = make_cohort()
    patients = xgboost.DMatrix(matrix, labels, feature_names=list(NAMES))
    parameters = {"objective": "binary:logistic", "max_depth": depth, "nthread": 1}
    booster = xgboost.train(parameters, patients, 25)
    trees = read_booster(read_ubjson(bytes(booster.save_raw(raw_format="ubj"))), NAMES)
    return booster, trees, on_thresholds(trees, matrix)[:40]


def matrices(trees: TreeEnsemble, rows: FloatArray, reference: FloatArray | None) -> FloatArray:
    tables = build_pair_tables(trees, reference)
    found = np.zeros((*rows.shape, rows.shape[1]))
    first, second = tables.pairs.T

    def place(block: slice, halves: FloatArray) -> None:
        found[block, first, second] = found[block, second, first] = halves.T

    list(map_pairs(tables, rows, place))
    values, _ = explain_rows(build_tables(trees, reference), rows)
    diagonal = np.arange(rows.shape[1])
    found[:, diagonal, diagonal] = values - found.sum(axis=2)
    return found


@pytest.mark.parametrize("depth", [1, 2, 4, 6, 8])
def test_interactions_are_those_of_xgboost_and_shap(depth: int) -> None:
    """A missing or equal value sent the wrong way, or whole interactions in place of halves."""
    booster, trees, rows = train(depth)
    found = matrices(trees, rows, None)
    patients = xgboost.DMatrix(rows, feature_names=list(NAMES))
    theirs = booster.predict(patients, pred_interactions=True)
    np.testing.assert_allclose(found, theirs[:, :-1, :-1], atol=1e-5)
    np.testing.assert_allclose(found, interactions_of_trees(trees, rows), atol=1e-9)
    assert not found[:, 6, :].any()
    assert not found[:, :, 6].any()


@pytest.mark.parametrize("reference", [None, 40])
def test_a_matrix_adds_up_to_the_prediction_minus_the_baseline(reference: int | None) -> None:
    """A pair counted once, or in both halves fully, would leave a remainder."""
    _, trees, rows = train(5)
    others = None if reference is None else make_cohort()[0][-reference:]
    found = matrices(trees, rows, others)
    _, baseline = explain_rows(build_tables(trees, others), rows)
    np.testing.assert_array_equal(found, found.transpose(0, 2, 1))
    np.testing.assert_allclose(found.sum(axis=(1, 2)) + baseline, trees.score(rows), atol=1e-9)
