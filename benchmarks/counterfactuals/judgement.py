"""One judge for everybody's counterfactuals, by the model, the schema and the real patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import numpy as np
from scipy.sparse.csgraph import connected_components

from benchmarks.measurement import Cost, measure_work
from explainers.alternatives import SeenPatients
from explainers.core import Study
from explainers.core.arrays import BoolArray, FloatArray

_REAL_SHARE = 0.95

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
    n_linked : float
        The same with inputs that are worked out from each other, or closely tied in one clinical
        concept, counted once: weight, body mass index and waist are one.
    n_sets : float
        Different sets of changed inputs per patient.
    cost : float
        Median sum of changes in units of the cohort's spread (levels count 1).
    usual : float
        Share of counterfactuals no farther from real patients than 95% of these are.
    contradictory : float
        Share in which inputs that follow from each other (body mass index, weight, height) do not.
    torn : float
        Share in which an input departs from the others of its concept by more than in 95% of real
        patients, and by more than it did before.
    milliseconds_median, milliseconds_max : float
        Wall time per patient.
    n_counterfactuals : int
    """

    method: str
    answered: float
    valid: float
    n_changed: float
    n_linked: float
    n_sets: float
    cost: float
    usual: float
    contradictory: float
    torn: float
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
    limit = seen.distance_limit(_REAL_SHARE)
    changed = answers != before
    return Judgement(
        method=found.method,
        answered=len(set(owners[valid])) / len(rows),
        valid=_mean(valid),
        n_changed=_mean(changed.sum(axis=1)),
        n_linked=_mean([_count_linked(each, _links(seen)) for each in changed]),
        n_sets=float(
            np.mean([_count_sets(*pair) for pair in zip(found.answers, rows, strict=True)])
        ),
        cost=_median_cost(study, seen, before, answers),
        usual=_mean([seen.kth_distance(answer) <= limit for answer in answers]),
        contradictory=_mean(
            [any(relation.is_broken(answer) for relation in seen.relations) for answer in answers]
        ),
        torn=_mean(_is_torn(seen, before, answers)),
        milliseconds_median=1000 * float(np.median(found.seconds)),
        milliseconds_max=1000 * float(np.max(found.seconds)),
        n_counterfactuals=len(answers),
    )


def _is_valid(
    study: Study, seen: SeenPatients, before: FloatArray, answers: FloatArray
) -> BoolArray:
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


def _is_torn(seen: SeenPatients, before: FloatArray, answers: FloatArray) -> BoolArray:
    torn = np.zeros(len(answers), dtype=bool)
    for at, (row, answer) in enumerate(zip(before, answers, strict=True)):
        torn[at] = any(tie.is_torn(row, answer[None], _REAL_SHARE)[0] for tie in seen.ties)
    return torn


def _links(seen: SeenPatients) -> BoolArray:
    """Which inputs (p, p) are worked out from each other or closely tied."""
    groups = [relation.members for relation in seen.relations]
    groups += [(tie.position, *tie.others) for tie in seen.ties if tie.is_close]
    links = np.zeros((len(seen.ranges), len(seen.ranges)), dtype=bool)
    for group in groups:
        links[np.ix_(group, group)] = True
    return links


def _count_linked(changed: BoolArray, links: BoolArray) -> int:
    """Changed inputs (p,), those that hang together counted once."""
    return int(connected_components(links[np.ix_(changed, changed)], directed=False)[0])


def _count_sets(answers: FloatArray, row: FloatArray) -> int:
    return len({changed.tobytes() for changed in answers != row})


def _mean(values: Sequence[float] | np.ndarray[tuple[int], np.dtype[Any]]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
