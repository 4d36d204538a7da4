"""The held-out patients that mitigations are judged on, and what is published of them by cuts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.core.subgroup import Slice
from explainers.disclosure.changes import Crossing
from explainers.disclosure.counts import FLAGGED_EVENTS, FLAGGED_OTHERS, Family
from explainers.disclosure.suppression import Decision, decide_suppression
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.subgroups.mitigation_changes import Flagging, Hider, estimate_figures
from explainers.subgroups.outcome_counts import count_outcomes, reference_slice
from explainers.subgroups.slices import make_slices
from explainers.subgroups.threshold_counts import ThresholdCounts

OUTCOMES: tuple[Family, ...] = (FLAGGED_EVENTS, FLAGGED_OTHERS)


@dataclass(frozen=True, eq=False)
class Published:
    """Figures of k groups, each flagged from a cut of its own on the model's risk.

    Attributes
    ----------
    flagged : ndarray of shape (k, 2)
        How many of each group are flagged, without and with the outcome.
    others : ndarray of shape (k, 2)
        How many of all other patients would be by the same cut.
    hidden : Mapping from Family to ndarray of shape (k,)
        Groups of which it is not published.
    """

    flagged: IntArray
    others: IntArray
    hidden: Mapping[Family, BoolArray]

    def shows(self, at: int) -> bool:
        """Whether something is published of the group at that position."""
        return not all(self.hidden[family][at] for family in OUTCOMES)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The m labelled patients of a study, in k groups, as the model flags them.

    Attributes
    ----------
    study : Study
    by : str
    places : tuple of Slice, length k
    members : tuple of ndarray of shape (m,), length k
    position : ndarray of shape (m,)
        The group that each patient is in.
    is_event, is_flagged : ndarray of shape (m,)
    before : Decision
        On the figures at the declared threshold.
    floor : int
    computed : dict
        Figures before, once computed.
    """

    study: Study
    by: str
    places: tuple[Slice, ...]
    members: tuple[BoolArray, ...]
    position: IntArray
    is_event: BoolArray
    is_flagged: BoolArray
    before: Decision
    floor: int
    computed: dict[int | None, tuple[Estimate, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, study: Study, by: str, floor: int) -> HeldOut:
        """The held-out patients of a study by one attribute."""
        is_labelled = study.is_labelled
        slices = make_slices(study, [by])
        places = tuple(place for place, _ in slices)
        members = tuple(own[is_labelled] for _, own in slices)
        everybody = LabelledRisk.of_study(study)
        groups = [everybody.select(own) for own in members]
        before = decide_suppression(
            places, count_outcomes(groups, study.threshold), floor, reference_slice(study, [by])
        )
        position = np.zeros(len(everybody), dtype=np.int64)
        for at, own in enumerate(members):
            position[own] = at
        is_flagged = everybody.risk >= study.threshold
        return cls(
            study, by, places, members, position, everybody.is_event, is_flagged, before, floor
        )

    @cached_property
    def risk(self) -> FloatArray:
        """Their risks, (m,)."""
        return self.study.risk[self.study.is_labelled]

    def figures(
        self, patients: Flagging, settings: MetricSettings, at: int | None
    ) -> tuple[Estimate, ...]:
        """Figures before of everybody (None) or a group, the same for every mitigation."""
        if at not in self.computed:
            self.computed[at] = estimate_figures(patients, settings, hider(self.before, at))
        return self.computed[at]

    def flagged(self, is_flagged: BoolArray) -> IntArray:
        """How many of each group are flagged, (k, 2) without and with the outcome."""
        codes = 2 * self.position[is_flagged] + self.is_event[is_flagged]
        return np.bincount(codes, minlength=2 * len(self.places)).reshape(-1, 2)

    @cached_property
    def sizes(self) -> IntArray:
        """Patients of each group, (k, 2) without and with the outcome."""
        return self.flagged(np.ones(len(self.is_event), dtype=bool))

    def at_thresholds(self, counts: ThresholdCounts) -> list[Published]:
        """The declared threshold, then every other one at which groups are counted elsewhere."""
        thresholds = np.array(counts.thresholds)
        flagged = np.zeros((len(thresholds), len(self.places), 2), dtype=np.int64)
        for at, own in enumerate(self.members):
            for outcome in (0, 1):
                risk = np.sort(self.risk[own & (self.is_event == bool(outcome))])
                below = np.searchsorted(risk, thresholds, side="left")
                flagged[:, at, outcome] = len(risk) - below
        counted = {place for place, _ in counts.counted}
        uncounted = np.array([place not in counted for place in self.places])
        hidden = dict.fromkeys(OUTCOMES, uncounted)
        declared = self.flagged(self.is_flagged)
        return [
            Published(declared, declared.sum(axis=0) - declared, self.before.groups),
            *(Published(own, own.sum(axis=0) - own, hidden) for own in flagged),
        ]

    def beyond(self, cuts: Sequence[float]) -> IntArray:
        """How many outside of each group are at or above its cut, (k, 2) as ``flagged``."""
        counts = [
            np.bincount(self.is_event[~own & (self.risk >= cut)], minlength=2)
            for own, cut in zip(self.members, cuts, strict=True)
        ]
        return np.array(counts, dtype=np.int64)

    def crossing(self, is_flagged: BoolArray) -> Crossing:
        """Who is flagged before and after, for any two flags."""
        code = 4 * self.is_event + 2 * self.is_flagged + is_flagged
        counts = np.bincount(8 * self.position + code, minlength=8 * len(self.places))
        return Crossing(counts.reshape(-1, 2, 2, 2), self.before.groups)

    def nested(self, old: Published, new: Published) -> tuple[Crossing, Crossing]:
        """The same for two cuts on one risk, of the groups and of everybody outside of each.

        Where nobody of a group changes sides, nothing new is told of the others either.
        """
        moved = np.any(old.flagged != new.flagged, axis=1)
        others = np.where(moved[:, None], new.others, old.others)
        everybody = self.sizes.sum(axis=0)
        own = _nested(self.sizes, old.flagged, new.flagged)
        rest = _nested(everybody - self.sizes, old.others, others)
        # Figures at the declared threshold are told already, whatever they say of the others.
        rest = np.where(moved[:, None, None, None], rest, 0)
        return Crossing(own, old.hidden), Crossing(rest, old.hidden)


def _nested(sizes: IntArray, old: IntArray, new: IntArray) -> IntArray:
    """Counts (k, 2, 2, 2) by outcome and two flags, of which one flags all that the other does."""
    both, either = np.minimum(old, new), np.maximum(old, new)
    rows = [[sizes - either, either - old], [either - new, both]]
    return np.moveaxis(np.array(rows), (0, 1), (2, 3))


def hider(decision: Decision, at: int | None) -> Hider:
    """The reason to withhold what reveals some counts, for everybody (None) or a group; or ""."""

    def reason(reveals: Sequence[Family]) -> str:
        hides = decision.hides_overall(reveals) if at is None else decision.hides_group(at, reveals)
        return decision.reason if hides else ""

    return reason
