"""Whether there are groups about which nothing can be known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explainers.checks.inspection import Inspection
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding
from explainers.core.phrases import lower_first, name_patients
from explainers.core.schema import Grouping
from explainers.core.study import Study
from explainers.subgroups.disaggregation import DEFAULT_METRICS, compare_groups


@dataclass(frozen=True)
class GroupTooSmall:
    """Groups for which no statistic can be shown: neither AUROC, nor O/E, nor sensitivity.

    Either nobody of the group was held out with a recorded outcome, or so few that all is
    withheld. A group of which one statistic can be shown is not named.
    """

    code: ClassVar[str] = "group-too-small"
    title: ClassVar[str] = "A group too small to know"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """Medium severity; one finding per attribute."""
        study = inspection.study
        groupings = study.cohort.schema.groups
        if not study.is_labelled.any():
            return self._not_applicable("no held-out patient has a recorded outcome")
        if not groupings:
            return self._not_applicable("the schema names no groups")
        unknown = [(grouping, _unknown_groups(study, grouping)) for grouping in groupings]
        findings = [self._finding(grouping, groups) for grouping, groups in unknown if groups]
        n_groups = sum(len(grouping.labels) for grouping in groupings)
        looked_at = f"{n_groups} groups by {len(groupings)} attributes."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _not_applicable(self, reason: str) -> CheckResult:
        return CheckResult.not_applicable(self.code, self.title, reason)

    def _finding(self, grouping: Grouping, groups: dict[str, Estimate]) -> Finding:
        names = ", ".join(groups)
        return Finding(
            code=self.code,
            title=f"Nothing can be shown about {_patients(grouping, tuple(groups))}",
            severity="medium",
            explanation=(
                "Neither AUROC, nor observed over expected, nor sensitivity can be shown: too few"
                " held-out patients, or none, or figures that would give another group away. How"
                " the model does here is not known, which is not the same as doing well."
            ),
            evidence=tuple(groups.values()),
            affected=f"{grouping.label}: {names}",
            remedy="Evaluate the model on more patients of this group before it is used for them.",
            doc=self.doc,
        )


def _patients(grouping: Grouping, labels: tuple[str, ...]) -> str:
    """Whom nothing is known about, as the end of a sentence."""
    if len(labels) == 1:
        return name_patients(labels[0], grouping.label)
    return f"several groups ({lower_first(grouping.label)}): {', '.join(labels)}"


def _unknown_groups(study: Study, grouping: Grouping) -> dict[str, Estimate]:
    """Groups of the schema without any statistic to show, with the absent O/E of each."""
    tables = compare_groups(study, (grouping.name,), DEFAULT_METRICS)
    unknown = {}
    for at, label in enumerate(grouping.labels):
        estimates = {table.metric: table.groups[at][1] for table in tables}
        if not any(estimate.is_estimated for estimate in estimates.values()):
            unknown[label] = estimates["oe_ratio"]
    return unknown
