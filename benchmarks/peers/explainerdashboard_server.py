"""explainerdashboard with its defaults, served until it is stopped."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost
from explainerdashboard import (  # type: ignore[import-not-found]
    ClassifierExplainer,
    ExplainerDashboard,
)

PACKAGES = ("explainerdashboard", "shap", "xgboost", "dash")


def main() -> None:
    """Patients, labels, names and model are in the folder; the port is the second argument."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    names = (folder / "names.txt").read_text("utf-8").split("\n")
    patients = pd.DataFrame(np.load(folder / "patients.npy"), columns=names)
    labels = pd.Series(np.load(folder / "labels.npy").astype(int))
    model = xgboost.XGBClassifier(n_jobs=1)
    model.load_model(str(folder / "model.ubj"))
    versions = " ".join(f"{package} {version(package)}" for package in PACKAGES)
    (folder / "versions.txt").write_text(versions, "utf-8")
    dashboard = ExplainerDashboard(ClassifierExplainer(model, patients, labels))
    dashboard.run(port=port, host="127.0.0.1", use_waitress=True)


if __name__ == "__main__":
    main()
