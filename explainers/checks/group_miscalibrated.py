"""Whether the risks of some group are too low or too high."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explainers.checks.inspection import Inspection
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.core.phrases import name_patients
from explainers.core.schema import Grouping
from explainers.core.subgroup import Slice
from explainers.subgroups.disaggregation import compare_groups

# Observed/expected beyond these, interval included, changes what a risk means at the bedside.
RELEVANT = (0.8, 1.25)
FAMILY_LEVEL = 0.95


@dataclass(frozen=True)
class GroupMiscalibrated:
    """Observed over expected by group, corrected for how many groups were looked at.

    A group is named when the interval of its ratio, widened by Bonferroni's rule to hold for all
    groups at once, excludes 1 and the ratio itself lies beyond a quarter either way.
    """

    code: ClassVar[str] = "group-miscalibrated"
    title: ClassVar[str] = "A group whose risks are too low or too high"
    doc: ClassVar[str] = "observed-expected"

    def run(self, inspection: Inspection) -> CheckResult:
        """High severity where risks are too low; medium where they are too high."""
        study = inspection.study
        groupings = study.cohort.schema.groups
        if not study.is_labelled.any():
            return self._not_applicable("no held-out patient has a recorded outcome")
        if not groupings:
            return self._not_applicable("the schema names no groups")
        n_groups = sum(len(grouping.labels) for grouping in groupings)
        level = 1 - (1 - FAMILY_LEVEL) / n_groups
        findings = []
        for grouping in groupings:
            (table,) = compare_groups(study, (grouping.name,), ("oe_ratio",), level=level)
            findings += [
                self._finding(grouping, place, ratio)
                for place, ratio in table.groups
                if is_off(ratio)
            ]
        looked_at = f"{n_groups} groups by {len(groupings)} attributes."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _not_applicable(self, reason: str) -> CheckResult:
        return CheckResult.not_applicable(self.code, self.title, reason)

    def _finding(self, grouping: Grouping, place: Slice, ratio: Estimate) -> Finding:
        value = ratio.value or 1.0
        side = "low" if value > 1 else "high"
        severity: Severity = "high" if value > 1 else "medium"
        return Finding(
            code=self.code,
            title=f"Risks are too {side} for {name_patients(place.label, grouping.label)}",
            severity=severity,
            explanation=(
                f"For every person the model expects to have the outcome in this group,"
                f" {value:.2f} have it. A risk read off for somebody of this group is too {side}."
            ),
            evidence=(ratio,),
            affected=f"{grouping.label}: {place.label}",
            remedy="Recalibrate for this group or say so wherever its risks are shown.",
            doc=self.doc,
        )


def is_off(ratio: Estimate) -> bool:
    """Whether an observed/expected ratio is both surely and relevantly off 1."""
    if ratio.value is None or ratio.low is None or ratio.high is None:
        return False
    is_relevant = not RELEVANT[0] <= ratio.value <= RELEVANT[1]
    return is_relevant and (ratio.low > 1 or ratio.high < 1)
