"""Whether the model ranks hospitals rather than patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

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
# More than half of what the model seems to know, it knows from the site.
MOST_OF_IT = 0.5


@dataclass(frozen=True)
class Shortcut:
    """AUROC within sites against AUROC across them, where the features give the site away.

    Where sites differ in prevalence, a model that recognises the site ranks well across sites and
    badly within them. Found when the AUROC within is lower by 0.05 or more, surely, and some site
    is told from the others by the features with an AUROC surely above 0.714.
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
            level = corrected_level(len(groupings))
            within, gap = _ranking(study, grouping, level)
            if (gap.value or 0.0) > -RELEVANT_LOSS or (gap.high is None or gap.high >= 0.0):
                continue
            told = tell_apart(inspection, grouping, corrected_level(len(grouping.labels)))
            if named := [one for one in told if (one.auroc.low or 0.0) > STANDS_IN]:
                findings.append(self._finding(grouping, within, gap, named))
        names = ", ".join(grouping.label for grouping in groupings)
        looked_at = f"Ranking within and across {names}; outcomes may differ for good reasons."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _not_applicable(self, reason: str) -> CheckResult:
        return CheckResult.not_applicable(self.code, self.title, reason)

    def _finding(
        self, grouping: Grouping, within: Estimate, gap: Estimate, named: list[Readable]
    ) -> Finding:
        inside = within.value or 0.5
        across = inside - (gap.value or 0.0)
        is_most = inside - 0.5 < MOST_OF_IT * (across - 0.5)
        severity: Severity = "high" if is_most else "medium"
        sites = ", ".join(one.label for one in named)
        return Finding(
            code=self.code,
            title=f"{grouping.label} carries part of the prediction",
            severity=severity,
            explanation=(
                f"Across all patients the AUROC is {across:.2f}, between patients of the same"
                f" {grouping.label.lower()} {inside:.2f}; and the features give away who is of"
                f" {sites}. Part of what looks like knowing the patient is knowing the place."
            ),
            evidence=(within, gap, *(one.auroc for one in named)),
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
