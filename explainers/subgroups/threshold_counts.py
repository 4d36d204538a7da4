"""Everybody and each group counted at the same thresholds, none of which gives anybody away.

Curves and tables at several thresholds could be subtracted from each other. So all of them are
made from one set of counts: the people between two neighbouring thresholds, with and without the
outcome, are 0 or at least the floor in every group shown, and in all other patients together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.study import Study
from explainers.core.subgroup import Slice
from explainers.disclosure.counts import (
    CASES,
    FLAGGED_EVENTS,
    FLAGGED_OTHERS,
    SMALLEST_CELL,
    check_floor,
)
from explainers.disclosure.persons import floor_in_rows
from explainers.disclosure.suppression import decide_suppression
from explainers.performance.cluster_intervals import ONE_CLUSTER
from explainers.performance.curves import NoCurve
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.risk_bins import (
    RiskBins,
    count_between,
    cut_risks,
    merge_together,
)
from explainers.subgroups.outcome_counts import count_outcomes, reference_slice
from explainers.subgroups.slices import make_slices

# One small group would leave all others with hardly a threshold, since all share the same ones.
FLOORS_FOR_CURVE = 5
_TOO_FEW = "Withheld: fewer than {floor} people with or without the outcome."
_FEW = "Fewer than {least} people with the outcome, or fewer than {least} without it."

GroupBins = RiskBins | NoCurve


@dataclass(frozen=True)
class ThresholdCounts:
    """Who lies between which thresholds, for everybody and by group.

    Attributes
    ----------
    everybody : RiskBins or NoCurve
        All labelled patients; finer than the groups, whose edges are among these.
    groups : tuple of (Slice, RiskBins or NoCurve)
        In display order, all with the same edges; or why a group is not counted.
    threshold : float
        The declared threshold, an edge wherever the counts allow it.
    """

    everybody: GroupBins
    groups: tuple[tuple[Slice, GroupBins], ...]
    threshold: float

    @property
    def counted(self) -> tuple[tuple[Slice, RiskBins], ...]:
        """The groups that are counted."""
        return tuple((place, bins) for place, bins in self.groups if isinstance(bins, RiskBins))

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Thresholds that everybody and every counted group share, ascending."""
        if self.counted:
            return self.counted[0][1].thresholds
        return self.everybody.thresholds if isinstance(self.everybody, RiskBins) else ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "threshold": self.threshold,
            "everybody": _to_dict(self.everybody),
            "groups": [
                {"slice": dict(place.conditions), "bins": _to_dict(bins)}
                for place, bins in self.groups
            ],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> ThresholdCounts:
        """Inverse of :meth:`to_dict`."""
        groups = tuple(
            (Slice(tuple(entry["slice"].items())), _from_dict(entry["bins"]))
            for entry in record["groups"]
        )
        return cls(_from_dict(record["everybody"]), groups, record["threshold"])


def count_by_threshold(
    study: Study, by: str | None = None, floor: int = SMALLEST_CELL
) -> ThresholdCounts:
    """Count everybody and each group between thresholds, around the declared one.

    A group is counted where its figures at the declared threshold may be shown and it has at least
    five times the floor both with and without the outcome; and where rows belong together, if they
    are of more than one person or site, since no figure would have an interval otherwise.

    Parameters
    ----------
    study : Study
        Counted around its declared threshold: counts around one that somebody moves could be
        subtracted.
    by : str, optional
        One attribute; everybody alone without it.
    floor : int
        Smallest count that may be shown, 11 or more.

    Raises
    ------
    SettingsError
        For a floor lower than 11.
    SchemaError
        For an attribute that the schema does not have.
    """
    floor = floor_in_rows(study.cohort, floor)
    patients, declared = LabelledRisk.of_study(study), study.declared_threshold
    everybody = cut_risks(patients, floor, declared) if len(patients) else None
    division = _divide(study, patients, by, floor)
    if everybody is None or _is_one(patients):
        withheld = NoCurve(ONE_CLUSTER if everybody else _TOO_FEW.format(floor=floor))
        places = tuple((place, withheld) for place in division.places)
        return ThresholdCounts(withheld, places, declared)
    edges = _shared_edges(division, everybody.edges, declared)
    groups = tuple(
        (place, count_between(group, edges) if not reason else NoCurve(reason))
        for place, group, reason in zip(
            division.places, division.groups, division.reasons, strict=True
        )
    )
    return ThresholdCounts(everybody, groups, declared)


@dataclass(frozen=True)
class _Division:
    """The labelled patients of each group, and why a group is not counted ("" where it is)."""

    places: tuple[Slice, ...]
    groups: tuple[LabelledRisk, ...]
    reasons: tuple[str, ...]
    floor: int


def _divide(study: Study, everybody: LabelledRisk, by: str | None, floor: int) -> _Division:
    if by is None:
        return _Division((), (), (), check_floor(floor))
    slices = make_slices(study, [by])
    places = tuple(place for place, _ in slices)
    groups = tuple(everybody.select(own[study.is_labelled]) for _, own in slices)
    reference = reference_slice(study, [by])
    counts = count_outcomes(groups, study.declared_threshold)
    decision = decide_suppression(places, counts, floor, reference)
    few = [bool((own < FLOORS_FOR_CURVE * floor).any()) for own in counts.pair(CASES)]
    reasons = tuple(
        decision.reason
        if decision.hides_group(at, (CASES, FLAGGED_EVENTS, FLAGGED_OTHERS))
        else _FEW.format(least=FLOORS_FOR_CURVE * floor)
        if is_few
        else ONE_CLUSTER
        if _is_one(groups[at])
        else ""
        for at, is_few in enumerate(few)
    )
    return _Division(places, groups, reasons, floor)


def _is_one(patients: LabelledRisk) -> bool:
    return patients.clusters is not None and patients.clusters.is_one


def _shared_edges(division: _Division, edges: FloatArray, threshold: float) -> FloatArray:
    """Edges at which no counted group, nor all others together, shows a few people."""
    # The threshold may be no edge of everybody's, but figures of groups are published at it.
    fine = np.union1d(edges, [threshold])
    nobody = np.zeros(len(fine) - 1)
    parts: list[RiskBins] = []
    others = [RiskBins(fine, nobody, nobody)]
    for group, reason in zip(division.groups, division.reasons, strict=True):
        (others if reason else parts).append(count_between(group, fine))
    if not parts:
        return edges
    rest = RiskBins(
        fine,
        np.sum([part.events for part in others], axis=0),
        np.sum([part.others for part in others], axis=0),
    )
    starts = merge_together([*parts, rest], division.floor, threshold)
    return edges[[0, -1]] if starts is None else np.intersect1d(fine[starts], edges)


def _to_dict(bins: GroupBins) -> dict[str, Any]:
    return {"reason": bins.reason} if isinstance(bins, NoCurve) else bins.to_dict()


def _from_dict(record: Mapping[str, Any]) -> GroupBins:
    return NoCurve(record["reason"]) if "reason" in record else RiskBins.from_dict(record)
