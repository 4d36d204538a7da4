"""What a mitigation does to every group, before and after, and who pays for it.

Everything is counted on held-out patients, from whom the mitigation learnt nothing, at the declared
threshold. A change has an interval of its own: it is of the same patients, so it is often far
narrower than the two figures it lies between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from explainers.core.arrays import BoolArray
from explainers.core.belonging import Belonging
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.core.subgroup import Slice
from explainers.disclosure.changes import ChangeDecision, decide_changes
from explainers.disclosure.counts import (
    SMALLEST_CELL,
    Family,
)
from explainers.disclosure.persons import floor_in_rows
from explainers.disclosure.suppression import decide_suppression
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
from explainers.subgroups.mitigation_held_out import OUTCOMES, HeldOut, Published, hider
from explainers.subgroups.outcome_counts import count_outcomes, reference_slice
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
    floor = floor_in_rows(study.cohort, floor)
    held_out = HeldOut.of(study, by, floor)
    published = held_out.at_thresholds(counts)
    effects = []
    for one in mended:
        counted = _Counted.of(held_out, one, published, counts.thresholds)
        decision = _decide(held_out, counted, published)
        if one.is_cut:
            published.append(counted.published(held_out, decision.figures.groups))
        effects.append(_effect(held_out, counted, decision, level))
    return tuple(effects)


@dataclass(frozen=True, eq=False)
class _Counted:
    """A mitigation, the flags (m,) that are counted, and the cuts that are not its own."""

    mended: Mended
    is_flagged: BoolArray
    cuts: Mapping[str, float]

    @classmethod
    def of(
        cls,
        held_out: HeldOut,
        mended: Mended,
        published: Sequence[Published],
        thresholds: Sequence[float],
    ) -> _Counted:
        is_flagged = np.array(mended.is_flagged[held_out.study.is_labelled])
        if not mended.is_cut:
            return cls(mended, is_flagged, {})
        cuts = {}
        meant = {step.group: step.threshold for step in mended.steps if not step.reason}
        for at, place in enumerate(held_out.places):
            wanted = meant.get(place.label)
            hidden = any(held_out.before.groups[family][at] for family in OUTCOMES)
            if wanted is None or hidden:
                continue
            own = held_out.members[at]
            shown = [one for one in published if one.shows(at)]
            group, others = (
                GroupRisk(held_out.risk[who], held_out.is_event[who], np.array(flagged), thresholds)
                for who, flagged in (
                    (own, [one.flagged[at, ::-1] for one in shown]),
                    (~own, [one.others[at, ::-1] for one in shown]),
                )
            )
            cut = group.showable_cut(wanted, held_out.floor, others)
            if cut is not None and cut != wanted:
                is_flagged[own] = held_out.risk[own] >= cut
                cuts[place.label] = cut
        return cls(mended, is_flagged, cuts)

    def published(self, held_out: HeldOut, hidden: Mapping[Family, BoolArray]) -> Published:
        """What its figures tell of each group and of all others."""
        meant = {step.group: step.threshold for step in self.mended.steps if not step.reason}
        declared = held_out.study.threshold
        cuts = [
            self.cuts.get(place.label, meant.get(place.label) or declared)
            for place in held_out.places
        ]
        return Published(held_out.flagged(self.is_flagged), held_out.beyond(cuts), hidden)


def _decide(held_out: HeldOut, counted: _Counted, published: Sequence[Published]) -> ChangeDecision:
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
        new = counted.published(held_out, held_out.before.groups)
        pairs = [held_out.nested(old, new) for old in published]
        crossings += [crossing for pair in pairs for crossing in pair]
    return decide_changes(held_out.before, after, crossings, is_cut=is_cut)


def _effect(
    held_out: HeldOut, counted: _Counted, decision: ChangeDecision, level: float
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
    held_out: HeldOut,
    counted: _Counted,
    decision: ChangeDecision,
    row: tuple[Slice, BoolArray, int | None],
    settings: MetricSettings,
) -> _Compared:
    place, own, at = row
    mended = counted.mended
    is_event = held_out.is_event[own]
    clusters = _clusters_of(held_out, own)
    before = Flagging(is_event, held_out.risk[own], held_out.is_flagged[own], clusters)
    new_risk = mended.risk[held_out.study.is_labelled][own]
    after = Flagging(is_event, new_risk, counted.is_flagged[own], clusters)
    was = held_out.figures(before, settings, at)
    known = was[: len(OF_RISK)] if before.has_risks_of(after) else ()
    now = estimate_figures(after, settings, hider(decision.figures, at), known)
    hides_people = hider(decision.people, at)
    is_left_alone = place.label in mended.left_alone
    return _Compared(place, (before, after), (was, now), hides_people, is_left_alone)


def _clusters_of(held_out: HeldOut, own: BoolArray) -> Belonging | None:
    clusters = held_out.study.cohort.clusters
    return None if clusters is None else clusters.select(held_out.study.is_labelled).select(own)
