"""A statistic by group, with intervals; a group without an estimate keeps its row and says why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.charts.layout import (
    DETAIL_SIZE,
    MAX_ROWS,
    Row,
    axis_title,
    hover_lines,
    row_centres,
    row_layout,
    rule_below,
    text_above,
    vertical_line,
)
from explainers.charts.palette import Mode, Palette, palette_for
from explainers.charts.wording import (
    format_absence,
    format_estimate,
    format_metric,
    format_sizes,
    is_share,
    metric_facts,
    plain_lines,
)
from explainers.core.estimate import Estimate
from explainers.core.subgroup import Slice, SubgroupTable

# Beyond a factor of ten the axis stops and an arrow says that the interval goes on.
_RATIO_LIMITS = (0.1, 10.0)
# Ticks by how many times the upper end of the window is the lower one.
_RATIO_TICKS: tuple[tuple[float, tuple[float, ...]], ...] = (
    (2.5, (0.67, 0.8, 1.0, 1.25, 1.5)),
    (5.0, (0.33, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)),
    (12.0, (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0)),
    (math.inf, (0.1, 0.3, 1.0, 3.0, 10.0)),
)


@dataclass(frozen=True)
class _Axis:
    """The window that is drawn, in the unit of the axis."""

    low: float
    high: float
    is_ratio: bool
    factor: float

    def clip(self, value: float) -> float:
        """A value in axis units, moved to the edge of the window where it lies outside."""
        return min(max(self.factor * value, self.low), self.high)

    def holds(self, value: float) -> bool:
        """Whether a value lies inside the window."""
        return self.low <= self.factor * value <= self.high


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
    places, rows = _entries(table)
    line = _line_at(table, reference_line)
    axis = _window([estimate for _, estimate in places], line, table.metric)
    label = _label(table, metric_label)
    layout = row_layout(rows, mode, headroom=22)
    layout["xaxis"] |= _axis_style(axis)
    layout["xaxis"]["title"] = axis_title(f"{label}, log axis" if axis.is_ratio else label)
    layout["shapes"] = [rule_below(rows, 1, mode)]
    if line is not None:
        layout["shapes"].append(vertical_line(axis.clip(line), colours.neutral, dash="dash"))
        layout["annotations"] += _line_names(table, line, axis, colours.muted)
    traces: list[dict[str, Any]] = []
    for (_, estimate), row, y in zip(places, rows, row_centres(rows), strict=False):
        if _is_drawn(estimate):
            traces += _marks(estimate, row, y, axis, mode)
        else:
            layout["annotations"].append(_absence(estimate, y, colours))
    return go.Figure(data=traces, layout=layout)


def forest_table(table: SubgroupTable, metric_label: str = "") -> pd.DataFrame:
    """The same figures as text: group, n, events, statistic with interval."""
    rows = []
    for place, estimate in [(Slice(), table.overall), *table.groups]:
        reference = " (reference)" if _is_reference(place, table) else ""
        n = "withheld" if estimate.n is None else f"{estimate.n:,}"
        events = "withheld" if estimate.n_events is None else f"{estimate.n_events:,}"
        rows.append((f"{place.label}{reference}", n, events, format_estimate(estimate)))
    interval = f"{_label(table, metric_label)} [{table.overall.level:.0%} interval]"
    return pd.DataFrame(rows, columns=["Group", "n", "Events", interval])


def forest_alt(table: SubgroupTable, metric_label: str = "") -> str:
    """The main finding in two sentences, for those who do not see the chart."""
    estimated = [(p, e) for p, e in table.groups if _is_drawn(e)]
    head = (
        f"Forest plot of {_label(table, metric_label)} for {len(table.groups)} groups."
        f" Everybody: {format_estimate(table.overall)}."
    )
    if not estimated:
        return f"{head} No group has an estimate."
    lowest = min(estimated, key=lambda entry: entry[1].value or 0.0)
    highest = max(estimated, key=lambda entry: entry[1].value or 0.0)
    ends = (
        f"Lowest: {lowest[0].label} {format_estimate(lowest[1])};"
        f" highest: {highest[0].label} {format_estimate(highest[1])}."
    )
    n_without = len(table.groups) - len(estimated)
    without = f" {n_without} without an estimate." if n_without else ""
    return f"{head} {ends}{without}"


def _entries(table: SubgroupTable) -> tuple[list[tuple[Slice, Estimate]], list[Row]]:
    """Groups that are drawn and their rows, everybody first; a last row counts the others."""
    places = [(Slice(), table.overall), *table.groups][: MAX_ROWS + 1]
    rows = [
        Row(
            label=place.label,
            detail=("reference, " if _is_reference(place, table) else "") + format_sizes(estimate),
            amount=format_estimate(estimate) if _is_drawn(estimate) else "",
            hover="" if _is_drawn(estimate) else f"{place.label}, {format_absence(estimate)}",
            is_strong=not place.conditions,
        )
        for place, estimate in places
    ]
    n_left_out = len(table.groups) + 1 - len(places)
    if n_left_out:
        rows.append(Row(f"{n_left_out} more groups in the table"))
    return places, rows


def _is_reference(place: Slice, table: SubgroupTable) -> bool:
    return bool(place.conditions) and place.label == table.reference_group


def _is_drawn(estimate: Estimate) -> bool:
    return estimate.is_estimated and estimate.value is not None and math.isfinite(estimate.value)


def _label(table: SubgroupTable, metric_label: str) -> str:
    facts = metric_facts(table.metric)
    return metric_label or (table.metric if facts is None else facts.label)


def _ideal(metric: str) -> float | None:
    """The value that a perfectly calibrated model has, where there is one."""
    facts = metric_facts(metric)
    return None if facts is None else facts.ideal


def _line_at(table: SubgroupTable, reference_line: float | None) -> float | None:
    if reference_line is not None:
        return reference_line
    ideal = _ideal(table.metric)
    if ideal is not None:
        return ideal
    return table.overall.value if _is_drawn(table.overall) else None


def _window(estimates: Sequence[Estimate], line: float | None, metric: str) -> _Axis:
    """The window that holds every interval and the line, within sensible limits."""
    facts = metric_facts(metric)
    factor = 100.0 if is_share(metric) else 1.0
    is_ratio = facts is not None and facts.kind == "ratio"
    ends = [
        factor * end
        for estimate in estimates
        if _is_drawn(estimate)
        for end in (estimate.low, estimate.value, estimate.high)
        if end is not None and math.isfinite(end)
    ]
    ends += [] if line is None else [factor * line]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    if is_ratio:
        low, high = max(min(low, 0.8), _RATIO_LIMITS[0]), min(max(high, 1.25), _RATIO_LIMITS[1])
        return _Axis(low / 1.08, high * 1.08, is_ratio, factor)
    margin = max(0.05 * (high - low), 0.02 * factor)
    low, high = low - margin, high + margin
    if is_share(metric):
        low, high = max(low, -1.0), min(high, 101.0)
    return _Axis(low, high, is_ratio, factor)


def _axis_style(axis: _Axis) -> dict[str, Any]:
    if not axis.is_ratio:
        return {"range": [axis.low, axis.high], "ticksuffix": "%" if axis.factor == 100 else ""}
    spread = axis.high / axis.low
    candidates = next(ticks for limit, ticks in _RATIO_TICKS if spread <= limit)
    ticks = [tick for tick in candidates if axis.low <= tick <= axis.high]
    return {
        "type": "log",
        "range": [math.log10(axis.low), math.log10(axis.high)],
        "tickvals": ticks,
        "ticktext": [f"{tick:g}" for tick in ticks],
        "tickangle": 0,
    }


def _marks(estimate: Estimate, row: Row, y: float, axis: _Axis, mode: Mode) -> list[dict[str, Any]]:
    """Interval as a line, arrows where it leaves the window, and the estimate on top."""
    value = estimate.value or 0.0
    colours = palette_for(mode)
    colour = colours.ink if row.is_strong else colours.accent
    level = f"{estimate.level:.0%} interval, {estimate.interval_method}"
    mark = {
        "type": "scatter",
        "name": "estimate",
        "mode": "markers",
        "x": [axis.clip(value)],
        "y": [y],
        "marker": {
            "symbol": _symbol(axis, value, is_strong=row.is_strong),
            "size": 14 if row.is_strong else 11,
            "color": colour,
            "line": {"color": colours.page, "width": 1.5},
        },
        "hovertext": hover_lines(row.label, row.amount, level, row.detail),
        "hoverinfo": "text",
        "cliponaxis": False,
    }
    if estimate.low is None or estimate.high is None:
        return [mark]
    return [_interval((estimate.low, estimate.high), y, axis, colour), mark]


def _interval(ends: tuple[float, float], y: float, axis: _Axis, colour: str) -> dict[str, Any]:
    arrows = ("triangle-left", "triangle-right")
    return {
        "type": "scatter",
        "name": "interval",
        "mode": "lines+markers",
        "x": [axis.clip(end) for end in ends],
        "y": [y, y],
        "line": {"color": colour, "width": 2},
        "marker": {
            "symbol": [
                "line-ns" if axis.holds(end) else arrow
                for end, arrow in zip(ends, arrows, strict=True)
            ],
            "size": [9 if axis.holds(end) else 10 for end in ends],
            "color": colour,
            "line": {"color": colour, "width": 2},
        },
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _symbol(axis: _Axis, value: float, *, is_strong: bool) -> str:
    """Everybody is a diamond, a group a square; an arrow where the value lies beyond the window."""
    if axis.factor * value < axis.low:
        return "triangle-left"
    if axis.factor * value > axis.high:
        return "triangle-right"
    return "diamond" if is_strong else "square"


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
    table: SubgroupTable, line: float, axis: _Axis, colour: str
) -> list[dict[str, Any]]:
    """Say what the line is; for observed over expected, what either side means."""
    if table.metric == "oe_ratio":
        x = math.log10(axis.clip(line))
        return [
            text_above("overestimates risk ←", x, colour, xanchor="right", xshift=-6),
            text_above("→ underestimates risk", x, colour, xanchor="left", xshift=6),
        ]
    is_everybody = _ideal(table.metric) is None and line == table.overall.value
    name = "everybody" if is_everybody else "target"
    share = (axis.clip(line) - axis.low) / (axis.high - axis.low)
    anchor = "left" if share < 0.2 else "right" if share > 0.8 else "center"
    text = f"{name} {format_metric(line, table.metric)}"
    return [text_above(text, axis.clip(line), colour, xanchor=anchor)]
