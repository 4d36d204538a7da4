"""Bars of what was put on record over time."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from explainers.charts.activity import (
    ALL_WITHHELD,
    NOTHING_TO_DRAW,
    ActivitySeries,
    activity_alt,
    activity_chart,
    activity_table,
)
from explainers.errors import SettingsError

PERIODS = ("2026-11-01", "2026-11-02", "2026-11-03")
SERIES = (ActivitySeries("Opened", (3, 0, 12)), ActivitySeries("<b>Saw", (1, 0, None)))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_bar_is_as_high_as_its_count(mode: str) -> None:
    figure = go.Figure(activity_chart(PERIODS, SERIES, mode=mode).to_dict())
    assert [list(trace.y) for trace in figure.data] == [[3, 0, 12], [1, 0, None]]
    assert {tuple(trace.x) for trace in figure.data} == {PERIODS}
    assert figure.layout.barmode == "stack"
    assert "&lt;b&gt;" in figure.data[1].hovertext[0]


def test_the_table_leaves_out_empty_periods_and_says_what_is_withheld() -> None:
    """Prevents a withheld count from standing as 0."""
    table = activity_table(PERIODS, SERIES)
    assert table["From"].tolist() == ["2026-11-03", "2026-11-01"]
    assert table["<b>Saw"].tolist() == ["withheld", "1"]
    assert "12, in the time from 2026-11-03" in activity_alt(PERIODS, SERIES)


def test_nothing_and_nothing_that_may_be_shown_are_told_apart() -> None:
    nothing = activity_chart(PERIODS, [ActivitySeries("a", (0, 0, 0))])
    hidden = activity_chart(PERIODS, [ActivitySeries("a", (0, None, 0))])
    assert NOTHING_TO_DRAW[:20] in str(nothing.layout.annotations)
    assert ALL_WITHHELD[:20] in str(hidden.layout.annotations)
    assert activity_alt(PERIODS, [ActivitySeries("a", (0, 0, 0))]) == NOTHING_TO_DRAW


def test_counts_that_fit_no_period_are_refused() -> None:
    with pytest.raises(SettingsError):
        activity_chart(PERIODS, [ActivitySeries("a", (1,))])
    with pytest.raises(SettingsError):
        activity_table(PERIODS, [])
