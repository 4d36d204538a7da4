"""What the problem list says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from dashboard.view_models.rounding import NO_BREAK, count, interval, listed
from dashboard.wording import plain, say
from explainers.charts.wording import format_change
from explainers.core.estimate import Estimate
from explainers.core.finding import SEVERITIES, CheckResult, Finding
from explainers.performance.metrics import METRICS

# Statistics of the checks that are shares of patients or of values, and differences of such shares.
SHARES = frozenset(
    {
        "training_share",
        "missed_by_label",
        "events_if_missing",
        "events_if_measured",
        "code_share",
        "copies",
    }
)
SHARE_GAPS = frozenset(
    {
        "sensitivity_gap",
        "sensitivity_gap_beyond_expected",
        "prevalence_gap",
        "missed_by_label_gap",
        "missingness_gap",
    }
)
A_SHARE = "prevalence"
"""A statistic that is printed as a share."""

MOST_FIGURES = 2
"""What a finding rests on; its further figures say with whom it was compared."""


def all_findings(results: Sequence[CheckResult]) -> tuple[Finding, ...]:
    """Every finding, the worst first, else in the order of the checks."""
    found = [finding for result in results for finding in result.findings]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def summary(results: Sequence[CheckResult]) -> str:
    """How many problems of which severity, out of how many checks."""
    found = all_findings(results)
    n_silent = sum(result.outcome == "nothing found" for result in results)
    n_found = sum(result.outcome == "found" for result in results)
    n_absent = sum(result.outcome == "not applicable" for result in results)
    counts = [
        say(f"problems.n_{severity}", n=sum(one.severity == severity for one in found))
        for severity in SEVERITIES
        if any(one.severity == severity for one in found)
    ]
    told = listed(counts) if counts else say("problems.n_none")
    return say(
        "problems.summary",
        n_checks=len(results),
        n_found=n_found,
        found=told,
        silent=n_silent,
        absent=n_absent,
    )


def finding_warnings(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The same findings above a patient's risk, in the words and figures of the problem list."""
    ordered = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
    return tuple(
        say(
            "problems.warning",
            title=plain(finding.title),
            explanation=plain(finding.explanation),
            figures="; ".join(evidence_lines(finding)[:MOST_FIGURES]),
        )
        for finding in ordered
    )


def findings_note(findings: Sequence[Finding]) -> str:
    """Why these figures have another interval than the table of groups; "" without findings."""
    return say("patient.findings_note") if findings else ""


def evidence_lines(finding: Finding) -> tuple[str, ...]:
    """Each figure with its interval and the patients it rests on."""
    return tuple(_evidence_line(estimate) for estimate in finding.evidence)


def _evidence_line(estimate: Estimate) -> str:
    name = _metric_name(estimate.metric)
    if not estimate.is_estimated:
        return say("problems.no_figure", name=plain(name), reason=plain(estimate.reason))
    return say(
        "problems.figure",
        name=plain(name),
        value=_figure(estimate),
        level=level_in_words(estimate.level),
        n=count(estimate.n),
    )


def _figure(estimate: Estimate) -> str:
    """A figure with its interval: shares in per cent, and their differences in points."""
    if estimate.metric in SHARES:
        return interval(replace(estimate, metric=A_SHARE))
    if estimate.metric not in SHARE_GAPS:
        return interval(estimate)
    value, low, high = (
        format_change(part or 0.0, "risk").removesuffix(" points")
        for part in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} [{low},{NO_BREAK}{high}] points"


def level_in_words(level: float) -> str:
    """A level of confidence in per cent, with the decimals that tell it from 95% and from 100%."""
    return f"{100 * level:.4g}%"


def _metric_name(slug: str) -> str:
    """Name of a statistic on screen; of one that no list has, its slug in words."""
    label = next((one.label for one in METRICS if one.slug == slug), None)
    if label is not None:
        return label
    try:
        return say(f"problems.metric_{slug}")
    except KeyError:
        return slug.replace("_", " ").capitalize()


def result_rows(results: Sequence[CheckResult], outcome: str) -> pd.DataFrame:
    """The checks that came to one outcome, and what was looked at or why not."""
    chosen = [result for result in results if result.outcome == outcome]
    return pd.DataFrame(
        {
            say("problems.check"): [result.title for result in chosen],
            say("problems.because"): [result.reason for result in chosen],
        }
    )


def finding_table(results: Sequence[CheckResult]) -> pd.DataFrame:
    """All findings for a file, one row for each figure behind them."""
    rows = [
        {
            "code": finding.code,
            "severity": finding.severity,
            "title": finding.title,
            "affected": finding.affected,
            "explanation": finding.explanation,
            "remedy": finding.remedy,
            **_figures(estimate),
        }
        for finding in all_findings(results)
        for estimate in finding.evidence or (None,)
    ]
    return pd.DataFrame(rows)


def _figures(estimate: Estimate | None) -> dict[str, object]:
    if estimate is None:
        return {}
    fields = ("metric", "value", "low", "high", "level", "n", "status", "reason")
    return {name: getattr(estimate, name) for name in fields}
