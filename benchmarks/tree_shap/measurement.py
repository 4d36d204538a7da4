"""Measure one engine in a process of its own, so that its peak memory is its own too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import xgboost

from benchmarks.measurement import Cost, in_fresh_process, measure_work
from benchmarks.peer_environment import ask_peer
from benchmarks.tree_shap.engines import ENGINES, INTERVENTIONAL, N_REFERENCE
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
    engine, game : str
    cost : Cost
        Scaled from the patients that were measured to all; the memory is that of those measured.
    n_measured, n_patients : int
    values : ndarray of shape (compared patients, p)
    versions : dict
        Of the peer's packages, where it was measured in an environment of its own.
    """

    engine: str
    game: str
    cost: Cost
    n_measured: int
    n_patients: int
    values: FloatArray
    versions: dict[str, str]

    @property
    def part(self) -> float:
        """Share of the patients that was measured."""
        return self.n_measured / self.n_patients

    def to_dict(self) -> dict[str, Any]:
        """For JSON, without the values."""
        return {
            "engine": self.engine,
            "game": self.game,
            **self.cost.to_dict(),
            "n_measured": self.n_measured,
        }


def make_patients(n: int, seed: int) -> FloatArray:
    """Patients (n, 30), of whose values 5% are missing; the first of more are the same ones."""
    matrix = np.random.default_rng([seed, 0]).normal(size=(n, N_FEATURES))
    draws = np.random.default_rng([seed, 1]).random(matrix.shape, dtype=np.float32)
    matrix[draws < 0.05] = np.nan
    return matrix


def train(n_trees: int, depth: int, seed: int, n_trained: int = N_TRAINED) -> xgboost.Booster:
    """A booster with main effects, interactions and noise."""
    matrix = make_patients(n_trained, seed)
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
    return in_fresh_process(_measure_here, position, model, n_patients, seed)


def measure_woodelf(game: str, model: Path, n_patients: int, seed: int) -> Measurement:
    """Run woodelf-explainer in the environment of the peers, on the same patients."""
    with TemporaryDirectory() as directory:
        folder = Path(directory)
        in_fresh_process(_write_patients, folder, game, n_patients, seed)
        (folder / "model.ubj").write_bytes(model.read_bytes())
        answer = ask_peer("woodelf", folder, n_compared=N_COMPARED)
        values = np.load(folder / "values.npy")
    return Measurement(
        "woodelf", game, answer.cost, n_patients, n_patients, values, answer.versions
    )


def _write_patients(folder: Path, game: str, n_patients: int, seed: int) -> None:
    matrix = make_patients(n_patients, seed)
    np.save(folder / "patients.npy", matrix)
    if game == INTERVENTIONAL:
        np.save(folder / "reference.npy", matrix[:N_REFERENCE])


def _measure_here(position: int, model: Path, n_patients: int, seed: int) -> Measurement:
    engine = ENGINES[position]
    booster = xgboost.Booster({"nthread": 1}, model_file=str(model))
    n_measured = min(n_patients, max(int(engine.share * n_patients), N_COMPARED))
    matrix = make_patients(n_measured, seed)
    reference = matrix[:N_REFERENCE]
    values, cost = measure_work(engine.prepare(booster, matrix, reference), engine.n_repeats)
    if n_measured < n_patients:
        # What does not grow with the patients, such as reading the trees, is not scaled up.
        _, fixed = measure_work(engine.prepare(booster, matrix[:1], reference))
        cost = fixed.plus(cost.less(fixed).scaled((n_patients - 1) / (n_measured - 1)))
    return Measurement(
        engine=engine.name,
        game=engine.game,
        cost=cost,
        n_measured=n_measured,
        n_patients=n_patients,
        values=np.asarray(values[:N_COMPARED], dtype=np.float64),
        versions={},
    )
