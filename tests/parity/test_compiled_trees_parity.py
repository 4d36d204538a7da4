"""Compiled scores beside the same models scored by way of their libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xgboost

from explainers.core import Column, Link, Study
from explainers.core.arrays import FloatArray
from explainers.core.model import TreeModel
from explainers.models.compiled_trees import CompiledTrees
from explainers.models.fitted import Identity
from explainers.models.tree_scoring import load_compiled
from explainers.models.xgboost_model import XgboostModel

N_FEATURES = 5
NAMES = [f"f{at}" for at in range(N_FEATURES)]
IDENTITY = Identity(
    "toy", "1", "", tuple(Column(name, name, "number") for name in NAMES), Link("log-odds")
)


def training_patients(seed: int) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    matrix = np.round(rng.normal(size=(800, N_FEATURES)), 2)
    matrix[rng.random(matrix.shape) < 0.15] = np.nan
    known = np.nan_to_num(matrix)
    return matrix, (known[:, 0] + known[:, 1] * known[:, 2] + rng.normal(size=800) > 0.5) * 1.0


def model_with(seed: int, **settings: Any) -> XgboostModel:
    matrix, labels = training_patients(seed)
    patients = xgboost.DMatrix(matrix, labels, feature_names=NAMES)
    parameters = {"objective": "binary:logistic", "nthread": 1, "seed": seed, **settings}
    booster = xgboost.train(parameters, patients, 25)
    return XgboostModel.from_bytes(bytes(booster.save_raw(raw_format="ubj")), IDENTITY)


def patients_on_the_edge(model: XgboostModel, n: int) -> FloatArray:
    """Values at each threshold, one single-precision step beside it, and next to nothing beside."""
    at = model.trees.threshold[model.trees.feature >= 0]
    above = np.nextafter(at.astype(np.float32), np.float32(np.inf)).astype(np.float64)
    values = np.concatenate([at, above, above + 1e-12, above - 1e-12, [np.nan] * 9, [0.0, -0.0]])
    return np.random.default_rng(0).choice(values, (n, N_FEATURES))


@pytest.mark.parametrize(
    "settings",
    [
        {"max_depth": 1},
        {"max_depth": 3, "base_score": 0.07},
        {"max_depth": 6, "min_child_weight": 0},
        {"max_depth": 10, "min_child_weight": 0, "reg_lambda": 0.0},
        {"max_depth": 4, "gamma": 50.0},
        {"grow_policy": "lossguide", "max_leaves": 33, "max_depth": 0},
        {"tree_method": "exact", "max_depth": 5},
        {"max_depth": 2, "num_parallel_tree": 9, "subsample": 0.6},
        {"max_depth": 4, "monotone_constraints": "(1,-1,0,0,0)"},
    ],
    ids=str,
)
def test_scores_of_boosters_are_the_same_to_the_last_bit(settings: dict[str, Any]) -> None:
    """Prevents a risk that depends on whether the compiler happened to be loaded."""
    model = model_with(1, **settings)
    compiled = CompiledTrees.of(model.trees)
    for patients in (training_patients(2)[0], patients_on_the_edge(model, 3000)):
        by_library = np.concatenate([model._score_natively(part) for part in np.split(patients, 4)])
        np.testing.assert_array_equal(compiled.score(patients), by_library)
        np.testing.assert_array_equal(
            np.concatenate([compiled.score(row[None]) for row in patients[:20]]), by_library[:20]
        )


def test_compiled_scores_are_xgboosts_margin_but_for_its_rounding() -> None:
    """Both ways could be wrong alike; XGBoost's own sum in single precision cannot."""
    model = model_with(3, max_depth=5)
    load_compiled()
    patients = patients_on_the_edge(model, 2000)
    native = model._booster.predict(
        xgboost.DMatrix(patients, feature_names=NAMES), output_margin=True
    )
    np.testing.assert_allclose(model.score(patients), native, atol=1e-5)


@pytest.mark.parametrize("fixture", ["nhanes_study", "heart_study", "forest_study"])
def test_scores_of_the_built_in_models(request: pytest.FixtureRequest, fixture: str) -> None:
    study: Study = request.getfixturevalue(fixture)
    assert isinstance(study.model, TreeModel)
    compiled = CompiledTrees.of(study.model.trees).score(study.matrix)
    if isinstance(study.model, XgboostModel):
        np.testing.assert_array_equal(compiled, study.model._score_natively(study.matrix))
    np.testing.assert_allclose(compiled, study.model.score(study.matrix), rtol=0, atol=1e-12)
