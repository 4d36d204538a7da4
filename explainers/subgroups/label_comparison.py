"""From counts of who is selected to figures that may be shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.estimate import Estimate
from explainers.core.link import Link
from explainers.core.provenance import Provenance
from explainers.disclosure.counts import SMALLEST_CELL, check_floor
from explainers.errors import SettingsError
from explainers.models.bundle import Bundle
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.metrics import find_metric
from explainers.subgroups.candidate_labels import RankedPatients
from explainers.subgroups.label_results import (
    CandidateLabel,
    GroupSelection,
    LabelChoice,
    NeedCurve,
    Overlap,
)
from explainers.subgroups.need_by_risk import need_by_risk, risk_percentiles
from explainers.subgroups.selection_sample import SelectionSample
from explainers.subgroups.selections import SelectionCounts
from explainers.subgroups.share_ladder import USUAL_SHARE, ShareLadder

METHOD = "label-choice"
FAVOURED = "The swap takes from this group, the reference."
BY_RECORDED_NEED = -1


@dataclass(frozen=True)
class LabelSettings:
    """What to compare.

    Attributes
    ----------
    outcomes : tuple of str
        The label in question, the need it is held against, then any others; by default those of the
        schema, in its order.
    top : float
        Share of the patients to select; the nearest one that is released is.
    by : str
        Attribute by which patients are told apart; by default the schema's first.
    floor : int
        Smallest count that may be shown, 11 or more.
    level : float
        Confidence level.
    n_resamples, seed : int
        Of the bootstrap. Who is selected does not depend on the seed.
    """

    outcomes: tuple[str, ...] = ()
    top: float = USUAL_SHARE
    by: str = ""
    floor: int = SMALLEST_CELL
    level: float = 0.95
    n_resamples: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        check_floor(self.floor)
        if not 0.0 < self.top < 1.0:
            raise SettingsError(
                "the share that is selected must lie between 0 and 1, both excluded",
                value=self.top,
                remedy="Use 0.1 for the top tenth.",
            )


@dataclass(frozen=True, eq=False)
class ComparedGroups:
    """The groups of a comparison.

    Attributes
    ----------
    places : tuple of str, length g
        Their labels.
    reference : str
        That of the reference, or of the groups put together that hold it.
    ladder : ShareLadder
        Whose hidden groups are hidden in every table, so that none can be held against another.
    """

    places: tuple[str, ...]
    reference: str
    ladder: ShareLadder

    @property
    def position(self) -> int:
        """Of the reference; -1 where it has no patients."""
        return self.places.index(self.reference) if self.reference in self.places else -1

    @property
    def merged(self) -> tuple[str, ...]:
        """Those of several groups put together."""
        named = zip(self.places, self.ladder.parts, strict=True)
        return tuple(place for place, part in named if len(part) > 1)


@dataclass(frozen=True, eq=False)
class LabelComparison:
    """What of the counts goes into the result of a comparison.

    Attributes
    ----------
    bundle : Bundle
    patients : RankedPatients
    settings : LabelSettings
    compared : ComparedGroups
    sample : SelectionSample
    """

    bundle: Bundle
    patients: RankedPatients
    settings: LabelSettings
    compared: ComparedGroups
    sample: SelectionSample

    @property
    def ladder(self) -> ShareLadder:
        """Shares and groups that may be shown."""
        return self.compared.ladder

    def result(self) -> LabelChoice:
        """All of it."""
        patients, settings, sample = self.patients, self.settings, self.sample
        outcomes = patients.outcomes
        hidden = self.ladder.hidden
        return LabelChoice(
            model=self.bundle.facts.name,
            cohort=patients.cohort.schema.facts.name,
            n=sample.n,
            n_train=patients.n_train,
            n_selected=sample.ranked.n_selected,
            top=self.ladder.share_of(sample.ranked.n_selected),
            asked=settings.top,
            shares=self.ladder.shares,
            by=settings.by,
            reference=self.compared.reference,
            merged=self.compared.merged,
            measure=patients.measure,
            labels=tuple(self._label(at) for at in range(len(outcomes))),
            groups=tuple(
                self._hidden_group(at) if hides else self._group(at, hidden)
                for at, hides in enumerate(hidden)
            ),
            overlaps=tuple(
                self._overlap(first, second)
                for second in range(len(outcomes))
                for first in range(second)
            ),
            curves=self._curves(hidden),
            floor=settings.floor,
            provenance=self._provenance(),
        )

    def _provenance(self) -> Provenance:
        asked = {
            "outcomes": [outcome.name for outcome in self.patients.outcomes],
            "top": self.settings.top,
            "by": self.settings.by,
            "n_resamples": self.settings.n_resamples,
        }
        return Provenance(
            model_digest=self.bundle.facts.digest,
            cohort_digest=self.patients.cohort.digest,
            method=METHOD,
            seed=self.settings.seed,
            settings=asked,
        )

    def _label(self, at: int) -> CandidateLabel:
        outcomes, sample = self.patients.outcomes, self.sample
        hides = [self._hides_events(at, other) for other in range(len(outcomes))]
        own = outcomes[at]
        hides_need = self._hides_need(at, hides_outcome=hides[1])
        return CandidateLabel(
            outcome=own.name,
            label=own.label,
            note=own.note,
            auroc=self._auroc(at),
            concentration=tuple(
                sample.withheld("concentration") if hidden else self._concentration(at, other)
                for other, hidden in enumerate(hides)
            ),
            among=tuple(
                sample.withheld("events_among_selected") if hidden else self._among(at, other)
                for other, hidden in enumerate(hides)
            ),
            need=sample.withheld("mean_need") if hides_need else self._need(at),
        )

    def _concentration(self, at: int, other: int) -> Estimate:
        return self.sample.share(
            "concentration",
            lambda counts: counts.events[:, at, other],
            lambda counts: counts.all_events[:, other],
        )

    def _among(self, at: int, other: int) -> Estimate:
        return self.sample.share(
            "events_among_selected", lambda counts: counts.events[:, at, other], self._selected
        )

    def _need(self, at: int) -> Estimate:
        return self.sample.mean(
            "mean_need", lambda counts: counts.need[:, at] / self._selected(counts)
        )

    def _selected(self, counts: SelectionCounts) -> FloatArray:
        """How many are selected in each draw, (b,): always the same."""
        return np.full(len(counts.need), float(self.sample.ranked.n_selected))

    def _hides_events(self, at: int, other: int) -> bool:
        """Whether a count of selected or not by outcome is too small, for everybody together."""
        return self.sample.ranked.n_selected not in self.ladder.events[at][other]

    def _hides_need(self, at: int, *, hides_outcome: bool) -> bool:
        """Whether the mean need of the selected is hidden: times people it is a sum."""
        if self.patients.measure.is_share:
            return hides_outcome
        return self.sample.ranked.n_selected not in self.ladder.needs[at]

    def _auroc(self, at: int) -> Estimate:
        labels = self.patients.labels[:, at]
        if self.sample.hides([labels.sum(), len(labels) - labels.sum()]):
            return self.sample.withheld("auroc")
        link = Link(self.bundle.model.link.score_kind)
        risk = link.risk(self.patients.scores[:, at])
        ranked = LabelledRisk.of(labels, risk, self.patients.cohort.clusters)
        facts, settings = self.bundle.facts, self.settings
        return find_metric("auroc").estimate(
            ranked, MetricSettings(facts.threshold, settings.level, settings.seed)
        )

    def _group(self, at: int, hidden: BoolArray) -> GroupSelection:
        sample, outcomes = self.sample, range(len(self.patients.outcomes))
        is_event = self.patients.labels == 1.0
        is_member = sample.ranked.members[:, at] == 1.0
        chosen = sample.ranked.n_selected
        return GroupSelection(
            group=self.compared.places[at],
            everybody=sample.counted_share(
                "group_share", is_member, np.ones(sample.n, dtype=np.bool_)
            ),
            in_need=tuple(
                sample.counted_share("group_share_in_need", is_member, is_event[:, own])
                if self.ladder.in_need[own]
                else sample.withheld("group_share_in_need")
                for own in outcomes
            ),
            share=tuple(self._share(at, own) for own in outcomes),
            rate=tuple(self._rate(at, own) for own in outcomes),
            change=sample.mean(
                "selected_share_change",
                lambda counts: (counts.groups[:, 1, at] - counts.groups[:, 0, at]) / chosen,
            ),
            recorded_need=self._recorded_need(at),
            swap=self._swap(at, hidden),
        )

    def _share(self, at: int, ranking: int) -> Estimate:
        return self.sample.share(
            "selected_share", lambda counts: counts.groups[:, ranking, at], self._selected
        )

    def _recorded_need(self, at: int) -> Estimate:
        if self.sample.ranked.n_selected not in self.ladder.recorded:
            return self.sample.withheld("selected_share")
        return self._share(at, BY_RECORDED_NEED)

    def _rate(self, at: int, ranking: int) -> Estimate:
        return self.sample.share(
            "selection_rate",
            lambda counts: counts.groups[:, ranking, at],
            lambda counts: counts.everybody[:, at],
        )

    def _hidden_group(self, at: int) -> GroupSelection:
        withheld = self.sample.withheld
        outcomes = self.patients.outcomes
        return GroupSelection(
            group=self.compared.places[at],
            everybody=withheld("group_share"),
            in_need=tuple(withheld("group_share_in_need") for _ in outcomes),
            share=tuple(withheld("selected_share") for _ in outcomes),
            rate=tuple(withheld("selection_rate") for _ in outcomes),
            change=withheld("selected_share_change"),
            recorded_need=withheld("selected_share"),
            swap=withheld("selected_share"),
        )

    def _swap(self, at: int, hidden: BoolArray) -> Estimate:
        """Share of a group after the swap; the people swapped are a count of their own."""
        sample, favoured = self.sample, self.sample.ranked.favoured
        if at == favoured:
            return Estimate.not_estimable("selected_share", FAVOURED, n=sample.n, n_events=0)
        if favoured < 0 or hidden[favoured]:
            return sample.withheld("selected_share")
        swapped = sample.point.swapped[0, at]
        pair = [at, favoured]
        after = sample.point.groups[0, 0, pair] + [swapped, -swapped]
        left = sample.point.everybody[0, pair] - after
        if sample.hides([swapped, *after, *left]):
            return sample.withheld("selected_share")
        return sample.share(
            "selected_share",
            lambda counts: counts.groups[:, 0, at] + counts.swapped[:, at],
            self._selected,
        )

    def _overlap(self, first: int, second: int) -> Overlap:
        sample, chosen = self.sample, self.sample.ranked.n_selected
        both = sample.point.both[0, first, second]
        is_told = chosen in self.ladder.both[first, second]
        hides = not is_told or sample.hides([both, chosen - both])
        share = sample.share(
            "overlap", lambda counts: counts.both[:, first, second], self._selected
        )
        names = [self.patients.outcomes[at].name for at in (first, second)]
        return Overlap(names[0], names[1], sample.withheld("overlap") if hides else share)

    def _curves(self, hidden: BoolArray) -> tuple[NeedCurve, ...]:
        settings, ranked, belonging = self.settings, self.sample.ranked, self.sample.belonging
        found = []
        for at, outcome in enumerate(self.patients.outcomes):
            percentile = risk_percentiles(ranked.orders[at])
            for group in np.flatnonzero(~hidden):
                rows = np.flatnonzero(ranked.members[:, group])
                curve = need_by_risk(
                    percentile[rows],
                    self.patients.recorded.of(rows),
                    settings.floor,
                    settings.level,
                    settings.seed,
                    None if belonging is None else belonging.of_rows(rows),
                )
                if curve is not None:
                    found.append(NeedCurve(outcome.name, self.compared.places[group], curve))
        return tuple(found)
