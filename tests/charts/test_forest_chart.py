"""The forest plot keeps every group and its doubt."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import pytest

from explainers.charts import forest_alt, forest_chart, forest_table
from explainers.core import Estimate, Slice, SubgroupTable


def place(label: str) -> Slice:
    return Slice((("race", label),))


def estimate(value: float, low: float, high: float, metric: str = "oe_ratio") -> Estimate:
    return Estimate(metric, value, low, high, 400, 60, "log scale")


@pytest.fixture
def table() -> SubgroupTable:
    return SubgroupTable(
        "oe_ratio",
        estimate(1.02, 0.93, 1.12),
        (
            (place("White"), estimate(0.88, 0.74, 1.05)),
            (place("Asian"), estimate(1.46, 1.29, 1.64)),
            (place("Small"), Estimate.suppressed("oe_ratio", "fewer than 11 patients")),
            (place("None"), Estimate.not_estimable("oe_ratio", "no events", n=40, n_events=0)),
        ),
        "White",
    )


def texts(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def marks(figure: go.Figure) -> list[Any]:
    return [trace for trace in figure.data if trace.name == "estimate"]


def test_a_group_without_an_estimate_keeps_its_row_and_says_why(table: SubgroupTable) -> None:
    shown = texts(forest_chart(table))
    assert "<i>withheld: fewer than 11 patients</i>" in shown
    assert "<i>not estimable: no events</i>" in shown
    assert len(marks(forest_chart(table))) == 3


def test_a_suppressed_group_shows_no_counts(table: SubgroupTable) -> None:
    frame = forest_table(table)
    assert list(frame.loc[3, ["n", "Events"]]) == ["withheld", "withheld"]
    assert any("n withheld" in text for text in texts(forest_chart(table)))


def test_observed_over_expected_lies_on_a_log_axis_with_its_line_at_one(
    table: SubgroupTable,
) -> None:
    figure = forest_chart(table)
    assert figure.layout.xaxis.type == "log"
    assert any(shape.x0 == 1.0 and shape.line.dash == "dash" for shape in figure.layout.shapes)
    assert marks(figure)[2].x[0] == 1.46
    assert "Observed / expected" in figure.layout.xaxis.title.text


def test_other_statistics_are_compared_with_everybody_and_shares_are_percent() -> None:
    table = SubgroupTable(
        "sensitivity",
        estimate(0.78, 0.7, 0.85, "sensitivity"),
        ((place("A"), estimate(0.3, 0.1, 0.5, "sensitivity")),),
    )
    figure = forest_chart(table)
    assert figure.layout.xaxis.type is None
    assert any(shape.x0 == pytest.approx(78) for shape in figure.layout.shapes)
    assert "everybody 78.0%" in texts(figure)
    assert marks(figure)[1].x[0] == pytest.approx(30)


def test_an_interval_beyond_the_window_ends_in_an_arrow_and_not_in_a_false_limit() -> None:
    table = SubgroupTable(
        "oe_ratio",
        estimate(1.0, 0.9, 1.1),
        (
            (place("wide"), estimate(3.0, 0.01, 90.0)),
            (place("zero"), estimate(0.0, 0.0, 0.4)),
            (place("huge"), estimate(55.0, 30.0, 90.0)),
        ),
    )
    figure = forest_chart(table)
    intervals = [trace for trace in figure.data if trace.name == "interval"]
    assert tuple(intervals[1].marker.symbol) == ("triangle-left", "triangle-right")
    assert marks(figure)[2].marker.symbol == "triangle-left"
    assert marks(figure)[3].marker.symbol == "triangle-right"
    assert all(x > 0 for trace in figure.data for x in trace.x)
    assert "55.00 [30.00, 90.00]" in texts(figure)


def test_the_reference_group_is_marked(table: SubgroupTable) -> None:
    assert forest_table(table).loc[1, "Group"] == "White (reference)"
    assert any("reference, n 400" in text for text in texts(forest_chart(table)))


def test_the_alternative_text_names_the_extremes_and_the_absent(table: SubgroupTable) -> None:
    text = forest_alt(table)
    assert "Lowest: White 0.88 [0.74, 1.05]; highest: Asian 1.46 [1.29, 1.64]." in text
    assert "2 without an estimate" in text


def test_a_table_without_any_estimate_is_still_a_figure() -> None:
    table = SubgroupTable(
        "auroc",
        Estimate.not_estimable("auroc", "no events", n=9, n_events=0),
        ((place("A"), Estimate.suppressed("auroc", "few")),),
    )
    assert len(texts(forest_chart(table))) >= 4
    assert "No group has an estimate." in forest_alt(table)


def test_a_hundred_groups_do_not_make_an_endless_figure() -> None:
    groups = tuple((place(f"group {at}"), estimate(1.0, 0.9, 1.1)) for at in range(100))
    figure = forest_chart(SubgroupTable("oe_ratio", estimate(1.0, 0.9, 1.1), groups))
    assert "40 more groups in the table" in texts(figure)
    assert len(forest_table(SubgroupTable("oe_ratio", estimate(1.0, 0.9, 1.1), groups))) == 101
