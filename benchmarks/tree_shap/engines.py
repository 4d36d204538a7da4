"""One function per engine: get ready, then do the work that is timed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

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
        Part of the patients it is given; its time is scaled up by the rest.
    n_repeats : int
        Measured so many times; the shortest counts, because others use the machine too.
    prepare : callable
        From booster and patients (n, p) to the work itself, which returns (n, p) or (n,).
    """

    name: str
    game: str
    share: float
    n_repeats: int
    prepare: Callable[[xgboost.Booster, FloatArray], Work]


def trees_of(booster: xgboost.Booster) -> TreeEnsemble:
    """The booster in the core's form."""
    document = read_ubjson(bytes(booster.save_raw(raw_format="ubj")))
    return read_booster(document, tuple(booster.feature_names or ()))


def rows_of(booster: xgboost.Booster, matrix: FloatArray) -> xgboost.DMatrix:
    """Patients as XGBoost wants them."""
    return xgboost.DMatrix(matrix, feature_names=booster.feature_names, nthread=1)


def prepare_prediction(booster: xgboost.Booster, matrix: FloatArray) -> Work:
    """Prediction alone, of patients already in XGBoost's own form."""
    # XGBoost remembers its answer for a matrix that it has seen.
    fresh = [rows_of(booster, matrix) for _ in range(3)]
    return lambda: np.asarray(booster.predict(fresh.pop(), output_margin=True))


def prepare_contributions(booster: xgboost.Booster, matrix: FloatArray) -> Work:
    """XGBoost's own path-dependent SHAP values."""
    rows = rows_of(booster, matrix)
    return lambda: np.asarray(booster.predict(rows, pred_contribs=True))[:, :-1]


def prepare_kernel(booster: xgboost.Booster, matrix: FloatArray) -> Work:
    """Tables and look-up, path-dependent; compiled beforehand."""
    trees = trees_of(booster)
    explain_rows(build_tables(trees), matrix[:1])
    return lambda: explain_rows(build_tables(trees), matrix)[0]


def prepare_kernel_interventional(booster: xgboost.Booster, matrix: FloatArray) -> Work:
    """Tables and look-up, with reference patients; compiled beforehand."""
    trees = trees_of(booster)
    reference = matrix[:N_REFERENCE]
    explain_rows(build_tables(trees, reference), matrix[:1])
    return lambda: explain_rows(build_tables(trees, reference), matrix)[0]


def prepare_shap(booster: xgboost.Booster, matrix: FloatArray) -> Work:
    """The shap package, path-dependent."""
    trees = trees_of(booster)
    return lambda: shap_of_trees(trees, matrix, None)[0]


def prepare_shap_interventional(booster: xgboost.Booster, matrix: FloatArray) -> Work:
    """The shap package, with the same reference patients as the others."""
    trees = trees_of(booster)
    return lambda: shap_of_trees(trees, matrix, matrix[:N_REFERENCE])[0]


def prepare_woodelf(booster: xgboost.Booster, matrix: FloatArray) -> Work:
    """The woodelf-explainer package, path-dependent."""
    return _woodelf(booster, matrix, None)


def prepare_woodelf_interventional(booster: xgboost.Booster, matrix: FloatArray) -> Work:
    """The woodelf-explainer package, with the same reference patients as the others."""
    return _woodelf(booster, matrix, matrix[:N_REFERENCE])


def _woodelf(booster: xgboost.Booster, matrix: FloatArray, reference: FloatArray | None) -> Work:
    import pandas as pd  # noqa: PLC0415  (only where woodelf is measured)
    import woodelf  # noqa: PLC0415  (not one of our dependencies)

    names = list(booster.feature_names or ())
    patients = pd.DataFrame(matrix, columns=names)
    background = None if reference is None else pd.DataFrame(reference, columns=names)
    game = "tree_path_dependent" if reference is None else "interventional"

    def work() -> FloatArray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            explainer = woodelf.WoodelfExplainer(booster, background, feature_perturbation=game)
            found: Any = explainer.shap_values(patients, verbose=False)
        return np.asarray(found, dtype=np.float64)

    return work


def is_woodelf_installed() -> bool:
    """Whether the peer can be measured in this environment."""
    return find_spec("woodelf") is not None


PREDICTION = Engine("xgboost predict", "prediction", 1.0, 3, prepare_prediction)
PATH_DEPENDENT, INTERVENTIONAL = "path-dependent", "interventional"
ENGINES = (
    PREDICTION,
    Engine("pellucid kernel", PATH_DEPENDENT, 1.0, 3, prepare_kernel),
    Engine("woodelf", PATH_DEPENDENT, 1.0, 1, prepare_woodelf),
    Engine("xgboost pred_contribs", PATH_DEPENDENT, 0.02, 1, prepare_contributions),
    Engine("shap", PATH_DEPENDENT, 0.01, 1, prepare_shap),
    Engine("pellucid kernel", INTERVENTIONAL, 1.0, 3, prepare_kernel_interventional),
    Engine("woodelf", INTERVENTIONAL, 1.0, 1, prepare_woodelf_interventional),
    Engine("shap", INTERVENTIONAL, 0.001, 1, prepare_shap_interventional),
)
