"""One judge for everybody's counterfactuals, by the model, the schema and the real patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter

import numpy as np

from benchmarks.measurement import Cost, measure_work
from explainers.alternatives import SeenPatients
from explainers.core import Study
from explainers.core.arrays import FloatArray

Method = Callable[[FloatArray], FloatArray]
"""From one encoded patient (p,) to their counterfactuals (k, p); k may be 0."""


@dataclass(frozen=True)
class Judgement:
    """What one method achieved.

    Attributes
    ----------
    method : str
    answered : float
        Share of patients with at least one valid counterfactual.
    valid : float
        Share of counterfactuals that cross the threshold, change only actionable inputs, and only
        to values inside the seen range that the schema can hold.
    n_changed : float
        Mean number of inputs changed by a counterfactual, those carried along included.
    cost : float
        Median sum of changes in units of the cohort's spread (levels count 1).
    usual : float
        Share of counterfactuals no farther from real patients than 95% of these are.
    contradictory : float
        Share in which inputs that follow from each other (body mass index, weight, height) do not.
    milliseconds_median, milliseconds_max : float
        Wall time per patient.
    n_counterfactuals : int
    """

    method: str
    answered: float
    valid: float
    n_changed: float
    cost: float
    usual: float
    contradictory: float
    milliseconds_median: float
    milliseconds_max: float
    n_counterfactuals: int

    def to_dict(self) -> dict[str, object]:
        """Plain values, fit for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Found:
    """What one method answered, before it is judged.

    Attributes
    ----------
    method : str
    answers : tuple of ndarray of shape (k, p)
        Counterfactuals of each patient, encoded; k may be 0.
    seconds : tuple of float
        Wall time for each patient.
    cost : Cost
        Of all patients together.
    """

    method: str
    answers: tuple[FloatArray, ...]
    seconds: tuple[float, ...]
    cost: Cost


def ask(name: str, method: Method, rows: FloatArray) -> Found:
    """Run a method on encoded patients (n, p), one after another."""
    seconds, found = [], []

    def answer_all() -> None:
        for row in rows:
            started = perf_counter()
            found.append(method(row))
            seconds.append(perf_counter() - started)

    _, cost = measure_work(answer_all)
    return Found(name, tuple(found), tuple(seconds), cost)


def judge(found: Found, rows: FloatArray, study: Study, seen: SeenPatients) -> Judgement:
    """Judge all that a method answered for encoded patients (n, p)."""
    answers = np.vstack(found.answers)
    owners = np.repeat(np.arange(len(rows)), [len(own) for own in found.answers])
    before = rows[owners]
    valid = _is_valid(study, seen, before, answers)
    limit = seen.distance_limit(0.95)
    return Judgement(
        method=found.method,
        answered=len(set(owners[valid])) / len(rows),
        valid=_share(valid),
        n_changed=float((answers != before).sum(axis=1).mean()) if len(answers) else np.nan,
        cost=_median_cost(study, seen, before, answers),
        usual=_share([seen.kth_distance(answer) <= limit for answer in answers]),
        contradictory=_share(
            [any(relation.is_broken(answer) for relation in seen.relations) for answer in answers]
        ),
        milliseconds_median=1000 * float(np.median(found.seconds)),
        milliseconds_max=1000 * float(np.max(found.seconds)),
        n_counterfactuals=len(answers),
    )


def _is_valid(
    study: Study, seen: SeenPatients, before: FloatArray, answers: FloatArray
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    crosses = (study.predict(before, "risk") >= study.threshold) != (
        study.predict(answers, "risk") >= study.threshold
    )
    fits = np.ones(len(answers), dtype=bool)
    for at, column in enumerate(study.model.columns):
        changed, values = answers[:, at] != before[:, at], answers[:, at]
        low, high = seen.ranges[at]
        allowed = (values >= low) & (values <= high) & column.actionable
        if column.kind != "number":
            allowed &= values == np.round(values)
        fits &= ~changed | allowed
    return np.asarray(crosses & fits)


def _median_cost(
    study: Study, seen: SeenPatients, before: FloatArray, answers: FloatArray
) -> float:
    if len(answers) == 0:
        return float("nan")
    steps = np.abs(answers - before) / seen.units
    is_level = np.array([not column.is_numeric for column in study.model.columns])
    steps = np.where(is_level, steps > 0, steps)
    return float(np.median(steps.sum(axis=1)))


def _share(flags: Sequence[bool] | np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    return float(np.mean(flags)) if len(flags) else float("nan")
