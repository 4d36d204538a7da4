"""dice-ml, given the same model, patients, actionable inputs and ranges."""

from __future__ import annotations

import importlib.util
import io
import logging
import warnings
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from benchmarks.counterfactuals.judgement import Method
from explainers.alternatives import SeenPatients
from explainers.core import Study
from explainers.core.arrays import FloatArray
from explainers.core.encoding import encode

METHODS = ("random", "genetic", "kdtree")


def is_installed() -> bool:
    """Whether dice-ml is in this environment."""
    return importlib.util.find_spec("dice_ml") is not None


class ShiftedClassifier:
    """The study's model as dice-ml wants it: the decision threshold lies at 0.5."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def predict_proba(self, frame: pd.DataFrame) -> FloatArray:
        """Probabilities (n, 2) of both classes for typed patients."""
        typed = frame.copy()
        for column in self._study.model.columns:
            if column.is_numeric:
                typed[column.name] = pd.to_numeric(typed[column.name])
        log_odds = self._study.predict(encode(typed, self._study.model.columns), "log-odds")
        shifted = expit(log_odds - logit(self._study.threshold))
        return np.column_stack([1 - shifted, shifted])

    def predict(self, frame: pd.DataFrame) -> FloatArray:
        """Classes (n,)."""
        return np.asarray(self.predict_proba(frame)[:, 1] >= 0.5, dtype=np.float64)


def dice_method(study: Study, seen: SeenPatients, method: str, n_answers: int) -> Method:
    """The counterfactuals of dice-ml by one of its methods, as encoded rows."""
    import dice_ml  # type: ignore[import-not-found]  # noqa: PLC0415  (an optional peer)

    logging.disable(logging.CRITICAL)
    columns = study.model.columns
    complete = _typed(study).dropna()
    complete["outcome"] = (ShiftedClassifier(study).predict(complete)).astype(int)
    patients = dice_ml.Data(
        dataframe=complete,
        continuous_features=[column.name for column in columns if column.is_numeric],
        outcome_name="outcome",
        continuous_features_precision=_precisions(study),
    )
    model = dice_ml.Model(model=ShiftedClassifier(study), backend="sklearn")
    explainer = dice_ml.Dice(patients, model, method=method)
    actionable = [column.name for column in columns if column.actionable]
    options: dict[str, Any] = {
        "total_CFs": n_answers,
        "desired_class": "opposite",
        "features_to_vary": actionable,
        "permitted_range": _ranges(study, seen),
    }
    if method == "random":
        options["random_seed"] = study.seed

    def answer(row: FloatArray) -> FloatArray:
        query = _typed_rows(study, row[None])
        silence = io.StringIO()
        with warnings.catch_warnings(), redirect_stdout(silence), redirect_stderr(silence):
            warnings.simplefilter("ignore")
            try:
                found = explainer.generate_counterfactuals(query, verbose=False, **options)
            except Exception as error:
                # dice-ml says in this way that it found nothing.
                if "No counterfactuals" not in str(error):
                    raise
                return np.empty((0, len(columns)))
        answers = found.cf_examples_list[0].final_cfs_df
        if answers is None or len(answers) == 0:
            return np.empty((0, len(columns)))
        typed = answers.copy()
        for column in columns:
            if column.is_numeric:
                typed[column.name] = pd.to_numeric(typed[column.name])
        return encode(typed, columns)

    return answer


def _precisions(study: Study) -> dict[str, int]:
    """Decimals that are really recorded: dice-ml rounds even what it must not change to these."""
    precisions = {}
    for at, column in enumerate(study.model.columns):
        if column.kind == "number":
            known = study.matrix[~np.isnan(study.matrix[:, at]), at]
            precisions[column.name] = next(
                (
                    digits
                    for digits in range(4)
                    if np.allclose(known, known.round(digits), atol=1e-9)
                ),
                4,
            )
    return precisions


def _typed(study: Study) -> pd.DataFrame:
    return _typed_rows(study, study.matrix)


def _typed_rows(study: Study, rows: FloatArray) -> pd.DataFrame:
    """Encoded patients (n, p) with levels as text, as dice-ml expects them."""
    frame = pd.DataFrame(index=range(len(rows)))
    for at, column in enumerate(study.model.columns):
        values = pd.Series(rows[:, at])
        if column.is_numeric:
            whole = column.kind == "integer" and not values.isna().any()
            frame[column.name] = values.astype(int) if whole else values
        else:
            frame[column.name] = values.map(dict(enumerate(column.levels))).astype(object)
    return frame


def _ranges(study: Study, seen: SeenPatients) -> dict[str, list[Any]]:
    ranges: dict[str, list[Any]] = {}
    for at, column in enumerate(study.model.columns):
        low, high = seen.ranges[at]
        if not column.actionable:
            continue
        if column.is_numeric:
            ranges[column.name] = [float(low), float(high)]
        else:
            ranges[column.name] = list(column.levels[int(low) : int(high) + 1])
    return ranges
