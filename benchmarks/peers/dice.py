"""dice-ml, given the same model, patients, actionable inputs and ranges as Pellucid."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from time import perf_counter
from typing import Any

import dice_ml  # type: ignore[import-not-found]
import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost

from benchmarks.measurement import measure_work
from benchmarks.peers.exchange import read_request, write_answer

Rows = npt.NDArray[np.float64]
Request = dict[str, Any]


class ShiftedClassifier:
    """The booster, calibrated, with its decision threshold moved to 0.5 as dice-ml has it."""

    def __init__(self, folder: Path, request: Request) -> None:
        self._booster = xgboost.Booster({"nthread": 1}, model_file=str(folder / "model.ubj"))
        self._request = request

    def predict_proba(self, frame: pd.DataFrame) -> Rows:
        """Probabilities (n, 2) of both classes for typed patients."""
        rows = encode(frame, self._request["columns"])
        names = [column["name"] for column in self._request["columns"]]
        patients = xgboost.DMatrix(rows, feature_names=names, nthread=1)
        margin = self._booster.predict(patients, output_margin=True).astype(np.float64)
        log_odds = self._request["intercept"] + self._request["slope"] * margin
        limit = self._request["threshold"]
        shifted = 1.0 / (1.0 + np.exp(np.log(limit / (1.0 - limit)) - log_odds))
        return np.column_stack([1 - shifted, shifted])

    def predict(self, frame: pd.DataFrame) -> Rows:
        """Classes (n,)."""
        return np.asarray(self.predict_proba(frame)[:, 1] >= 0.5, dtype=np.float64)


def encode(frame: pd.DataFrame, columns: list[dict[str, Any]]) -> Rows:
    """Typed patients as numbers (n, p): levels by their position."""
    parts = [
        pd.to_numeric(frame[column["name"]])
        if column["is_numeric"]
        else frame[column["name"]].map({name: at for at, name in enumerate(column["levels"])})
        for column in columns
    ]
    return np.column_stack([np.asarray(part, dtype=np.float64) for part in parts])


def decode(rows: Rows, columns: list[dict[str, Any]]) -> pd.DataFrame:
    """Encoded patients (n, p) with levels as text, as dice-ml expects them."""
    frame = pd.DataFrame(index=range(len(rows)))
    for at, column in enumerate(columns):
        values = pd.Series(rows[:, at])
        if column["is_numeric"]:
            whole = column["kind"] == "integer" and not values.isna().any()
            frame[column["name"]] = values.astype(int) if whole else values
        else:
            frame[column["name"]] = values.map(dict(enumerate(column["levels"]))).astype(object)
    return frame


def prepare(folder: Path, request: Request) -> Callable[[Rows], Rows]:
    """An explainer bound to the request; it answers one encoded patient (p,) with (k, p)."""
    columns = request["columns"]
    model = ShiftedClassifier(folder, request)
    complete = decode(np.load(folder / "patients.npy"), columns).dropna()
    complete["outcome"] = model.predict(complete).astype(int)
    numbers = [column["name"] for column in columns if column["is_numeric"]]
    patients = dice_ml.Data(
        dataframe=complete,
        continuous_features=numbers,
        outcome_name="outcome",
        continuous_features_precision=request["precisions"],
    )
    backend = dice_ml.Model(model=model, backend="sklearn")
    explainer = dice_ml.Dice(patients, backend, method=request["method"])
    options = {
        "total_CFs": request["n_answers"],
        "desired_class": "opposite",
        "features_to_vary": [column["name"] for column in columns if column["actionable"]],
        "permitted_range": request["ranges"],
    }
    if request["method"] == "random":
        options["random_seed"] = request["seed"]

    def answer(row: Rows) -> Rows:
        try:
            found = explainer.generate_counterfactuals(
                decode(row[None], columns), verbose=False, **options
            )
        except Exception as error:
            # dice-ml says in this way that it found nothing.
            if "No counterfactuals" not in str(error):
                raise
            return np.empty((0, len(columns)))
        answers = found.cf_examples_list[0].final_cfs_df
        if answers is None or len(answers) == 0:
            return np.empty((0, len(columns)))
        return encode(answers, columns)

    return answer


def main() -> None:
    """Answer every patient of the request; the time of each is kept."""
    folder, request = read_request()
    logging.disable(logging.CRITICAL)
    rows = np.load(folder / "rows.npy")
    seconds, found = [], []

    def answer_all() -> None:
        for row in rows:
            started = perf_counter()
            found.append(answer(row))
            seconds.append(perf_counter() - started)

    silence = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(silence), redirect_stderr(silence):
        warnings.simplefilter("ignore")
        answer = prepare(folder, request)
        _, cost = measure_work(answer_all)
    np.save(folder / "answers.npy", np.vstack(found))
    counts = [len(answers) for answers in found]
    packages = ("dice-ml", "xgboost", "pandas")
    write_answer(folder, cost, packages, counts=counts, seconds=seconds)


if __name__ == "__main__":
    main()
