"""Who is in the data: shares of each group against a target, and what was not recorded of whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.core.cohort import Cohort
from explainers.core.estimate import Estimate
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.disclosure.counts import CASES, SMALLEST_CELL, OutcomeCounts
from explainers.disclosure.persons import floor_in_rows
from explainers.disclosure.suppression import Decision, decide_suppression, withheld
from explainers.errors import SettingsError
from explainers.subgroups.slices import divide_cohort
from explainers.uncertainty.wilson import proportion_interval

SHARE, MISSING = "share_of_patients", "share_missing"
_SUM_TOLERANCE = 0.005


@dataclass(frozen=True)
class Representation:
    """Share of one group among the patients, and the share it was compared with.

    Attributes
    ----------
    place : Slice
    share : Estimate
        Among the patients, with its interval.
    target : float or None
        Share in the population or set of patients it is compared with; None where that has too
        few to show.
    """

    place: Slice
    share: Estimate
    target: float | None

    @property
    def ratio(self) -> float | None:
        """Share over target: 1 is in proportion; None where either is missing or the target 0."""
        if self.share.value is None or not self.target:
            return None
        return self.share.value / self.target

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "slice": dict(self.place.conditions),
            "share": self.share.to_dict(),
            "target": self.target,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Representation:
        """Inverse of :meth:`to_dict`."""
        place = Slice(tuple(record["slice"].items()))
        return cls(place, Estimate.from_dict(record["share"]), record["target"])


def compare_representation(
    cohort: Cohort,
    by: str,
    target: Mapping[str, float] | Cohort,
    floor: int = SMALLEST_CELL,
    level: float = 0.95,
    outcome: str = "",
) -> tuple[Representation, ...]:
    """Share of each group among the patients, beside a target population.

    Parameters
    ----------
    cohort : Cohort
        The patients that are described.
    by : str
        One attribute.
    target : mapping of str to float, or Cohort
        Share of each group by its label, adding up to 1, patients of whom the attribute was not
        recorded left out; or other patients, such as those the model was trained on.
    floor : int
        Smallest count that may be shown, 11 or more.
    level : float
        Confidence level of the Wilson intervals.
    outcome : str
        The outcome that other figures of these patients are of: groups of whom these withhold the
        cases are withheld here too, since two screens could be held against each other.

    Raises
    ------
    SettingsError
        For shares that are not of these groups, are negative or do not add up to 1, or a floor
        lower than 11.
    SchemaError
        For an attribute or outcome that the schema does not have.
    """
    floor = floor_in_rows(cohort, floor)
    places, counts = _count_groups(cohort, by)
    hidden = _hidden_elsewhere(cohort, by, outcome, floor)
    decision = _hiding(_decide(places, counts, np.zeros_like(counts), floor), hidden)
    if isinstance(target, Cohort):
        shares = _shares(target, by, floor)
    else:
        shares = _checked(target, [place.label for place in places])
    n = int(counts.sum())
    return tuple(
        Representation(
            place, _share(SHARE, int(count), n, (decision, at, level)), shares.get(place.label)
        )
        for at, (place, count) in enumerate(zip(places, counts, strict=True))
    )


def compare_missingness(
    study: Study, by: str, floor: int = SMALLEST_CELL, level: float = 0.95
) -> tuple[tuple[Column, SubgroupTable], ...]:
    """How often each input of the model was not recorded, for everybody and each group.

    Inputs that every patient has are left out. The patients are those of
    :func:`described_patients`.

    Returns
    -------
    tuple of (Column, SubgroupTable)
        The inputs that groups differ in most come first.

    Raises
    ------
    SettingsError, SchemaError
        As :func:`compare_representation`.
    """
    floor = floor_in_rows(study.cohort, floor)
    slices = divide_cohort(study.cohort, [by])
    places, is_described = tuple(place for place, _ in slices), _is_described(study)
    hidden = _hidden_elsewhere(study.cohort, by, study.outcome, floor)
    found = []
    for position, column in enumerate(study.model.columns):
        is_missing = np.isnan(study.matrix[:, position]) & is_described
        if not is_missing.any():
            continue
        missing = np.array([int((is_missing & own).sum()) for _, own in slices])
        present = np.array([int((is_described & own).sum()) for _, own in slices]) - missing
        decision = _hiding(_decide(places, missing, present, floor), hidden)
        found.append((column, _missing_table(places, (missing, present), decision, level)))
    return tuple(sorted(found, key=lambda entry: -_spread(entry[1])))


def described_patients(study: Study) -> Cohort:
    """Who is counted: the patients with an outcome, whom all other figures are of.

    Counting those without one as well would tell by subtraction how few these are. Where nobody
    has an outcome, there are no other figures and everybody is counted.
    """
    is_described = _is_described(study)
    if is_described.all():
        return study.cohort
    ids = study.cohort.patient_ids
    return study.cohort.select([ids[row] for row in np.flatnonzero(is_described)])


def _is_described(study: Study) -> BoolArray:
    is_labelled = study.is_labelled
    return is_labelled if is_labelled.any() else np.ones(len(is_labelled), dtype=np.bool_)


def _missing_table(
    places: tuple[Slice, ...],
    counts: tuple[IntArray, IntArray],
    decision: Decision,
    level: float,
) -> SubgroupTable:
    missing, present = counts
    total = int(missing.sum() + present.sum())
    overall = (
        withheld(MISSING, decision)
        if decision.hides_overall((CASES,))
        else _estimate(MISSING, int(missing.sum()), total, level)
    )
    groups = tuple(
        (
            place,
            _share(
                MISSING, int(missing[at]), int(missing[at] + present[at]), (decision, at, level)
            ),
        )
        for at, place in enumerate(places)
    )
    return SubgroupTable(MISSING, overall, groups)


def _count_groups(cohort: Cohort, by: str) -> tuple[tuple[Slice, ...], IntArray]:
    slices = divide_cohort(cohort, [by])
    return (
        tuple(place for place, _ in slices),
        np.array([int(own.sum()) for _, own in slices], dtype=np.int64),
    )


def _decide(places: Sequence[Slice], first: IntArray, second: IntArray, floor: int) -> Decision:
    """What to hide of two counts of each group: those who have something, and those who do not."""
    none = np.zeros_like(first)
    return decide_suppression(places, OutcomeCounts(first, none, second, none), floor)


def _hidden_elsewhere(cohort: Cohort, by: str, outcome: str, floor: int) -> BoolArray:
    """Groups (k,) of whom the figures at a threshold withhold how many have the outcome."""
    slices = divide_cohort(cohort, [by])
    labels = cohort.outcome_labels(outcome) if outcome else np.full(len(cohort), np.nan)
    counts = [np.array([int((labels[own] == kind).sum()) for _, own in slices]) for kind in (1, 0)]
    none = np.zeros_like(counts[0])
    reference = Slice(((by, cohort.schema.group(by).reference),))
    table = OutcomeCounts(counts[0], none, counts[1], none)
    places = [place for place, _ in slices]
    return decide_suppression(places, table, floor, reference).groups[CASES]


def _hiding(decision: Decision, hidden: BoolArray) -> Decision:
    return replace(decision, groups={**decision.groups, CASES: decision.groups[CASES] | hidden})


def _share(metric: str, count: int, n: int, context: tuple[Decision, int, float]) -> Estimate:
    decision, at, level = context
    if decision.hides_group(at, (CASES,)):
        return withheld(metric, decision)
    return _estimate(metric, count, n, level)


def _estimate(metric: str, count: int, n: int, level: float) -> Estimate:
    if n == 0:
        return Estimate.not_estimable(metric, "Nobody here is of this group.", n=0, n_events=0)
    interval = proportion_interval(count, n, level)
    return Estimate(
        metric, count / n, interval.low, interval.high, n, count, interval.method, level=level
    )


def _shares(cohort: Cohort, by: str, floor: int) -> dict[str, float]:
    """Shares of the groups that are large enough to be told."""
    places, counts = _count_groups(cohort, by)
    decision = _decide(places, counts, np.zeros_like(counts), floor)
    return {
        place.label: int(count) / max(int(counts.sum()), 1)
        for at, (place, count) in enumerate(zip(places, counts, strict=True))
        if not decision.hides_group(at, (CASES,))
    }


def _checked(target: Mapping[str, float], labels: Sequence[str]) -> dict[str, float]:
    if unknown := sorted(set(target) - set(labels)):
        raise SettingsError(
            "a target share must be of one of the groups",
            value=unknown[0],
            remedy=f"There are: {', '.join(labels)}.",
        )
    if any(share < 0 for share in target.values()):
        raise SettingsError("a target share must not be negative", value=min(target.values()))
    if abs(sum(target.values()) - 1.0) > _SUM_TOLERANCE:
        raise SettingsError(
            "target shares must add up to 100%",
            value=f"{100 * sum(target.values()):.1f}%",
            remedy="Give the share of every group.",
        )
    return dict(target)


def _spread(table: SubgroupTable) -> float:
    """Distance between the groups that lack it most and least; the published ones only."""
    values = [estimate.value for _, estimate in table.groups if estimate.value is not None]
    return max(values) - min(values) if values else 0.0
