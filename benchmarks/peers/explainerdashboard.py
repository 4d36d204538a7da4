"""explainerdashboard: from a classifier and patients to a dashboard that is ready to be served."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import pandas as pd
import xgboost
from explainerdashboard import (  # type: ignore[import-not-found]
    ClassifierExplainer,
    ExplainerDashboard,
)

from benchmarks.measurement import measure_work
from benchmarks.peers.exchange import read_request, write_answer


def main() -> None:
    """Build with the package's defaults; nothing is served."""
    folder, request = read_request()
    patients = pd.DataFrame(np.load(folder / "patients.npy"), columns=request["names"])
    labels = pd.Series(np.load(folder / "labels.npy").astype(int))
    model = xgboost.XGBClassifier(n_jobs=request["n_jobs"])
    model.load_model(str(folder / "model.ubj"))

    def build() -> Any:
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ExplainerDashboard(ClassifierExplainer(model, patients, labels))

    _, cost = measure_work(build)
    write_answer(folder, cost, ("explainerdashboard", "shap", "xgboost", "dash"))


if __name__ == "__main__":
    main()
