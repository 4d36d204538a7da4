"""What the problem list says."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.view_models.rounding import count, interval, listed
from dashboard.wording import plain, say
from explainers.core.estimate import Estimate
from explainers.core.finding import SEVERITIES, CheckResult, Finding
from explainers.performance.metrics import METRICS


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
        value=interval(estimate),
        level=f"{estimate.level:.4g}" if estimate.level > 0.99 else f"{estimate.level:.2f}",
        n=count(estimate.n),
    )


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
