"""One function per engine: get ready, then do the work that is timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xgboost

from explainers.attribution.kernel import build_tables, explain_rows
from explainers.attribution.shap_package import shap_of_trees
from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble
from explainers.models.ubjson import read_ubjson
from explainers.models.xgboost_trees import read_booster

N_REFERENCE = 100

Work = Callable[[], FloatArray]


@dataclass(frozen=True)
class Engine:
    """A way to predict or to explain.

    Attributes
    ----------
    name : str
    game : {"prediction", "path-dependent", "interventional"}
    share : float
        Part of the patients it is given; what their number adds to the time is scaled up.
    n_repeats : int
        Measured so many times; the shortest counts, because others use the machine too.
    prepare : callable
        From booster, patients (n, p) and reference patients (m, p) to the work itself, which
        returns (n, p) or (n,). All packages are loaded and compiled by then.
    """

    name: str
    game: str
    share: float
    n_repeats: int
    prepare: Callable[[xgboost.Booster, FloatArray, FloatArray], Work]


def trees_of(booster: xgboost.Booster) -> TreeEnsemble:
    """The booster in the core's form."""
    document = read_ubjson(bytes(booster.save_raw(raw_format="ubj")))
    return read_booster(document, tuple(booster.feature_names or ()))


def rows_of(booster: xgboost.Booster, matrix: FloatArray) -> xgboost.DMatrix:
    """Patients as XGBoost wants them."""
    return xgboost.DMatrix(matrix, feature_names=booster.feature_names, nthread=1)


def prepare_prediction(booster: xgboost.Booster, matrix: FloatArray, _: FloatArray) -> Work:
    """Prediction alone, of patients already in XGBoost's own form."""
    # XGBoost remembers its answer for a matrix that it has seen.
    fresh = [rows_of(booster, matrix) for _ in range(3)]
    return lambda: np.asarray(booster.predict(fresh.pop(), output_margin=True))


def prepare_contributions(booster: xgboost.Booster, matrix: FloatArray, _: FloatArray) -> Work:
    """XGBoost's own path-dependent SHAP values."""
    rows = rows_of(booster, matrix)
    return lambda: np.asarray(booster.predict(rows, pred_contribs=True))[:, :-1]


def prepare_kernel(booster: xgboost.Booster, matrix: FloatArray, _: FloatArray) -> Work:
    """Tables and look-up, path-dependent; compiled beforehand."""
    trees = trees_of(booster)
    explain_rows(build_tables(trees), matrix[:1])
    return lambda: explain_rows(build_tables(trees), matrix)[0]


def prepare_kernel_interventional(
    booster: xgboost.Booster, matrix: FloatArray, reference: FloatArray
) -> Work:
    """Tables and look-up, with reference patients; compiled beforehand."""
    trees = trees_of(booster)
    explain_rows(build_tables(trees, reference), matrix[:1])
    return lambda: explain_rows(build_tables(trees, reference), matrix)[0]


def prepare_shap(booster: xgboost.Booster, matrix: FloatArray, _: FloatArray) -> Work:
    """The shap package's own algorithm, path-dependent: of a booster it would ask XGBoost."""
    trees = trees_of(booster)
    shap_of_trees(trees, matrix[:1], None)  # loads the package
    return lambda: shap_of_trees(trees, matrix, None)[0]


def prepare_shap_interventional(
    booster: xgboost.Booster, matrix: FloatArray, reference: FloatArray
) -> Work:
    """The shap package, with the same reference patients as the others."""
    trees = trees_of(booster)
    shap_of_trees(trees, matrix[:1], reference)  # loads the package
    return lambda: shap_of_trees(trees, matrix, reference)[0]


PREDICTION = Engine("xgboost predict", "prediction", 1.0, 3, prepare_prediction)
PATH_DEPENDENT, INTERVENTIONAL = "path-dependent", "interventional"
ENGINES = (
    PREDICTION,
    Engine("pellucid kernel", PATH_DEPENDENT, 1.0, 3, prepare_kernel),
    Engine("xgboost pred_contribs", PATH_DEPENDENT, 0.02, 1, prepare_contributions),
    Engine("shap", PATH_DEPENDENT, 0.01, 1, prepare_shap),
    Engine("pellucid kernel", INTERVENTIONAL, 1.0, 3, prepare_kernel_interventional),
    Engine("shap", INTERVENTIONAL, 0.002, 1, prepare_shap_interventional),
)
