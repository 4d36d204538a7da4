"""Whether the cases of some group are found less often than right risks would find them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from explainers.checks.certainty import is_surely_above, is_surely_below
from explainers.checks.evidence import Tally, corrected_level, estimate_share_gap
from explainers.checks.expected_gap import estimate_beyond
from explainers.checks.inspection import Inspection
from explainers.core.arrays import BoolArray
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding
from explainers.core.phrases import name_patients
from explainers.core.schema import Grouping
from explainers.core.study import Study
from explainers.subgroups.disaggregation import compare_groups
from explainers.subgroups.slices import make_slices

# Ten more of a hundred cases missed than elsewhere is what a clinic would notice.
RELEVANT_GAP = -0.10


@dataclass(frozen=True, eq=False)
class _Compared:
    """One group beside all other patients."""

    attribute: str
    label: str
    sensitivity: Estimate
    gap: Estimate
    beyond: Estimate
    oe_ratio: Estimate
    is_member: BoolArray
    is_sure: bool = False

    @property
    def name(self) -> str:
        """The group by its attribute."""
        return f"{self.attribute}: {self.label}"

    @property
    def patients(self) -> str:
        """The same as part of a sentence."""
        return name_patients(self.label, self.attribute)

    @property
    def is_lower(self) -> bool:
        """Whether surely and relevantly fewer cases are found than among all others."""
        return is_surely_below(self.gap, 0.0) and _is_relevant(self.gap)

    @property
    def is_beyond(self) -> bool:
        """Whether that is relevantly more than right risks would leave, and risks surely wrong."""
        is_wrong = self.is_sure or is_surely_below(self.beyond, 0.0)
        return _is_relevant(self.beyond) and is_wrong


@dataclass(frozen=True)
class GroupFoundLess:
    """Sensitivity of each group against all other patients, beyond what right risks would leave.

    Where risks are lower, one threshold finds fewer cases even if every risk is right: no fault of
    the model, and said without a finding. A group is named when ten or more of a hundred cases
    fewer are found than among all others, ten or more of them beyond what risks right on average
    would leave (:mod:`~explainers.checks.expected_gap`), and both the gap and the fault of the
    risks are sure: either the interval of what is beyond lies below 0 or that of O/E above 1.
    Intervals are widened by Bonferroni's rule: the gap's for all groups whose sensitivity may be
    shown, that of what is beyond for those only that pass, since it is asked of no others.
    """

    code: ClassVar[str] = "group-found-less"
    title: ClassVar[str] = "A group whose cases are found less often"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """High severity; medium where what is beyond is not sure, counted among all groups."""
        study = inspection.study
        groupings = study.cohort.schema.groups
        if not (study.labels == 1.0).any():
            return self._not_applicable("no held-out patient is known to have the outcome")
        if not groupings:
            return self._not_applicable("the schema names no groups")
        n_groups = sum(len(grouping.labels) for grouping in groupings)
        shown = [
            (grouping.label, *group)
            for grouping in groupings
            for group in _shown_groups(study, grouping, corrected_level(n_groups))
        ]
        level = corrected_level(len(shown))
        compared = [
            _compare(study, (attribute, label), is_member, figures, level)
            for attribute, label, is_member, figures in shown
        ]
        lower = [one for one in compared if one.is_lower]
        left = corrected_level(len(lower))
        asked = [_ask_again(study, one, left) for one in lower]
        named = [one for one in asked if one.is_beyond]
        explained = [one for one in asked if not one.is_beyond]
        looked_at = (
            f"{len(shown)} groups whose sensitivity can be shown at the threshold"
            f" {study.threshold:.1%}; the schema names {n_groups}.{_explained(explained)}"
        )
        found = tuple(self._finding(one) for one in named)
        return CheckResult.of(self.code, self.title, found, looked_at)

    def _not_applicable(self, reason: str) -> CheckResult:
        return CheckResult.not_applicable(self.code, self.title, reason)

    def _finding(self, compared: _Compared) -> Finding:
        share, gap = compared.sensitivity.value or 0.0, compared.gap.value or 0.0
        left = gap - (compared.beyond.value or 0.0)
        to_expect = f"a gap of {-100 * left:.0f} points" if left <= -0.005 else "no gap"
        return Finding(
            code=self.code,
            title=f"Cases are found less often among {compared.patients}",
            severity="high" if compared.is_sure else "medium",
            explanation=(
                f"At the declared threshold {share:.0%} of the cases in this group are flagged,"
                f" against {share - gap:.0%} among all other patients. If risks were right on"
                f" average in both, {to_expect} would be expected: the risks of this group do not"
                " explain it."
            ),
            evidence=(compared.sensitivity, compared.gap, compared.beyond, compared.oe_ratio),
            affected=compared.name,
            remedy=(
                "Do not take a risk below the threshold as reassurance in this group; look at its"
                " calibration and at what the model leans on."
            ),
            doc=self.doc,
        )


def _shown_groups(
    study: Study, grouping: Grouping, level: float
) -> list[tuple[str, BoolArray, tuple[Estimate, Estimate]]]:
    """Label, patients (n,), sensitivity and O/E of the groups whose sensitivity may be shown."""
    (found,) = compare_groups(study, (grouping.name,), ("sensitivity",))
    (ratios,) = compare_groups(study, (grouping.name,), ("oe_ratio",), level=level)
    slices = make_slices(study, (grouping.name,))
    return [
        (place.label, is_member, (estimate, ratio))
        for (place, is_member), (_, estimate), (_, ratio) in zip(
            slices, found.groups, ratios.groups, strict=True
        )
        if estimate.is_estimated
    ]


def _compare(
    study: Study,
    whom: tuple[str, str],
    is_member: BoolArray,
    figures: tuple[Estimate, Estimate],
    level: float,
) -> _Compared:
    """The group of that attribute and label against all other patients with a label."""
    is_flagged, is_event = study.risk >= study.threshold, study.labels == 1.0
    found = [Tally.of(is_flagged[part & is_event]) for part in (is_member, ~is_member)]
    return _Compared(
        *whom,
        figures[0],
        estimate_share_gap("sensitivity_gap", found[0], found[1], level),
        estimate_beyond(study, is_member, level),
        figures[1],
        is_member,
    )


def _ask_again(study: Study, compared: _Compared, level: float) -> _Compared:
    """Of a group found less: whether risks are at fault, counted among all groups and among these.

    The level is corrected for the groups found less only, since it is asked of no others.
    """
    beyond = compared.beyond
    if is_surely_below(beyond, 0.0) or is_surely_above(compared.oe_ratio, 1.0):
        return replace(compared, is_sure=True)
    return replace(compared, beyond=estimate_beyond(study, compared.is_member, level))


def _explained(compared: list[_Compared]) -> str:
    """The groups whose gap is what their risks lead one to expect, in a sentence."""
    named = [one.patients for one in compared]
    if not named:
        return ""
    return (
        f" Fewer cases are found among {', '.join(named)}, without proof that it is more than one"
        " threshold does where risks are lower, even if every risk is right."
    )


def _is_relevant(gap: Estimate) -> bool:
    return gap.value is not None and gap.value <= RELEVANT_GAP
