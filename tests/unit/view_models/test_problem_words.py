"""What the problem list says, and that nothing is lost on its way to a file."""

from __future__ import annotations

import ast
from pathlib import Path

import explainers.checks
from dashboard.view_models.problems import (
    all_findings,
    evidence_lines,
    finding_table,
    finding_warnings,
    result_rows,
    summary,
)
from dashboard.wording import say
from explainers.core import Estimate
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.performance.metrics import METRICS

NAMING_CALLS = {
    "estimate_mean", "estimate_share", "estimate_share_gap", "measure", "not_estimable",
    "suppressed",
}  # fmt: skip

RATIO = Estimate("oe_ratio", 1.54, 1.25, 1.9, 300, 60, "log", level=0.998)
WITHHELD = Estimate.suppressed("sensitivity", "Fewer than 11 people.")


def finding(severity: Severity, *evidence: Estimate) -> Finding:
    return Finding(
        code="group-miscalibrated",
        title=f"A {severity} one",
        severity=severity,
        explanation="Risks are too low.",
        evidence=evidence,
        affected="Race: Asian",
        remedy="Recalibrate.",
        doc="observed-expected",
    )


RESULTS = (
    CheckResult.of("b", "B", (finding("low"), finding("medium", RATIO, WITHHELD)), "9 groups."),
    CheckResult.of("a", "A", (finding("high", RATIO),), "9 groups."),
    CheckResult.of("c", "C", (), "20 inputs."),
    CheckResult.not_applicable("d", "D", "no group is named"),
)


def test_the_worst_comes_first_whichever_check_found_it() -> None:
    assert [one.severity for one in all_findings(RESULTS)] == ["high", "medium", "low"]


def test_summary_counts_findings_silent_checks_and_those_that_do_not_apply() -> None:
    said = summary(RESULTS)
    assert "1 of high severity, 1 of medium severity and 1 of low severity" in said
    assert "Of 4 checks 2 found something" in said
    assert "1 found nothing and 1 do not apply" in said
    assert "no problem" in summary(RESULTS[2:])


def test_evidence_has_interval_level_and_patients_or_says_why_not() -> None:
    shown, withheld = evidence_lines(finding("medium", RATIO, WITHHELD))
    assert "1.54 [1.25" in shown
    assert "(99.8% interval" in shown
    assert "n 300" in shown
    assert "Fewer than 11" in withheld


def test_table_has_a_row_for_each_figure_and_for_findings_without_one() -> None:
    table = finding_table(RESULTS)
    assert table["severity"].tolist() == ["high", "medium", "medium", "low"]
    assert table["value"].isna().sum() == 2


def test_reasons_of_the_other_checks_are_told() -> None:
    assert result_rows(RESULTS, "nothing found").iloc[0].tolist() == ["C", "20 inputs."]
    assert result_rows(RESULTS, "not applicable").iloc[0].tolist() == ["D", "no group is named"]


def test_results_read_back_from_json() -> None:
    for result in RESULTS:
        assert CheckResult.from_dict(result.to_dict()) == result


def test_a_warning_above_a_risk_has_the_figure_of_the_problem_list() -> None:
    """One finding told with two intervals would look like two findings."""
    high, medium = finding("high", RATIO), finding("medium", RATIO, RATIO, WITHHELD)
    first, second = finding_warnings((medium, high))
    assert "A high one" in first
    assert evidence_lines(high)[0] in first
    assert second.count("1.54 [1.25") == 2
    assert "Fewer than 11" not in second


def slugs_of_checks(folder: Path) -> set[str]:
    """Every statistic that a check names: in a call, as a keyword, or kept in a constant."""
    found = set()
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                found |= {one.value for one in node.keywords if one.arg == "metric"}
                found |= set(node.args[:1]) if name in NAMING_CALLS else set()
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).lower() == "metric":
                found.add(node.value)
    return {one.value for one in found if isinstance(one, ast.Constant)}


def test_every_statistic_of_a_check_has_a_name_on_screen() -> None:
    """Slugs such as contribution_rise once stood on the page."""
    slugs = slugs_of_checks(Path(explainers.checks.__file__).parent)
    assert {"contribution_rise", "events_per_parameter", "share_difference"} <= slugs
    known = {metric.slug for metric in METRICS}
    for slug in slugs - known:
        assert say(f"problems.metric_{slug}")


def test_shares_are_percentages_and_their_differences_points() -> None:
    """Beside a sensitivity of 67% a difference of -0.16 reads as a sixth of a point."""
    gap = Estimate("sensitivity_gap", -0.161, -0.34, -0.009, 497, 80, "Newcombe", level=0.9964)
    share = Estimate("events_if_missing", 0.31, 0.23, 0.4, 119, 37, "Wilson")
    told = evidence_lines(finding("high", gap, share))
    assert "\u221216.1 [\u221234.0,\u00a0\u22120.9] points (99.64% interval" in told[0]
    assert "31.0% [23.0,\u00a040.0] (95% interval" in told[1]
