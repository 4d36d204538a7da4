"""Measure one engine in a process of its own, so that its peak memory is its own too."""

from __future__ import annotations

import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from benchmarks.tree_shap.engines import ENGINES
from explainers.core.arrays import FloatArray

# Values of so many patients are compared between engines.
N_COMPARED = 200
N_TRAINED = 50_000
N_FEATURES = 30


@dataclass(frozen=True)
class Measurement:
    """What one engine took for all patients.

    Attributes
    ----------
    cpu_seconds : float
        Of all threads together, scaled from the patients that were measured to all.
    n_measured : int
    peak_mb : float
        Peak memory of the whole process in MB, with the patients and the packages it loads.
    values : ndarray of shape (compared patients, p)
    """

    engine: str
    game: str
    cpu_seconds: float
    n_measured: int
    peak_mb: float
    values: FloatArray

    def to_dict(self) -> dict[str, Any]:
        """For JSON, without the values."""
        record = asdict(self)
        del record["values"]
        return record


def make_patients(n: int, seed: int) -> FloatArray:
    """Patients (n, 30), of whose values 5% are missing."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, N_FEATURES))
    matrix[rng.random(matrix.shape) < 0.05] = np.nan
    return matrix


def train(n_trees: int, depth: int, seed: int) -> xgboost.Booster:
    """A booster with main effects, interactions and noise."""
    matrix = make_patients(N_TRAINED, seed)
    known = np.nan_to_num(matrix)
    signal = (
        known[:, 0]
        + known[:, 1] * known[:, 2]
        + np.sin(3 * known[:, 3])
        + known[:, 4:] @ (np.linspace(0.5, 0.0, N_FEATURES - 4))
    )
    labels = signal + np.random.default_rng(seed + 1).normal(size=len(matrix)) > 0
    names = [f"f{number}" for number in range(N_FEATURES)]
    settings = {"objective": "binary:logistic", "max_depth": depth, "eta": 0.1, "nthread": 2}
    return xgboost.train(settings, xgboost.DMatrix(matrix, labels, feature_names=names), n_trees)


def measure(position: int, model: Path, n_patients: int, seed: int) -> Measurement:
    """Run the engine at that position of ENGINES in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measure_here, position, model, n_patients, seed).result()


def _measure_here(position: int, model: Path, n_patients: int, seed: int) -> Measurement:
    engine = ENGINES[position]
    booster = xgboost.Booster({"nthread": 1}, model_file=str(model))
    n_measured = min(n_patients, max(int(engine.share * n_patients), N_COMPARED))
    matrix = make_patients(n_patients, seed)[:n_measured]
    work = engine.prepare(booster, matrix)
    seconds = np.inf
    for _ in range(engine.n_repeats):
        started = time.process_time()
        values = work()
        seconds = min(seconds, time.process_time() - started)
    unit = 1 if sys.platform == "darwin" else 1024
    return Measurement(
        engine=engine.name,
        game=engine.game,
        cpu_seconds=seconds * n_patients / n_measured,
        n_measured=n_measured,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6,
        values=np.asarray(values[:N_COMPARED], dtype=np.float64),
    )
