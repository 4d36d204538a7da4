"""A statistic by group, with intervals; a group without an estimate keeps its row and says why."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.charts.forest_axis import (
    ForestAxis,
    forest_window,
    is_drawn,
    reference_name,
    reference_value,
    statistic_label,
)
from explainers.charts.forest_rows import (
    all_places,
    drawn_places,
    estimate_marks,
    finding,
    forest_rows,
    size_columns,
)
from explainers.charts.layout import (
    DETAIL_SIZE,
    axis_title,
    hover_lines,
    row_centres,
    row_layout,
    rule_below,
    text_above,
    unchecked_figure,
    vertical_line,
)
from explainers.charts.palette import Mode, Palette, palette_for
from explainers.charts.wording import format_absence, format_estimate, format_metric, plain_lines
from explainers.core.estimate import Estimate
from explainers.core.subgroup import SubgroupTable


def forest_chart(
    table: SubgroupTable,
    metric_label: str = "",
    *,
    reference_line: float | None = None,
    mode: Mode = "light",
) -> go.Figure:
    """Estimates and intervals of everybody and of each group.

    Observed over expected is drawn on a log axis. Groups that are not estimable or suppressed keep
    their row, with the reason in place of the mark.

    Parameters
    ----------
    table : SubgroupTable
    metric_label : str
        Name of the statistic on screen; by default as the list of metrics has it.
    reference_line : float, optional
        Where to draw the line, in the unit of the statistic; by default the value that is right
        for this statistic (1 for observed over expected), else the value for everybody.
    mode : {"light", "dark"}
    """
    colours = palette_for(mode)
    places = drawn_places(table)
    rows = forest_rows(places, table)
    line = reference_value(table) if reference_line is None else reference_line
    axis = forest_window([estimate for _, estimate in places], line, table.metric)
    label = statistic_label(table, metric_label)
    layout = row_layout(rows, mode, headroom=22)
    layout["xaxis"] |= axis.style()
    layout["xaxis"]["title"] = axis_title(f"{label}, log axis" if axis.is_ratio else label)
    layout["shapes"] = [rule_below(rows, 1, mode)]
    if line is not None:
        layout["shapes"].append(vertical_line(axis.clip(line), colours.neutral, dash="dash"))
        layout["annotations"] += _line_names(table, line, axis, colours.muted)
    traces: list[dict[str, Any]] = []
    for (_, estimate), row, y in zip(places, rows, row_centres(rows), strict=False):
        if is_drawn(estimate):
            traces += estimate_marks(estimate, row, y, axis, mode)
        else:
            layout["annotations"].append(_absence(estimate, y, colours))
    return unchecked_figure(data=traces, layout=layout)


def forest_table(table: SubgroupTable, metric_label: str = "") -> pd.DataFrame:
    """The same figures as text: group, n, events, statistic with interval."""
    places = all_places(table)
    name = f"{statistic_label(table, metric_label)} [{table.overall.level:.0%} interval]"
    figures = [format_estimate(estimate) for _, estimate in places]
    return pd.DataFrame({**size_columns(places, table), name: figures})


def forest_alt(table: SubgroupTable, metric_label: str = "") -> str:
    """The main finding in two sentences, for those who do not see the chart."""
    label = statistic_label(table, metric_label)
    return f"Forest plot of {label} for {len(table.groups)} groups. {finding(table)}"


def _absence(estimate: Estimate, y: float, colours: Palette) -> dict[str, Any]:
    """Text that stands where the mark would be."""
    return {
        "text": "<br>".join(
            f"<i>{line}</i>" for line in plain_lines(format_absence(estimate), 52, 2)
        ),
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "align": "left",
        "y": y,
        "yref": "y",
        "showarrow": False,
        "borderpad": 0,
        "font": {"size": DETAIL_SIZE + 1, "color": colours.muted},
        "hovertext": hover_lines(format_absence(estimate)),
        # The page's own colour, so that the reference line does not strike the words through.
        "bgcolor": colours.page,
    }


def _line_names(
    table: SubgroupTable, line: float, axis: ForestAxis, colour: str
) -> list[dict[str, Any]]:
    """Say what the line is; for observed over expected, what either side means."""
    if table.metric == "oe_ratio":
        x = math.log10(axis.clip(line))
        return [
            text_above("overestimates risk ←", x, colour, xanchor="right", xshift=-6),
            text_above("→ underestimates risk", x, colour, xanchor="left", xshift=6),
        ]
    share = (axis.clip(line) - axis.low) / (axis.high - axis.low)
    anchor = "left" if share < 0.2 else "right" if share > 0.8 else "center"
    text = f"{reference_name(table, line)} {format_metric(line, table.metric)}"
    return [text_above(text, axis.clip(line), colour, xanchor=anchor)]
