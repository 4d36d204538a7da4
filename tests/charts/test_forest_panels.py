"""Several statistics side by side: each group has one row, each figure its own panel."""

from __future__ import annotations

import itertools
from typing import Any

import plotly.graph_objects as go
import pytest

from explainers.charts import forest_panels_alt, forest_panels_chart, forest_panels_table
from explainers.core import Estimate, Slice, SubgroupTable
from explainers.errors import SettingsError

WHITE, ASIAN, SMALL, EMPTY = (
    Slice((("race", label),)) for label in ("White", "Asian", "Small", "Empty")
)
WITHHELD = "Withheld: a count behind it is of fewer than 11 people."


def estimate(metric: str, value: float, low: float, high: float) -> Estimate:
    return Estimate(metric, value, low, high, 400, 60, "log scale")


def make_table(metric: str, overall: Estimate, white: Estimate, asian: Estimate) -> SubgroupTable:
    none = Estimate.not_estimable(metric, "Nobody has the outcome.", n=40, n_events=0)
    small = Estimate.suppressed(metric, WITHHELD)
    groups = ((WHITE, white), (ASIAN, asian), (SMALL, small), (EMPTY, none))
    return SubgroupTable(metric, overall, groups, "White")


@pytest.fixture
def tables() -> tuple[SubgroupTable, ...]:
    return (
        make_table(
            "auroc",
            estimate("auroc", 0.81, 0.79, 0.83),
            estimate("auroc", 0.84, 0.81, 0.87),
            estimate("auroc", 0.85, 0.78, 0.88),
        ),
        make_table(
            "oe_ratio",
            estimate("oe_ratio", 1.01, 0.94, 1.1),
            estimate("oe_ratio", 0.83, 0.72, 0.97),
            estimate("oe_ratio", 1.54, 1.25, 1.9),
        ),
        make_table(
            "sensitivity",
            estimate("sensitivity", 0.81, 0.77, 0.84),
            estimate("sensitivity", 0.87, 0.81, 0.92),
            Estimate.suppressed("sensitivity", WITHHELD),
        ),
    )


def texts(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def marks(figure: go.Figure, axis: str) -> list[Any]:
    return [trace for trace in figure.data if trace.name == "estimate" and trace.xaxis == axis]


def test_each_group_is_named_once_and_has_a_mark_in_each_panel(
    tables: tuple[SubgroupTable, ...],
) -> None:
    figure = forest_panels_chart(tables)
    assert sum(text.startswith("Asian<br>") for text in texts(figure)) == 1
    assert [len(marks(figure, axis)) for axis in ("x", "x2", "x3")] == [3, 3, 2]


def test_a_figure_stands_in_the_panel_and_row_of_its_mark(
    tables: tuple[SubgroupTable, ...],
) -> None:
    """Panels or rows that were mixed up would give one group the value of another."""
    figure = forest_panels_chart(tables)
    asian = marks(figure, "x2")[2]
    assert asian.x[0] == 1.54
    note = next(note for note in figure.layout.annotations if note.text.startswith("1.54<br>"))
    assert "[1.25, 1.90]" in note.text
    assert note.y == asian.y[0]
    assert note.x == figure.layout.xaxis2.domain[1]
    name = next(note for note in figure.layout.annotations if note.text.startswith("Asian"))
    assert name.y == asian.y[0]


def test_each_panel_has_its_own_axis_unit_and_line(tables: tuple[SubgroupTable, ...]) -> None:
    figure = forest_panels_chart(tables)
    axes = [figure.layout.xaxis, figure.layout.xaxis2, figure.layout.xaxis3]
    assert [axis.type for axis in axes] == [None, "log", None]
    titles = [axis.title.text.replace("<br>", " ") for axis in axes]
    assert titles == ["AUROC", "Observed / expected, log axis", "Sensitivity, %"]
    lines = [trace for trace in figure.data if trace.name == "reference"]
    assert [(line.xaxis, line.x[0]) for line in lines] == [
        ("x", 0.81),
        ("x2", 1.0),
        ("x3", pytest.approx(81)),
    ]
    assert all(set(line.y) == set(figure.layout.yaxis.range) for line in lines)
    ends = [axis.domain for axis in axes]
    assert all(left[1] < right[0] for left, right in itertools.pairwise(ends))


def test_an_absent_figure_is_a_short_word_and_its_reason_is_under_the_pointer(
    tables: tuple[SubgroupTable, ...],
) -> None:
    """A sentence in a panel would run over its neighbour or out of the chart."""
    figure = forest_panels_chart(tables)
    absent = [
        note
        for note in figure.layout.annotations
        if ">withheld<" in note.text or "not estimable" in note.text
    ]
    assert len(absent) == 7
    assert not any("fewer than 11" in text or "outcome" in text for text in texts(figure))
    assert all("fewer than 11" in n.hovertext for n in absent if ">withheld<" in n.text)
    assert all("nobody has" in n.hovertext for n in absent if "not estimable" in n.text)


def test_sizes_come_from_a_statistic_that_may_tell_them(
    tables: tuple[SubgroupTable, ...],
) -> None:
    """The order of the statistics must not decide whether a group's size is on screen."""
    frame = forest_panels_table(tables[::-1])
    assert list(frame.loc[2, ["n", "Events"]]) == ["400", "60"]
    assert list(frame.loc[3, ["n", "Events"]]) == ["withheld", "withheld"]
    assert any("reference, n 400" in text for text in texts(forest_panels_chart(tables)))


def test_the_table_has_a_row_for_each_group_and_a_column_for_each_statistic(
    tables: tuple[SubgroupTable, ...],
) -> None:
    frame = forest_panels_table(tables)
    assert list(frame["Group"]) == ["Everybody", "White (reference)", "Asian", "Small", "Empty"]
    assert list(frame.columns[3:]) == [
        "AUROC [95% interval]",
        "Observed / expected [95% interval]",
        "Sensitivity [95% interval]",
    ]
    assert list(frame.iloc[2, 3:]) == ["0.85 [0.78, 0.88]", "1.54 [1.25, 1.90]", "withheld"]
    assert frame.iloc[4, 3] == "not estimable: nobody has the outcome"


def test_the_alternative_text_has_the_finding_of_each_statistic(
    tables: tuple[SubgroupTable, ...],
) -> None:
    text = forest_panels_alt(tables)
    assert "highest: Asian 1.54 [1.25, 1.90]" in text
    assert "Sensitivity. Everybody: 81.0%" in text


def test_tables_of_different_groups_are_refused(tables: tuple[SubgroupTable, ...]) -> None:
    """Rows matched by position would print one group's figure beside another's name."""
    other = SubgroupTable("oe_ratio", tables[1].overall, tables[1].groups[::-1], "White")
    for build in (forest_panels_chart, forest_panels_table, forest_panels_alt):
        with pytest.raises(SettingsError, match="same groups"):
            build((tables[0], other))
        with pytest.raises(SettingsError, match="at least one"):
            build(())


def test_a_hundred_groups_do_not_make_an_endless_figure() -> None:
    groups = tuple(
        (Slice((("by", f"group {at}"),)), estimate("auroc", 0.8, 0.7, 0.9)) for at in range(100)
    )
    many = SubgroupTable("auroc", estimate("auroc", 0.8, 0.7, 0.9), groups)
    figure = forest_panels_chart((many,))
    assert "40 more groups in the table" in texts(figure)
    assert len(marks(figure, "x")) == 61
    assert len(forest_panels_table((many,))) == 101


def test_ticks_of_a_narrow_ratio_axis_keep_their_distance() -> None:
    """Labels of a log axis are placed one by one, and would overlap in a panel of 80 pixels."""
    wide = SubgroupTable("oe_ratio", estimate("oe_ratio", 1.0, 0.4, 1.9), ())
    ticks = forest_panels_chart((wide,)).layout.xaxis.tickvals
    assert 1.0 in ticks
    assert all(second / first >= 1.4 for first, second in itertools.pairwise(ticks))


def test_names_are_never_markup() -> None:
    place = Slice((("by", "<a href='https://x.example'>y</a>"),))
    table = SubgroupTable(
        "<i>odd</i>",
        estimate("<i>odd</i>", 1.0, 0.9, 1.1),
        ((place, Estimate.suppressed("<i>odd</i>", "<b>no</b>")),),
    )
    figure = forest_panels_chart((table,), mode="dark")
    shown = [*texts(figure), figure.layout.xaxis.title.text]
    hovers = [note.hovertext or "" for note in figure.layout.annotations]
    assert not any("<a" in text or "<i>odd" in text or "<b>no" in text for text in shown + hovers)
