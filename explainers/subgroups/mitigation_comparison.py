"""What a mitigation does to every group, before and after, and who pays for it.

Everything is counted on held-out patients, from whom the mitigation learnt nothing, at the declared
threshold. A change has an interval of its own: it is of the same patients, so it is often far
narrower than the two figures it lies between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.core.subgroup import Slice
from explainers.disclosure.changes import ChangeDecision, Crossing, decide_changes
from explainers.disclosure.counts import (
    FLAGGED_EVENTS,
    FLAGGED_OTHERS,
    SMALLEST_CELL,
    Family,
    check_floor,
)
from explainers.disclosure.suppression import Decision, decide_suppression
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.subgroups.mitigation import Mended
from explainers.subgroups.mitigation_changes import (
    OF_RISK,
    Flagging,
    Hider,
    estimate_changes,
    estimate_figures,
    estimate_people,
)
from explainers.subgroups.mitigation_cuts import GroupRisk
from explainers.subgroups.mitigation_effects import GroupEffect, MitigationEffect
from explainers.subgroups.outcome_counts import count_outcomes, reference_slice
from explainers.subgroups.slices import make_slices
from explainers.subgroups.threshold_counts import ThresholdCounts
from explainers.uncertainty.multiplicity import simultaneous_level


def compare_mitigations(
    study: Study,
    counts: ThresholdCounts,
    by: str,
    mended: Sequence[Mended],
    floor: int = SMALLEST_CELL,
    level: float = 0.95,
) -> tuple[MitigationEffect, ...]:
    """Before and after of each mitigation, for everybody and each group of one attribute.

    Parameters
    ----------
    study : Study
        At the declared threshold.
    counts : ThresholdCounts
        Of the same study and attribute: a rule that moves the cut in a group is held against
        every threshold at which the group is counted elsewhere.
    by : str
        The attribute the mitigations were made for.
    mended : sequence of Mended
        All that are made by cuts on the old risk together, always in the same order: each is held
        against those before it, so that subtracting their figures gives nobody away.
    floor : int
        Smallest count that may be shown, 11 or more.
    level : float
        Confidence level of figures, and of all changes of one mitigation together.

    Returns
    -------
    tuple of MitigationEffect
        Fit to be shown.

    Raises
    ------
    SettingsError
        For a floor lower than 11.
    SchemaError
        For an attribute that the schema does not have.
    """
    check_floor(floor)
    held_out = _HeldOut.of(study, by, floor)
    published = held_out.at_thresholds(counts)
    effects = []
    for one in mended:
        counted = _Counted.of(held_out, one, published, counts.thresholds)
        decision = _decide(held_out, counted, published)
        if one.is_cut:
            flagged = held_out.flagged(counted.is_flagged)
            published.append(_Published(flagged, decision.figures.groups))
        effects.append(_effect(held_out, counted, decision, level))
    return tuple(effects)


_OUTCOMES: tuple[Family, ...] = (FLAGGED_EVENTS, FLAGGED_OTHERS)


@dataclass(frozen=True, eq=False)
class _Published:
    """How many of each of k groups a cut flags, (k, 2) without and with the outcome, if shown."""

    flagged: IntArray
    hidden: Mapping[Family, BoolArray]

    def shows(self, at: int) -> bool:
        return not all(self.hidden[family][at] for family in _OUTCOMES)


@dataclass(frozen=True, eq=False)
class _HeldOut:
    """The m labelled patients of a study, in k groups, as the model flags them."""

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
    def of(cls, study: Study, by: str, floor: int) -> _HeldOut:
        is_labelled = study.is_labelled
        slices = make_slices(study, [by])
        places = tuple(place for place, _ in slices)
        members = tuple(own[is_labelled] for _, own in slices)
        everybody = LabelledRisk.of(study.labels, study.risk)
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
        return self.study.risk[self.study.is_labelled]

    def figures(
        self, patients: Flagging, settings: MetricSettings, at: int | None
    ) -> tuple[Estimate, ...]:
        """Figures before of everybody (None) or a group, the same for every mitigation."""
        if at not in self.computed:
            self.computed[at] = estimate_figures(patients, settings, _hider(self.before, at))
        return self.computed[at]

    def flagged(self, is_flagged: BoolArray) -> IntArray:
        """How many of each group are flagged, (k, 2) without and with the outcome."""
        codes = 2 * self.position[is_flagged] + self.is_event[is_flagged]
        return np.bincount(codes, minlength=2 * len(self.places)).reshape(-1, 2)

    @cached_property
    def sizes(self) -> IntArray:
        """Patients of each group, (k, 2) without and with the outcome."""
        return self.flagged(np.ones(len(self.is_event), dtype=bool))

    def at_thresholds(self, counts: ThresholdCounts) -> list[_Published]:
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
        hidden = dict.fromkeys(_OUTCOMES, uncounted)
        declared = _Published(self.flagged(self.is_flagged), self.before.groups)
        return [declared, *(_Published(own, hidden) for own in flagged)]

    def crossing(self, is_flagged: BoolArray) -> Crossing:
        """Who is flagged before and after, for any two flags."""
        code = 4 * self.is_event + 2 * self.is_flagged + is_flagged
        counts = np.bincount(8 * self.position + code, minlength=8 * len(self.places))
        return Crossing(counts.reshape(-1, 2, 2, 2), self.before.groups)

    def nested(self, old: _Published, new: IntArray) -> Crossing:
        """The same for two cuts on one risk, of which one flags all that the other does."""
        everybody = self.sizes
        both, either = np.minimum(old.flagged, new), np.maximum(old.flagged, new)
        rows = [[everybody - either, either - old.flagged], [either - new, both]]
        return Crossing(np.moveaxis(np.array(rows), (0, 1), (2, 3)), old.hidden)


@dataclass(frozen=True, eq=False)
class _Counted:
    """A mitigation, the flags (m,) that are counted, and the cuts that are not its own."""

    mended: Mended
    is_flagged: BoolArray
    cuts: Mapping[str, float]

    @classmethod
    def of(
        cls,
        held_out: _HeldOut,
        mended: Mended,
        published: Sequence[_Published],
        thresholds: Sequence[float],
    ) -> _Counted:
        is_flagged = np.array(mended.is_flagged[held_out.study.is_labelled])
        if not mended.is_cut:
            return cls(mended, is_flagged, {})
        cuts = {}
        meant = {step.group: step.threshold for step in mended.steps if not step.reason}
        for at, place in enumerate(held_out.places):
            wanted = meant.get(place.label)
            hidden = any(held_out.before.groups[family][at] for family in _OUTCOMES)
            if wanted is None or hidden:
                continue
            own = held_out.members[at]
            shown = [one.flagged[at, ::-1] for one in published if one.shows(at)]
            group = GroupRisk(
                held_out.risk[own], held_out.is_event[own], np.array(shown), thresholds
            )
            cut = group.showable_cut(wanted, held_out.floor)
            if cut is not None and cut != wanted:
                is_flagged[own] = held_out.risk[own] >= cut
                cuts[place.label] = cut
        return cls(mended, is_flagged, cuts)


def _decide(
    held_out: _HeldOut, counted: _Counted, published: Sequence[_Published]
) -> ChangeDecision:
    is_flagged, is_cut = counted.is_flagged, counted.mended.is_cut
    groups = [
        LabelledRisk(held_out.is_event[own], is_flagged[own].astype(np.float64))
        for own in held_out.members
    ]
    threshold = held_out.study.threshold
    after = decide_suppression(
        held_out.places,
        count_outcomes(groups, threshold),
        held_out.floor,
        reference_slice(held_out.study, [held_out.by]),
    )
    crossings = [held_out.crossing(is_flagged)]
    if is_cut:
        new = held_out.flagged(is_flagged)
        crossings += [held_out.nested(old, new) for old in published[1:]]
    return decide_changes(held_out.before, after, crossings, is_cut=is_cut)


def _effect(
    held_out: _HeldOut, counted: _Counted, decision: ChangeDecision, level: float
) -> MitigationEffect:
    study = held_out.study
    everybody = np.ones(len(held_out.is_event), dtype=bool)
    rows: list[tuple[Slice, BoolArray, int | None]] = [(Slice(), everybody, None)]
    rows += [
        (place, own, at)
        for at, (place, own) in enumerate(zip(held_out.places, held_out.members, strict=True))
    ]
    settings = MetricSettings(study.threshold, level, study.seed)
    compared = [_compare(held_out, counted, decision, row, settings) for row in rows]
    n_contrasts = sum(one.n_contrasts for one in compared)
    strict = replace(settings, level=simultaneous_level(level, max(n_contrasts, 1)))
    mended = counted.mended
    groups = tuple(one.effect(settings, strict, counted) for one in compared)
    return MitigationEffect(
        mended.slug, held_out.by, study.threshold, groups, mended.steps, n_contrasts, level
    )


@dataclass(frozen=True, eq=False)
class _Compared:
    """One group with its figures before and after."""

    place: Slice
    pair: tuple[Flagging, Flagging]
    figures: tuple[tuple[Estimate, ...], tuple[Estimate, ...]]
    hides_people: Hider
    is_left_alone: bool

    @property
    def n_contrasts(self) -> int:
        """Changes that have an interval."""
        pairs = zip(*self.figures, strict=True)
        shown = sum(was.is_estimated and now.is_estimated for was, now in pairs)
        return 0 if self.is_left_alone else shown

    def effect(
        self, settings: MetricSettings, strict: MetricSettings, counted: _Counted
    ) -> GroupEffect:
        return GroupEffect(
            place=self.place,
            before=self.figures[0],
            after=self.figures[1],
            change=estimate_changes(self.pair, self.figures, strict, self.hides_people),
            people=estimate_people(self.pair, settings, self.hides_people),
            is_left_alone=self.is_left_alone,
            counted_at=counted.cuts.get(self.place.label),
        )


def _compare(
    held_out: _HeldOut,
    counted: _Counted,
    decision: ChangeDecision,
    row: tuple[Slice, BoolArray, int | None],
    settings: MetricSettings,
) -> _Compared:
    place, own, at = row
    mended = counted.mended
    is_event = held_out.is_event[own]
    before = Flagging(is_event, held_out.risk[own], held_out.is_flagged[own])
    new_risk = mended.risk[held_out.study.is_labelled][own]
    after = Flagging(is_event, new_risk, counted.is_flagged[own])
    was = held_out.figures(before, settings, at)
    known = was[: len(OF_RISK)] if before.has_risks_of(after) else ()
    now = estimate_figures(after, settings, _hider(decision.figures, at), known)
    hides_people = _hider(decision.people, at)
    is_left_alone = place.label in mended.left_alone
    return _Compared(place, (before, after), (was, now), hides_people, is_left_alone)


def _hider(decision: Decision, at: int | None) -> Hider:
    """The reason to withhold what reveals some counts, for everybody (None) or a group; or ""."""

    def reason(reveals: Sequence[Family]) -> str:
        hides = decision.hides_overall(reveals) if at is None else decision.hides_group(at, reveals)
        return decision.reason if hides else ""

    return reason
