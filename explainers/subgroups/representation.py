"""Who is in the data: shares of each group against a target, and what was not recorded of whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.core.belonging import Belonging
from explainers.core.cohort import Cohort
from explainers.core.estimate import Estimate
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.disclosure.counts import CASES, SMALLEST_CELL, OutcomeCounts
from explainers.disclosure.persons import floor_in_rows
from explainers.disclosure.suppression import Decision, decide_suppression, withheld
from explainers.errors import SettingsError
from explainers.performance.cluster_intervals import ONE_CLUSTER
from explainers.subgroups.slices import divide_cohort
from explainers.uncertainty.clusters import share_interval

NOBODY = "Nobody here is of this group."
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
        Confidence level of the Wilson intervals, which allow for patients who belong together.
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
    return tuple(
        Representation(
            place,
            _share(SHARE, _Among(own, cohort.clusters), (decision, at, level)),
            shares.get(place.label),
        )
        for at, (place, own) in enumerate(divide_cohort(cohort, [by]))
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
        members = [is_described] + [is_described & own for _, own in slices]
        among = [_Among.of(is_missing, own, study.cohort.clusters) for own in members]
        found.append((column, _missing_table(places, among, decision, level)))
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


@dataclass(frozen=True, eq=False)
class _Among:
    """For which of some patients (n,) something holds, and who of them belongs together."""

    holds: BoolArray
    clusters: Belonging | None

    @classmethod
    def of(cls, holds: BoolArray, is_member: BoolArray, clusters: Belonging | None) -> _Among:
        own = None if clusters is None else clusters.select(is_member)
        return cls(holds[is_member], own)

    def estimate(self, metric: str, level: float) -> Estimate:
        n, count = len(self.holds), int(self.holds.sum())
        if n == 0:
            return Estimate.not_estimable(metric, NOBODY, n=0, n_events=0)
        if self.clusters is not None and self.clusters.is_one:
            return Estimate.not_estimable(metric, ONE_CLUSTER, n=n, n_events=count)
        found = share_interval(self.holds, self.clusters, level)
        return Estimate(
            metric, count / n, found.low, found.high, n, count, found.method, level=level
        )


def _missing_table(
    places: tuple[Slice, ...], among: Sequence[_Among], decision: Decision, level: float
) -> SubgroupTable:
    """From those of everybody and then of each group."""
    everybody, *groups = among
    overall = (
        withheld(MISSING, decision)
        if decision.hides_overall((CASES,))
        else everybody.estimate(MISSING, level)
    )
    shares = tuple(
        (place, _share(MISSING, own, (decision, at, level)))
        for at, (place, own) in enumerate(zip(places, groups, strict=True))
    )
    return SubgroupTable(MISSING, overall, shares)


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


def _share(metric: str, among: _Among, context: tuple[Decision, int, float]) -> Estimate:
    decision, at, level = context
    if decision.hides_group(at, (CASES,)):
        return withheld(metric, decision)
    return among.estimate(metric, level)


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
