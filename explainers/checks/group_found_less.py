"""Whether the cases of some group are found less often at the declared threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explainers.checks.evidence import Tally, corrected_level, estimate_share_gap
from explainers.checks.inspection import Inspection
from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.core.phrases import name_patients
from explainers.core.schema import Grouping
from explainers.core.study import Study
from explainers.subgroups.disaggregation import compare_groups
from explainers.subgroups.slices import make_slices

# Ten more of a hundred cases missed than elsewhere is what a clinic would notice.
RELEVANT_GAP = -0.10


@dataclass(frozen=True)
class _Compared:
    """One group beside all other patients."""

    attribute: str
    label: str
    sensitivity: Estimate
    gap: Estimate
    prevalence_gap: Estimate
    own_gap: float
    oe_ratio: Estimate

    @property
    def name(self) -> str:
        """The group by its attribute."""
        return f"{self.attribute}: {self.label}"

    @property
    def patients(self) -> str:
        """The same as part of a sentence."""
        return name_patients(self.label, self.attribute)

    @property
    def is_explained(self) -> bool:
        """Whether the group's own risks say that so many fewer cases would be found."""
        is_beyond = (self.gap.high or 0.0) < self.own_gap
        return not is_beyond and not (self.oe_ratio.low or 0.0) > 1.0


@dataclass(frozen=True)
class GroupFoundLess:
    """Sensitivity of each group against all other patients, corrected for how many are shown.

    A group is named when the interval of the difference (Newcombe), widened by Bonferroni's rule,
    lies below 0 and ten or more of a hundred cases fewer are found. Only groups whose sensitivity
    may be shown are compared. Where risks are lower, one threshold finds fewer cases even if every
    risk is right: such a gap is what the risks themselves predict, sum of the flagged risks over
    sum of all. It is of high severity where it surely exceeds that, or where risks of the group
    surely are too low, so that they predict the wrong gap.
    """

    code: ClassVar[str] = "group-found-less"
    title: ClassVar[str] = "A group whose cases are found less often"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """High severity; medium where the group's own risks explain the gap."""
        study = inspection.study
        groupings = study.cohort.schema.groups
        if not (study.labels == 1.0).any():
            return self._not_applicable("no held-out patient is known to have the outcome")
        if not groupings:
            return self._not_applicable("the schema names no groups")
        n_groups = sum(len(grouping.labels) for grouping in groupings)
        shown = [
            (grouping, _shown_groups(study, grouping, corrected_level(n_groups)))
            for grouping in groupings
        ]
        n_compared = sum(len(groups) for _, groups in shown)
        level = corrected_level(n_compared)
        found = [
            self._finding(compared)
            for grouping, groups in shown
            for place, is_member, sensitivity, ratio in groups
            if _is_found_less(
                compared := _compare(
                    study, (grouping.label, place), is_member, (sensitivity, ratio), level
                )
            )
        ]
        looked_at = (
            f"{n_compared} groups whose sensitivity can be shown at the threshold"
            f" {study.threshold:.1%}; the schema names {n_groups}."
        )
        return CheckResult.of(self.code, self.title, tuple(found), looked_at)

    def _not_applicable(self, reason: str) -> CheckResult:
        return CheckResult.not_applicable(self.code, self.title, reason)

    def _finding(self, compared: _Compared) -> Finding:
        severity: Severity = "medium" if compared.is_explained else "high"
        share, gap = compared.sensitivity.value or 0.0, compared.gap.value or 0.0
        return Finding(
            code=self.code,
            title=f"Cases are found less often among {compared.patients}",
            severity=severity,
            explanation=(
                f"At the declared threshold {share:.0%} of the cases in this group are flagged,"
                f" against {share - gap:.0%} among all other patients.{_why(compared)}"
            ),
            evidence=(
                compared.sensitivity,
                compared.gap,
                compared.prevalence_gap,
                compared.oe_ratio,
            ),
            affected=compared.name,
            remedy=(
                "Do not take a risk below the threshold as reassurance in this group; look at its"
                " calibration and at what the model leans on."
            ),
            doc=self.doc,
        )


def _shown_groups(
    study: Study, grouping: Grouping, level: float
) -> list[tuple[str, BoolArray, Estimate, Estimate]]:
    """Label, patients (n,), sensitivity and O/E of the groups whose sensitivity may be shown."""
    (found,) = compare_groups(study, (grouping.name,), ("sensitivity",))
    (ratios,) = compare_groups(study, (grouping.name,), ("oe_ratio",), level=level)
    slices = make_slices(study, (grouping.name,))
    return [
        (place.label, is_member, estimate, ratio)
        for (place, is_member), (_, estimate), (_, ratio) in zip(
            slices, found.groups, ratios.groups, strict=True
        )
        if estimate.is_estimated
    ]


def _compare(
    study: Study,
    whom: tuple[str, str],
    is_member: BoolArray,
    shown: tuple[Estimate, Estimate],
    level: float,
) -> _Compared:
    """The group of that attribute and label against all other patients with a label."""
    is_flagged, is_event = study.risk >= study.threshold, study.labels == 1.0
    parts = (is_member, ~is_member)
    found = [Tally.of(is_flagged[part & is_event]) for part in parts]
    ill = [Tally.of(is_event[part & study.is_labelled]) for part in parts]
    own = [_predicted_share(study.risk[part & study.is_labelled], study) for part in parts]
    sensitivity, ratio = shown
    return _Compared(
        *whom,
        sensitivity,
        estimate_share_gap("sensitivity_gap", found[0], found[1], level),
        estimate_share_gap("prevalence_gap", ill[0], ill[1]),
        own[0] - own[1],
        ratio,
    )


def _predicted_share(risk: FloatArray, study: Study) -> float:
    """Share of the cases that would be flagged if every risk (k,) were right."""
    return float(risk[risk >= study.threshold].sum() / max(risk.sum(), np.finfo(float).tiny))


def _why(compared: _Compared) -> str:
    """Whether the group's own risks explain the gap, in a sentence or two."""
    if not compared.is_explained:
        return " The risks of this group do not explain that."
    is_rarer = (compared.prevalence_gap.high or 0.0) < 0.0
    return (
        f"{' The outcome is rarer here.' if is_rarer else ''} One threshold finds fewer cases where"
        " risks are lower, even if every risk is right: if they are, a gap of"
        f" {abs(compared.own_gap):.0%} is to be expected here."
    )


def _is_found_less(compared: _Compared) -> bool:
    gap = compared.gap
    if gap.value is None or gap.high is None:
        return False
    return gap.value <= RELEVANT_GAP and gap.high < 0.0
