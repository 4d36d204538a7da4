"""Whether the model ranks hospitals rather than patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explainers.checks.between_sites import BetweenSites, compare_within_sites
from explainers.checks.certainty import is_surely_above, is_surely_below
from explainers.checks.evidence import corrected_level
from explainers.checks.inspection import Inspection
from explainers.checks.read_off import STANDS_IN, Readable, tell_apart
from explainers.checks.sites import NO_SITES, site_groupings
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.core.schema import Grouping
from explainers.core.study import Study
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.stratified_auroc import GAP, WITHIN, estimate_auroc_within

# Of a hundred pairs, five that only the site put in the right order.
RELEVANT_LOSS = 0.05
# More than half of what the model seems to know, it knows from the site; or more than half of what
# an input adds between sites does not hold within them.
MOST_OF_IT = 0.5
# The same patient's odds, half as high again at another site, as for shifts of calibration.
RELEVANT_LOG_ODDS = float(np.log(1.5))


@dataclass(frozen=True)
class _Figures:
    """Of one grouping: ranking within sites, how far that is above all pairs, and the inputs."""

    within: Estimate
    gap: Estimate
    inputs: BetweenSites | None

    @property
    def inside(self) -> float:
        """AUROC within sites; one half where there is none."""
        return self.within.value or 0.5

    @property
    def is_ranking_lost(self) -> bool:
        """Whether the AUROC is surely and relevantly lower within sites."""
        return is_surely_below(self.gap, 0.0) and (self.gap.value or 0.0) <= -RELEVANT_LOSS

    @property
    def is_most_lost(self) -> bool:
        """Whether more than half of the ranking is lost."""
        across = self.inside - (self.gap.value or 0.0)
        return self.is_ranking_lost and self.inside - 0.5 < MOST_OF_IT * (across - 0.5)

    @property
    def is_unborne(self) -> bool:
        """Whether inputs that give a site away move risks by what does not hold within sites."""
        if self.inputs is None or not self.inputs.within < MOST_OF_IT <= self.inputs.overall:
            return False
        unborne = self.inputs.unborne
        return is_surely_above(unborne, 0.0) and (unborne.value or 0.0) >= RELEVANT_LOG_ODDS

    @property
    def said(self) -> str:
        """What those inputs do, in a sentence."""
        if self.inputs is None or not self.is_unborne:
            return ""
        odds = float(np.exp(self.inputs.unborne.value or 0.0))
        return (
            f" {', '.join(self.inputs.features)}: between two sites this makes the same patient's"
            f" odds {odds:.1f} times as high, beyond what outcomes within the sites bear out."
        )

    @property
    def evidence(self) -> tuple[Estimate, ...]:
        """What a finding rests on."""
        own = (self.inputs.unborne,) if self.inputs is not None and self.is_unborne else ()
        return (self.within, self.gap, *own)


@dataclass(frozen=True)
class Shortcut:
    """What the model knows across sites and not within them, where features give the site away.

    Where sites differ in prevalence, a model that recognises the site ranks well across sites and
    badly within them. Found when the AUROC within is lower by 0.05 or more, surely, and some site
    is told from the others by the features with an AUROC surely above 0.714. A model that also
    knows its patients well loses less; so it is found, too, when single inputs that give a site
    away move risks between sites by half of the odds or more, outcomes bear out more than half of
    that over all patients, but within the sites less than half and surely not all
    (:mod:`~explainers.checks.between_sites`). Where they do not bear it out over all patients
    either, risks are wrong by site, which is another check's to say.
    """

    code: ClassVar[str] = "shortcut"
    title: ClassVar[str] = "A site that carries the prediction"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """High severity where more than half of the ranking is lost within sites, else medium."""
        study = inspection.study
        groupings = site_groupings(study)
        if not groupings:
            return self._not_applicable(NO_SITES)
        if not study.is_labelled.any():
            return self._not_applicable("no held-out patient has a recorded outcome")
        findings = []
        for grouping in groupings:
            level = corrected_level(2 * len(groupings))
            figures = _Figures(
                *_ranking(study, grouping, level), compare_within_sites(study, grouping, level)
            )
            if not (figures.is_ranking_lost or figures.is_unborne):
                continue
            told = tell_apart(inspection, grouping, corrected_level(len(grouping.labels)))
            if named := [one for one in told if (one.auroc.low or 0.0) > STANDS_IN]:
                findings.append(self._finding(grouping, figures, named))
        names = ", ".join(grouping.label for grouping in groupings)
        looked_at = f"Ranking within and across {names}; outcomes may differ for good reasons."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _not_applicable(self, reason: str) -> CheckResult:
        return CheckResult.not_applicable(self.code, self.title, reason)

    def _finding(self, grouping: Grouping, figures: _Figures, named: list[Readable]) -> Finding:
        severity: Severity = "high" if figures.is_most_lost else "medium"
        sites = ", ".join(one.label for one in named)
        across = figures.inside - (figures.gap.value or 0.0)
        return Finding(
            code=self.code,
            title=f"{grouping.label} carries part of the prediction",
            severity=severity,
            explanation=(
                f"Across all patients the AUROC is {across:.2f}, between patients of the same"
                f" {grouping.label.lower()} {figures.inside:.2f}; and the features give away who is"
                f" of {sites}.{figures.said} Part of what looks like knowing the patient is knowing"
                " the place."
            ),
            evidence=(*figures.evidence, *(one.auroc for one in named)),
            affected="Everybody",
            remedy=(
                "Judge the model within each site and at one that it has not seen; look for inputs"
                " that are recorded, or missing, by site."
            ),
            doc=self.doc,
        )


def _ranking(study: Study, grouping: Grouping, level: float) -> tuple[Estimate, Estimate]:
    """AUROC within sites and its difference from all pairs; suppressed where counts are small."""
    codes = study.cohort.group_labels(grouping.name).codes.astype(np.int64)
    rows = np.flatnonzero((codes >= 0) & study.is_labelled)
    patients = LabelledRisk.of(study.labels[rows], study.risk[rows])
    if min(patients.n_events, patients.n_others) < SMALLEST_CELL:
        reason = f"Fewer than {SMALLEST_CELL} patients with or without the outcome."
        return Estimate.suppressed(WITHIN, reason), Estimate.suppressed(GAP, reason)
    settings = MetricSettings(None, level, study.seed)
    return estimate_auroc_within(patients, codes[rows], settings)
