"""What the problem list says, and that nothing is lost on its way to a file."""

from __future__ import annotations

from dashboard.view_models.problems import (
    all_findings,
    evidence_lines,
    finding_table,
    result_rows,
    summary,
)
from explainers.core import Estimate
from explainers.core.finding import CheckResult, Finding, Severity

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
    assert "0.998" in shown
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
