"""Whether a protected attribute can be read off the features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explainers.checks.evidence import corrected_level
from explainers.checks.inspection import Inspection
from explainers.checks.read_off import STANDS_IN, Readable, tell_apart
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.core.schema import Grouping

# Nearly every pair told apart is as good as having the attribute as an input.
AS_GOOD_AS_AN_INPUT = 0.95


@dataclass(frozen=True)
class ProtectedProxy:
    """AUROC with which the features tell each group of a protected attribute from all others.

    Only attributes that are not themselves features. A group is named when the lower limit of the
    AUROC (DeLong, corrected for the number of groups) is above 0.714, as in groups that lie 0.8
    standard deviations apart.
    """

    code: ClassVar[str] = "protected-proxy"
    title: ClassVar[str] = "Features that stand in for a protected attribute"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """Low severity; medium where the attribute can be read off as good as exactly."""
        schema = inspection.study.cohort.schema
        used = set(inspection.study.model.feature_names)
        groupings = [
            grouping
            for grouping in schema.groups
            if schema.column(grouping.column).sensitive and grouping.column not in used
        ]
        if not groupings:
            return CheckResult.not_applicable(
                self.code,
                self.title,
                "every protected attribute by which the schema groups is an input, or there is"
                " none",
            )
        n_groups = sum(_n_questions(grouping) for grouping in groupings)
        level = corrected_level(n_groups)
        findings, n_known = [], 0
        for grouping in groupings:
            told = tell_apart(inspection, grouping, level)
            n_known += sum(one.auroc.is_estimated for one in told)
            if named := [one for one in told if (one.auroc.low or 0.0) > STANDS_IN]:
                findings.append(self._finding(grouping, named))
        looked_at = f"{n_known} of {n_groups} groups by {len(groupings)} protected attributes."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _finding(self, grouping: Grouping, named: list[Readable]) -> Finding:
        best = max(one.auroc.low or 0.0 for one in named)
        severity: Severity = "medium" if best > AS_GOOD_AS_AN_INPUT else "low"
        groups = ", ".join(one.label for one in named)
        features = dict.fromkeys(name for one in named for name in one.features)
        by = f", best alone by {', '.join(features)}" if features else ""
        return Finding(
            code=self.code,
            title=f"{grouping.label} can be read off the model's inputs: {groups}",
            severity=severity,
            explanation=(
                f"Boosted trees tell these groups from all others by the model's inputs{by}."
                " Leaving the attribute out does not keep the model from it. That is no verdict:"
                " such inputs may be needed, and whether the model leans on them this way is not"
                " shown here."
            ),
            evidence=tuple(one.auroc for one in named),
            affected=f"{grouping.label}: {groups}",
            remedy="Do not rely on leaving the attribute out; compare the groups' calibration.",
            doc=self.doc,
        )


def _n_questions(grouping: Grouping) -> int:
    return len(grouping.labels) if len(grouping.labels) > 2 else 1
