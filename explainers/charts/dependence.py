"""Contribution of an input against its value, apart for low and high values of a second one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.attribution.dependence import THIRDS, Dependence, DependenceSeries
from explainers.charts.importance import UNITS
from explainers.charts.layout import (
    axis_title,
    hover_lines,
    legend_above,
    message_figure,
    template,
    unchecked_figure,
)
from explainers.charts.palette import Mode, palette_for
from explainers.charts.ranking import input_label
from explainers.charts.wording import format_change, plain_lines, to_axis
from explainers.core.encoding import format_value
from explainers.core.schema import Column
from explainers.disclosure.counts import ROUNDED_TO, round_people

NOTHING_TO_DRAW = "No mark would stand for enough people."
_HEIGHT = 430


def dependence_chart(
    dependence: Dependence, columns: Sequence[Column], *, mode: Mode = "light"
) -> go.Figure:
    """Mean contributions with their intervals, a line for each part of the partner's values.

    Parameters
    ----------
    dependence : Dependence
    columns : sequence of Column
        The model's columns, for labels and levels.
    mode : {"light", "dark"}
    """
    if not dependence.series:
        return message_figure(NOTHING_TO_DRAW, mode)
    column = _column(dependence.feature, columns)
    traces = [
        _line(series, at, dependence, columns, mode) for at, series in enumerate(dependence.series)
    ]
    layout: dict[str, Any] = {
        "template": template(mode),
        "height": _HEIGHT,
        "margin": {"l": 64, "r": 12, "t": 40, "b": 60},
        "xaxis": {"title": axis_title(column.label_with_unit), "nticks": 8},
        "yaxis": {
            "title": axis_title(f"Contribution, {UNITS[dependence.scale]}"),
            "zeroline": True,
            "zerolinecolor": palette_for(mode).rule,
            "zerolinewidth": 1.5,
            "nticks": 7,
        },
        "showlegend": bool(dependence.partner),
        "legend": legend_above(mode),
    }
    if not column.is_numeric:
        layout["xaxis"] |= level_axis(column)
    return unchecked_figure(data=traces, layout=layout)


def dependence_table(dependence: Dependence, columns: Sequence[Column]) -> pd.DataFrame:
    """The marks as text; numbers of people rounded, so that nobody is left over."""
    column = _column(dependence.feature, columns)
    rows = [
        (
            series_label(series, dependence, columns) or "Everybody",
            _value_text(float(x), column),
            format_change(float(mean), dependence.scale),
            " to ".join(format_change(float(end), dependence.scale) for end in (low, high)),
            about(int(n)),
        )
        for series in dependence.series
        for x, mean, low, high, n in zip(
            series.x, series.mean, series.low, series.high, series.n, strict=True
        )
    ]
    unit = UNITS[dependence.scale]
    return pd.DataFrame(
        rows,
        columns=["Patients with", column.label, f"Mean contribution, {unit}", "95%", "Patients"],
    )


def dependence_alt(dependence: Dependence, columns: Sequence[Column]) -> str:
    """From where to where the contribution goes, for those who do not see the chart."""
    if not dependence.series:
        return NOTHING_TO_DRAW
    column = _column(dependence.feature, columns)
    told = [
        f"{series_label(series, dependence, columns) or 'everybody'} from"
        f" {format_change(float(series.mean[0]), dependence.scale)} at"
        f" {_value_text(float(series.x[0]), column)} to"
        f" {format_change(float(series.mean[-1]), dependence.scale)} at"
        f" {_value_text(float(series.x[-1]), column)}"
        for series in dependence.series
    ]
    return (
        f"Mean contribution of {column.label} in {UNITS[dependence.scale]} against its value:"
        f" {'; '.join(told)}."
    )


def series_label(
    series: DependenceSeries, dependence: Dependence, columns: Sequence[Column]
) -> str:
    """Name of a line: the partner and which part of its values; "" for everybody."""
    if not dependence.partner:
        return ""
    partner = input_label(dependence.partner, columns)
    part = f"{series.label} third" if series.label in THIRDS else series.label
    return f"{partner}: {part}"


def about(n: int) -> str:
    """A number of people, 11 or more, to the nearest twenty."""
    return f"about {int(round_people(n)):,}" if n > ROUNDED_TO else "11 or more"


def level_axis(column: Column) -> dict[str, Any]:
    """Names of the levels in place of their positions."""
    return {
        "tickvals": list(range(len(column.levels))),
        "ticktext": ["<br>".join(plain_lines(level, 16, 2)) for level in column.levels],
        "range": [-0.5, len(column.levels) - 0.5],
    }


def _column(name: str, columns: Sequence[Column]) -> Column:
    return next(column for column in columns if column.name == name)


def _value_text(x: float, column: Column) -> str:
    return format_value(x, column)


def line_style(at: int, n: int, mode: Mode) -> tuple[str, str, str]:
    """Colour, dash and symbol of one of n lines: never told apart by colour alone."""
    colours = palette_for(mode)
    if n == 1:
        return colours.accent, "solid", "circle"
    styles = (
        (colours.neutral, "dot", "circle-open"),
        (colours.accent, "solid", "circle"),
        (colours.ink, "dash", "square"),
        (colours.raises, "dashdot", "diamond"),
        (colours.lowers, "longdash", "triangle-up"),
        (colours.muted, "longdashdot", "x"),
    )
    return styles[at % len(styles)]


def _line(
    series: DependenceSeries,
    at: int,
    dependence: Dependence,
    columns: Sequence[Column],
    mode: Mode,
) -> dict[str, Any]:
    column, scale = _column(dependence.feature, columns), dependence.scale
    colour, dash, symbol = line_style(at, len(dependence.series), mode)
    label = series_label(series, dependence, columns)
    n_lines, shift = len(dependence.series), 0.0
    if not column.is_numeric:
        shift = 0.16 * (at - (n_lines - 1) / 2)
    return {
        "type": "scatter",
        "name": "<br>".join(plain_lines(label, 60, 1)),
        "mode": "lines+markers" if column.is_numeric or column.ordered else "markers",
        "x": (series.x + shift).tolist(),
        "y": [to_axis(float(mean), scale) for mean in series.mean],
        "line": {"color": colour, "width": 2, "dash": dash},
        "marker": {"size": 8, "symbol": symbol, "color": colour},
        "error_y": {
            "array": [to_axis(float(end), scale) for end in series.high - series.mean],
            "arrayminus": [to_axis(float(end), scale) for end in series.mean - series.low],
            "symmetric": False,
            "color": colour,
            "thickness": 1,
            "width": 3,
        },
        "hovertext": [
            hover_lines(
                label,
                f"{column.label}: {_value_text(float(x), column)}",
                f"{format_change(float(mean), scale)}, 95% from"
                f" {format_change(float(low), scale)} to {format_change(float(high), scale)}",
                f"{about(int(n))} patients",
            )
            for x, mean, low, high, n in zip(
                series.x, series.mean, series.low, series.high, series.n, strict=True
            )
        ],
        "hoverinfo": "text",
    }
