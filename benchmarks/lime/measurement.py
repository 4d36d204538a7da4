"""What is timed, each in a process of its own so that its peak memory is its own."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from time import perf_counter, process_time
from typing import Any

import numpy as np

from explainers.attribution.lime_sampling import filled_reference
from explainers.attribution.lime_tabular import LimeTabular
from explainers.core import Study
from explainers.core.arrays import FloatArray
from explainers.models.tree_scoring import load_compiled
from explainers.workspace import Workspace

Work = Callable[[], list[list[float]]]
BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Question:
    """One patient of a built-in model, explained on the risk scale under some seeds."""

    model: str
    n_seeds: int
    n_samples: int = 5000
    repeats: int = 5


@dataclass(frozen=True)
class Measurement:
    """One contender's cost.

    Attributes
    ----------
    name, model : str
    n_seeds : int
    cpu_seconds, wall_seconds : float
        Median over repeats, after one that is not counted; CPU time of all threads.
    peak_megabytes : float
        Growth of the process's largest resident size over what it held before the first run.
    weights : list of list of float
        Local weights per seed, empty where only the model is timed.
    """

    name: str
    model: str
    n_seeds: int
    cpu_seconds: float
    wall_seconds: float
    peak_megabytes: float
    weights: list[list[float]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON, without the weights."""
        return {name: value for name, value in asdict(self).items() if name != "weights"}


def measure(name: str, question: Question) -> Measurement:
    """Run one contender of :data:`CONTENDERS` in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(_measure_here, name, question).result()


def _measure_here(name: str, question: Question) -> Measurement:
    study = Workspace().open_study(question.model)
    load_compiled()  # the model is as fast for lime as for us
    row = study.matrix[~np.isnan(study.matrix).any(axis=1)][0]
    study.predict(row[None, :], "risk")
    work = CONTENDERS[name](study, row, question)
    before = _peak_bytes()
    weights = work()
    costs = np.array([_time(work) for _ in range(question.repeats)])
    cpu, wall = np.median(costs, axis=0)
    return Measurement(
        name=name,
        model=question.model,
        n_seeds=question.n_seeds,
        cpu_seconds=float(cpu),
        wall_seconds=float(wall),
        peak_megabytes=(_peak_bytes() - before) / 2**20,
        weights=weights,
    )


def _time(work: Work) -> tuple[float, float]:
    cpu, wall = process_time(), perf_counter()
    work()
    return process_time() - cpu, perf_counter() - wall


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_UNIT


def _lime(study: Study, row: FloatArray, question: Question) -> Work:
    """Calls of ``explain_instance``; making lime's explainers is not timed."""
    import lime.lime_tabular  # noqa: PLC0415  (its import must not count as another's memory)

    columns = list(study.model.columns)
    reference = filled_reference(study.reference_matrix, columns)

    def predict(invented: FloatArray) -> FloatArray:
        return study.predict(invented, "risk")

    def make(seed: int) -> Any:
        return lime.lime_tabular.LimeTabularExplainer(
            reference,
            mode="regression",
            categorical_features=[at for at, each in enumerate(columns) if not each.is_numeric],
            feature_selection="none",
            random_state=np.random.RandomState(seed),
        )

    explainers = [make(seed) for seed in range(question.n_seeds)]

    def work() -> list[list[float]]:
        return [_in_order(_explain(explainer).local_exp[1]) for explainer in explainers]

    def _explain(explainer: Any) -> Any:
        return explainer.explain_instance(
            row, predict, num_features=len(row), num_samples=question.n_samples
        )

    return work


def _in_order(weights: Sequence[tuple[int, float]]) -> list[float]:
    return [float(weight) for _, weight in sorted(weights, key=lambda pair: pair[0])]


def _ours(study: Study, row: FloatArray, question: Question) -> Work:
    method, seeds = LimeTabular(question.n_samples), range(question.n_seeds)

    def work() -> list[list[float]]:
        return [fit.weights.tolist() for fit in method.explain_seeds(study, row, seeds, "risk")]

    return work


def _model_only(study: Study, row: FloatArray, question: Question) -> Work:  # noqa: ARG001
    """The model on as many rows as the others predict, as many to a call as ours."""
    n_rows = question.n_seeds * question.n_samples
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(study.reference_matrix), (n_rows, study.reference_matrix.shape[1]))
    rows = np.take_along_axis(study.reference_matrix, drawn, axis=0)

    def work() -> list[list[float]]:
        study.predict(rows, "risk")
        return []

    return work


CONTENDERS: dict[str, Callable[[Study, FloatArray, Question], Work]] = {
    "lime": _lime,
    "pellucid": _ours,
    "model": _model_only,
}
