"""Importance is ranked, carries its interval, and tells absence from zero."""

from __future__ import annotations

import pytest

from explainers.charts import importance_alt, importance_chart, importance_table
from explainers.core import Column, Estimate
from explainers.errors import SettingsError

Columns = tuple[Column, ...]


def estimate(value: float) -> Estimate:
    return Estimate("importance", value, 0.9 * value, 1.2 * value, 400, None, "bootstrap")


NAMES = ("age", "waist", "Heart")
ESTIMATES = (estimate(0.01), estimate(0.042), Estimate.suppressed("importance", "too few"))


def test_the_largest_comes_first_and_an_absent_one_last_without_a_bar(columns: Columns) -> None:
    figure = importance_chart(NAMES, ESTIMATES, columns, scale="risk")
    assert list(figure.data[0].customdata) == ["waist", "age"]
    table = importance_table(NAMES, ESTIMATES, columns, scale="risk")
    assert list(table["Input"]) == ["Waist circumference", "Age", "Heart"]
    assert table.iloc[2, 2] == "withheld: too few"


def test_whiskers_and_printed_interval_agree(columns: Columns) -> None:
    bar = importance_chart(NAMES, ESTIMATES, columns, scale="risk").data[0]
    assert bar.x[0] == pytest.approx(4.2)
    assert bar.error_x.array[0] == pytest.approx(0.84)
    assert bar.error_x.arrayminus[0] == pytest.approx(0.42)
    table = importance_table(NAMES, ESTIMATES, columns, scale="risk")
    assert table.iloc[0, 2] == "4.20 [3.78, 5.04]"
    assert "Waist circumference 4.20 [3.78, 5.04]" in importance_alt(
        NAMES, ESTIMATES, columns, scale="risk"
    )


def test_log_odds_are_not_multiplied_into_points(columns: Columns) -> None:
    figure = importance_chart(NAMES, ESTIMATES, columns, scale="log-odds")
    assert figure.data[0].x[0] == pytest.approx(0.042)
    assert "log-odds" in figure.layout.xaxis.title.text


def test_nothing_to_rank_is_said(columns: Columns) -> None:
    absent = [ESTIMATES[2]]
    assert not importance_chart(["age"], absent, columns, scale="risk").data
    assert "nothing to rank" in importance_alt(["age"], absent, columns, scale="risk")


def test_names_and_importances_must_match(columns: Columns) -> None:
    with pytest.raises(SettingsError, match="one importance"):
        importance_chart(["age"], ESTIMATES, columns, scale="risk")
    with pytest.raises(SettingsError, match="1 to 30"):
        importance_chart(NAMES, ESTIMATES, columns, scale="risk", n_bars=99)
