"""Whether a search finds a badly served group that nobody named, on patients it did not see."""

from __future__ import annotations

from typing import ClassVar

from explainers.checks.crossed_halves import CrossedHalf, worst_crossing
from explainers.checks.inspection import Inspection
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.subgroups.discovery import (
    Criterion,
    Discovery,
    FoundSlice,
    SearchSettings,
    discover_slices,
)

# Of a hundred sound models at most one is to have any group confirmed.
SETTINGS = SearchSettings(level=0.99)
# Observed/expected beyond these changes what a risk means at the bedside, as for groups that were
# named beforehand; two cases in a hundred patients is what a clinic would notice.
RELEVANT_RATIO, RELEVANT_EXCESS = 1.25, 0.02
TITLES: dict[Criterion, str] = {
    "too_low": "Risks are too low where nobody looked: {group}",
    "too_high": "Risks are too high where nobody looked: {group}",
    "missed": "More cases than announced are missed where nobody looked: {group}",
}
REMEDY = (
    "Look at the calibration of this group on further patients, and recalibrate before the model is"
    " used for it."
)


class WorstServedSlice:
    """Groups found by a search over crossed attributes and a tree, confirmed on the other half.

    A group is named when the other half confirms it with 99% for all groups brought to it, its
    ratio there is off by a quarter, in itself and beside everybody else, and two or more in a
    hundred of its patients stand behind that. A group of the schema on its own is left to
    ``group-miscalibrated``. Where the search names none, the worst of the crossings that
    :mod:`~explainers.checks.crossed_halves` fixes beforehand is named if it is surely
    off, and as far.
    """

    code: ClassVar[str] = "worst-served-slice"
    title: ClassVar[str] = "A badly served group that nobody named"
    doc: ClassVar[str] = "slice-discovery"

    def run(self, inspection: Inspection) -> CheckResult:
        """High severity where risks are too low or cases missed and other patients confirm it."""
        discovery = discover_slices(inspection.study, SETTINGS)
        if discovery.reason:
            return CheckResult.not_applicable(self.code, self.title, discovery.reason)
        found = [
            self._finding(one)
            for one in discovery.confirmed
            if is_relevant(one) and not _is_named_already(one)
        ]
        looked_at = _looked_at(discovery)
        if not found:
            looked_at += " So were all crossings of two halves or levels, in all of them."
            crossing = worst_crossing(inspection.study)
            if crossing is not None and is_far_off(crossing):
                found.append(self._crossed(crossing))
        return CheckResult.of(self.code, self.title, tuple(found), looked_at)

    def _crossed(self, crossing: CrossedHalf) -> Finding:
        criterion: Criterion = "too_low" if crossing.is_low else "too_high"
        return Finding(
            code=self.code,
            title=TITLES[criterion].format(group=crossing.text),
            severity="medium",
            explanation=(
                f"Among these patients, {crossing.ratio.value or 0.0:.2f} times as many have the"
                f" outcome as the model expects. It is the worst of {crossing.n_looked_at:,}"
                " crossings that were fixed beforehand, and so looks worse than it will be found"
                " again; further patients have yet to confirm it."
            ),
            evidence=(crossing.ratio, crossing.rest),
            affected=crossing.text,
            remedy=REMEDY,
            doc=self.doc,
        )

    def _finding(self, found: FoundSlice) -> Finding:
        severity: Severity = "medium" if found.criterion == "too_high" else "high"
        ratio, searched = headline(found, is_confirmed=True), headline(found, is_confirmed=False)
        whom = "patients below the threshold" if found.criterion == "missed" else "patients"
        seen = (
            "" if searched.value is None else f" In the half searched it was {searched.value:.2f}."
        )
        return Finding(
            code=self.code,
            title=TITLES[found.criterion].format(group=found.text),
            severity=severity,
            explanation=(
                f"Among these {whom}, {ratio.value or 0.0:.2f} times as many have the outcome as"
                f" the model expects, counted on patients that the search did not see.{seen}"
            ),
            evidence=(ratio, found.confirmed.rest_oe_ratio, found.confirmed.relative_oe),
            affected=found.text,
            remedy=REMEDY,
            doc=self.doc,
        )


def headline(found: FoundSlice, *, is_confirmed: bool) -> Estimate:
    """Observed over expected of the patients whom the criterion looks at."""
    figures = found.confirmed if is_confirmed else found.searched
    return figures.oe_below if found.criterion == "missed" else figures.oe_ratio


def is_relevant(found: FoundSlice) -> bool:
    """Whether a clinic would notice what is wrong, both in itself and beside everybody else."""
    ratio, relative = headline(found, is_confirmed=True), found.confirmed.relative_oe.value
    if not ratio.value or not relative or ratio.n is None or ratio.n_events is None:
        return False
    excess = abs(ratio.n_events - ratio.n_events / ratio.value) / ratio.n
    if found.criterion == "too_high":
        is_off = max(ratio.value, relative) <= 1.0 / RELEVANT_RATIO
    else:
        is_off = min(ratio.value, relative) >= RELEVANT_RATIO
    return is_off and excess >= RELEVANT_EXCESS


def is_far_off(crossing: CrossedHalf) -> bool:
    """Whether a clinic would notice what is wrong with a crossing, by the same limits."""
    value, rest, ratio = crossing.ratio.value, crossing.rest.value, crossing.ratio
    if not value or not rest or not ratio.n or ratio.n_events is None:
        return False
    excess = abs(ratio.n_events - ratio.n_events / value) / ratio.n
    far = min(value, value / rest) if crossing.is_low else 1.0 / max(value, value / rest)
    return far >= RELEVANT_RATIO and excess >= RELEVANT_EXCESS


def _is_named_already(found: FoundSlice) -> bool:
    """Whether it is one group of the schema, which has a check of its own."""
    (first, *others) = found.traits
    return first.is_group and not others and len(first.levels) + first.with_missing == 1


def _looked_at(discovery: Discovery) -> str:
    n_brought = len(discovery.slices) + discovery.n_withheld
    return (
        f"{discovery.n_looked_at:,} groups of {len(discovery.attributes)} attributes and inputs,"
        f" searched in {discovery.n_searched:,} patients; {n_brought} were brought to"
        f" {discovery.n_confirming:,} others, who confirmed {len(discovery.confirmed)}."
    )
