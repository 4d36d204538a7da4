"""woodelf-explainer: SHAP values of a booster for patients, path-dependent or interventional."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import woodelf  # type: ignore[import-not-found]
import xgboost

from benchmarks.measurement import measure_work
from benchmarks.peers.exchange import read_request, write_answer

REFERENCE = "reference.npy"


def main() -> None:
    """Explain the patients of the request and keep the values of the first ones."""
    folder, request = read_request()
    booster = xgboost.Booster({"nthread": 1}, model_file=str(folder / "model.ubj"))
    names = booster.feature_names
    patients = pd.DataFrame(np.load(folder / "patients.npy"), columns=names)
    background = None
    if (folder / REFERENCE).exists():
        background = pd.DataFrame(np.load(folder / REFERENCE), columns=names)
    game = "tree_path_dependent" if background is None else "interventional"

    def explain() -> Any:
        explainer = woodelf.WoodelfExplainer(booster, background, feature_perturbation=game)
        return explainer.shap_values(patients, verbose=False)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values, cost = measure_work(explain)
    kept = np.asarray(values, dtype=np.float64)[: request["n_compared"]]
    np.save(folder / "values.npy", kept)
    write_answer(folder, cost, ("woodelf-explainer", "xgboost", "numpy"))


if __name__ == "__main__":
    main()
