"""Patients like those of the built-in survey, as many as are wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from explainers.core import Cohort, Study
from explainers.core.schema import Column
from explainers.workspace import Workspace

MODEL = "diabetes-xgboost"
# Standard deviations of the noise, in those of the column: enough to tell copies apart.
NOISE = 0.02


def model_file() -> bytes:
    """The built-in booster, as XGBoost reads it."""
    return (Workspace().load_bundle(MODEL).directory / "model.ubj").read_bytes()


def draw_patients(n: int, seed: int) -> pd.DataFrame:
    """Typed patients (n, columns), drawn with replacement from the held-out ones.

    Numbers get a little noise and stay in the schema's range; outcomes and group attributes are
    those of the patient drawn.
    """
    cohort = Workspace().open_study(MODEL).cohort
    rng = np.random.default_rng(seed)
    frame = cohort.frame.iloc[rng.integers(0, len(cohort), n)].copy()
    frame.index = pd.Index([f"P{at:07d}" for at in range(n)], name=cohort.schema.patient_id)
    for column in cohort.schema.columns:
        if column.role == "feature" and column.is_numeric:
            frame[column.name] = _blurred(frame[column.name], column, rng)
    return frame


def make_study(n: int, seed: int) -> Study:
    """The built-in model on so many patients; its reference patients are the built-in ones."""
    study = Workspace().open_study(MODEL)
    cohort = Cohort(draw_patients(n, seed), study.cohort.schema)
    return Study(study.model, cohort, study.reference, study.outcome, study.threshold, study.seed)


def write_patients(path: Path, n: int, seed: int) -> None:
    """A CSV or Parquet file, by its suffix, of the columns that the model needs."""
    names = [column.name for column in Workspace().load_bundle(MODEL).model.columns]
    frame = draw_patients(n, seed)[names]
    if path.suffix == ".csv":
        frame.to_csv(path)
    else:
        as_text = {name: "str" for name in names if frame[name].dtype == "category"}
        frame.reset_index().astype(as_text).to_parquet(path, index=False)


def _blurred(values: pd.Series, column: Column, rng: np.random.Generator) -> pd.Series:
    noise = rng.normal(0.0, NOISE * float(values.std()), len(values))
    decimals = 0 if column.kind == "integer" else max(column.decimals, 1)
    blurred = (values + noise).round(decimals)
    if column.valid_range is None:
        return blurred
    return blurred.clip(*column.valid_range)
