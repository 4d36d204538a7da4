"""Whether the risks mean different things at different hospitals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from explainers.checks.evidence import corrected_level
from explainers.checks.inspection import Inspection
from explainers.checks.sites import NO_SITES, site_groupings
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding
from explainers.core.schema import Grouping
from explainers.core.study import Study
from explainers.subgroups.disaggregation import compare_groups
from explainers.uncertainty.newcombe import square_and_add

# The same risk means half as many again at one site as at another.
RELEVANT_RATIO = 1.5


@dataclass(frozen=True)
class _Pair:
    """Two sites: the one with more cases per expected case, the other, and their ratio."""

    more: str
    fewer: str
    estimates: tuple[Estimate, Estimate]
    ratio: Estimate


@dataclass(frozen=True)
class SiteCalibrationShift:
    """Observed over expected at one site against each other, corrected for all pairs.

    The question is whether sites differ among themselves, not whether any of them is off 1: a model
    that is off everywhere alike needs one recalibration, one that is off by site needs several.
    Where any pair surely differs, the sites are not alike; the pair furthest apart is named.
    """

    code: ClassVar[str] = "site-calibration-shift"
    title: ClassVar[str] = "Risks that mean different things at different sites"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """Medium severity; one finding per attribute."""
        study = inspection.study
        groupings = site_groupings(study)
        if not groupings:
            return self._not_applicable(NO_SITES)
        pairs = {grouping.name: _pairs(study, grouping) for grouping in groupings}
        n_pairs = sum(map(len, pairs.values()))
        if not n_pairs:
            return self._not_applicable("fewer than two sites have an O/E that can be shown")
        findings = []
        for grouping in groupings:
            sure = [pair for pair in pairs[grouping.name] if _differs(pair)]
            if sure:
                furthest = max(sure, key=lambda pair: pair.ratio.value or 0.0)
                findings.append(self._finding(grouping, furthest))
        looked_at = f"{n_pairs} pairs of sites whose O/E can be shown."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _not_applicable(self, reason: str) -> CheckResult:
        return CheckResult.not_applicable(self.code, self.title, reason)

    def _finding(self, grouping: Grouping, pair: _Pair) -> Finding:
        return Finding(
            code=self.code,
            title=f"Risks mean different things by {grouping.label}",
            severity="medium",
            explanation=(
                f"For the same expected number of cases there are {pair.ratio.value or 1.0:.2f}"
                f" times as many at {pair.more} as at {pair.fewer}, the pair furthest apart. At a"
                " site of its own the model may be off either way."
            ),
            evidence=(*pair.estimates, pair.ratio),
            affected=f"{grouping.label}: {pair.more}, {pair.fewer}",
            remedy="Recalibrate per site, and on local patients before use at a new one.",
            doc=self.doc,
        )


def _pairs(study: Study, grouping: Grouping) -> list[_Pair]:
    """Every pair of sites whose O/E may be shown, the ratio at a level that holds for all pairs."""
    (table,) = compare_groups(study, (grouping.name,), ("oe_ratio",))
    shown = [(place.label, one) for place, one in table.groups if one.is_estimated]
    shown.sort(key=lambda entry: -(entry[1].value or 0.0))
    level = corrected_level(math.comb(len(shown), 2))
    (wide,) = compare_groups(study, (grouping.name,), ("oe_ratio",), level=level)
    widened = {place.label: one for place, one in wide.groups}
    return [
        _Pair(more, fewer, (first, second), _ratio(widened[more], widened[fewer]))
        for (more, first), (fewer, second) in combinations(shown, 2)
    ]


def _differs(pair: _Pair) -> bool:
    value, low = pair.ratio.value, pair.ratio.low
    return value is not None and low is not None and value >= RELEVANT_RATIO and low > 1.0


def _ratio(first: Estimate, second: Estimate) -> Estimate:
    """Ratio of two O/E of different patients, by the square-and-add rule on the log scale."""
    logs = [_logs(one) for one in (first, second)]
    interval = square_and_add(logs[0], logs[1])
    return Estimate(
        "oe_ratio_between_sites",
        math.exp(logs[0][0] - logs[1][0]),
        math.exp(interval.low),
        math.exp(interval.high),
        (first.n or 0) + (second.n or 0),
        (first.n_events or 0) + (second.n_events or 0),
        f"{interval.method}, log scale",
        level=first.level,
    )


def _logs(estimate: Estimate) -> tuple[float, float, float]:
    limits = (estimate.value or 1.0, estimate.low or 1.0, estimate.high or 1.0)
    value, low, high = map(math.log, limits)
    return value, low, high
