"""XGBoost's options beside its own contributions: constraints, base scores, sets of levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xgboost

from explainers.attribution.kernel import build_tables, explain_rows
from explainers.attribution.shap_package import shap_of_trees
from explainers.core import Column, Link
from explainers.core.arrays import FloatArray
from explainers.models.fitted import Identity
from explainers.models.xgboost_model import XgboostModel

NAMES = ("a", "b", "c", "d")
LEVELS = tuple("rstuvwxyz")
COLUMNS = (
    *(Column(name, name.upper(), "number") for name in NAMES[:3]),
    Column("d", "D", "category", levels=LEVELS),
)
OPTIONS: dict[str, dict[str, Any]] = {
    "monotone": {"monotone_constraints": "(1,-1,0,0)"},
    "base score": {"base_score": 0.07},
    "monotone sets": {"monotone_constraints": "(-1,0,1,0)", "max_cat_to_onehot": 1},
    "sets": {"max_cat_to_onehot": 1, "max_depth": 6},
    "one level at a time": {"max_cat_to_onehot": 100},
}


def train(option: str) -> tuple[Any, XgboostModel, FloatArray]:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(800, 4)).round(1)
    matrix[:, 3] = rng.integers(len(LEVELS), size=800)
    signal = matrix[:, 0] - matrix[:, 1] * matrix[:, 2] + 2 * np.isin(matrix[:, 3], [1, 4, 7])
    labels = (signal + rng.normal(size=800) > 1).astype(float)
    matrix[rng.random(matrix.shape) < 0.08] = np.nan
    kinds = ["float"] * 3 + ["c" if "max_cat_to_onehot" in OPTIONS[option] else "float"]
    patients = xgboost.DMatrix(matrix, labels, feature_names=list(NAMES), feature_types=kinds)
    settings = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1, **OPTIONS[option]}
    booster = xgboost.train(settings, patients, 20)
    content = bytes(booster.save_raw(raw_format="ubj"))
    model = XgboostModel.from_bytes(content, Identity("toy", "1", "", COLUMNS, Link("log-odds")))
    return booster, model, matrix[:150]


@pytest.mark.parametrize("option", OPTIONS)
def test_path_dependent_values_are_xgboosts_own(option: str) -> None:
    """A lost base score, a set of levels on the wrong side, or covers changed by its chain."""
    booster, model, patients = train(option)
    rows = xgboost.DMatrix(patients, feature_names=list(NAMES))
    theirs = booster.predict(rows, pred_contribs=True).astype(np.float64)
    kernel, base = explain_rows(build_tables(model.trees), patients)
    np.testing.assert_allclose(kernel, theirs[:, :-1], atol=1e-5)
    assert base == pytest.approx(theirs[0, -1], abs=1e-5)
    package, base = shap_of_trees(model.trees, patients, None)
    np.testing.assert_allclose(package, theirs[:, :-1], atol=1e-5)
    assert base == pytest.approx(theirs[0, -1], abs=1e-5)


def test_monotone_constraints_hold_in_the_trees() -> None:
    _, model, patients = train("monotone")
    rising = np.repeat(patients, 9, axis=0)
    rising[:, 0] = np.tile(np.linspace(-3, 3, 9), len(patients))
    steps = np.diff(model.trees.score(rising).reshape(-1, 9), axis=1)
    assert steps.min() >= -1e-12
    assert steps.max() > 0.1
