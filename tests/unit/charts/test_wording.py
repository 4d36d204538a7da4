"""Numbers on charts: rounding that neither hides nor invents."""

from __future__ import annotations

import math

import pytest

from explainers.charts import wording
from explainers.core import Estimate, Scale


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.312, "31.2%"),
        (0.0, "0.0%"),
        (0.0004, "<0.1%"),
        (0.9996, ">99.9%"),
        (1.0, "100.0%"),
        (-0.05, "\u22125.0%"),
        (math.nan, "not computed"),
    ],
)
def test_a_risk_that_is_merely_close_to_0_or_1_is_not_printed_as_certain(
    share: float, shown: str
) -> None:
    assert wording.format_percent(share) == shown


@pytest.mark.parametrize(
    ("value", "scale", "shown"),
    [
        (0.0512, "risk", "+5.1 points"),
        (-0.0512, "risk", "\u22125.1 points"),
        (0.0, "risk", "0.0 points"),
        (-0.0, "risk", "0.0 points"),
        (0.0003, "risk", "under 0.1 points"),
        (-0.42, "log-odds", "\u22120.42"),
        (-0.001, "log-odds", "under 0.01"),
        (math.inf, "risk", "not computed"),
    ],
)
def test_a_change_carries_its_sign_and_unit_and_never_a_signed_zero(
    value: float, scale: Scale, shown: str
) -> None:
    assert wording.format_change(value, scale) == shown


def test_an_estimate_carries_its_interval_and_an_absence_its_reason() -> None:
    given = Estimate("sensitivity", 0.781, 0.73, 0.826, 300, 60, "Wilson")
    assert wording.format_estimate(given) == "78.1% [73.0, 82.6]"
    ratio = Estimate("oe_ratio", 1.46, 1.29, 1.64, 300, 60, "log")
    assert wording.format_estimate(ratio) == "1.46 [1.29, 1.64]"
    withheld = Estimate.suppressed("auroc", "fewer than 11 patients")
    assert wording.format_estimate(withheld) == "withheld: fewer than 11 patients"
    absent = Estimate.not_estimable("auroc", "no events", n=40, n_events=0)
    assert wording.format_estimate(absent) == "not estimable: no events"


def test_a_reason_that_is_a_sentence_reads_as_the_end_of_one() -> None:
    absent = Estimate.not_estimable("auroc", "Nobody here has the outcome.", n=40, n_events=0)
    assert wording.format_absence(absent) == "not estimable: nobody here has the outcome"
    withheld = Estimate.suppressed("auroc", "Withheld: a count behind it is small.")
    assert wording.format_absence(withheld) == "withheld: a count behind it is small"


def test_a_suppressed_group_does_not_leak_its_size() -> None:
    assert wording.format_sizes(Estimate.suppressed("auroc", "few")) == "n withheld"


def test_a_small_statistic_keeps_a_digit_that_tells_groups_apart() -> None:
    assert wording.format_metric(0.0432, "net_benefit") == "0.043"


def test_markup_and_line_breaks_in_a_name_are_shown_and_not_obeyed() -> None:
    lines = wording.plain_lines('<a href="x">\nclick</a> \u202e&', 60, 2)
    assert lines == ('&lt;a href="x"&gt; click&lt;/a&gt; &amp;',)


def test_a_long_name_is_cut_before_it_is_escaped_so_that_no_entity_is_torn() -> None:
    (line,) = wording.plain_lines("<" * 50, 20, 1)
    assert line.rstrip("…").replace("&lt;", "") == ""
