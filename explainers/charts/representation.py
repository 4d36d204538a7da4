"""Share of each group among the patients, beside the share it should or did have elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.charts.layout import (
    Row,
    axis_title,
    hover_lines,
    message_figure,
    row_centres,
    row_layout,
    unchecked_figure,
)
from explainers.charts.palette import Mode, palette_for
from explainers.charts.wording import format_absence, format_percent
from explainers.core.estimate import Estimate
from explainers.subgroups.representation import Representation

NOTHING_TO_DRAW = "There is no group to compare."
_HALF_STROKE = 11


def representation_chart(
    rows: Sequence[Representation], target_name: str, *, mode: Mode = "light"
) -> go.Figure:
    """A dot with its interval for each group, and an upright stroke for what it is compared with.

    Parameters
    ----------
    rows : sequence of Representation
    target_name : str
        What the strokes are, in words.
    mode : {"light", "dark"}
    """
    if not rows:
        return message_figure(NOTHING_TO_DRAW, mode)
    colours = palette_for(mode)
    told = [
        Row(row.place.label, detail=_compared(row, target_name), amount=share_text(row.share))
        for row in rows
    ]
    layout = row_layout(told, mode)
    layout["xaxis"] |= {
        "range": [0, _right_end(rows)],
        "ticksuffix": "%",
        "title": axis_title(f"Share of patients; upright stroke: {target_name}"),
    }
    traces: list[dict[str, Any]] = []
    for row, y in zip(rows, row_centres(told), strict=True):
        if row.target is not None:
            traces.append(_stroke(100 * row.target, y, colours.neutral))
        if row.share.value is not None:
            traces.append(_dot(row, y, colours.accent))
    return unchecked_figure(data=traces, layout=layout)


def representation_table(rows: Sequence[Representation], target_name: str) -> pd.DataFrame:
    """The same figures as text."""
    return pd.DataFrame(
        [
            {
                "Group": row.place.label,
                "n": "withheld" if row.share.n_events is None else f"{row.share.n_events:,}",
                "Share of patients [95% interval]": share_text(row.share),
                target_name.capitalize(): _target(row),
                "Share / target": "" if row.ratio is None else f"{row.ratio:.2f}",
            }
            for row in rows
        ]
    )


def representation_alt(rows: Sequence[Representation], target_name: str) -> str:
    """Which group is furthest below and above its target."""
    told = [row for row in rows if row.ratio is not None]
    if not told:
        return f"Share of each group among the patients; {target_name} is not known."
    least = min(told, key=lambda row: row.ratio or 0.0)
    most = max(told, key=lambda row: row.ratio or 0.0)
    ends = [
        f"{row.place.label} {share_text(row.share)} against {_target(row)}" for row in (least, most)
    ]
    return (
        f"Share of each group among the patients against {target_name}. Furthest below: {ends[0]};"
        f" furthest above: {ends[1]}."
    )


def share_text(estimate: Estimate) -> str:
    """A share in percent with its interval, or why there is none, in a word."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return format_absence(estimate).partition(":")[0]
    low, high = (format_percent(end).rstrip("%") for end in (estimate.low, estimate.high))
    return f"{format_percent(estimate.value)} [{low}, {high}]"


def _compared(row: Representation, target_name: str) -> str:
    return f"{target_name}: {_target(row)}"


def _target(row: Representation) -> str:
    return "not shown" if row.target is None else format_percent(row.target)


def _right_end(rows: Sequence[Representation]) -> float:
    ends = [row.share.high or 0.0 for row in rows] + [row.target or 0.0 for row in rows]
    return min(100.0, 105 * max(ends) + 1)


def _stroke(x: float, y: float, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": "target",
        "mode": "lines",
        "x": [x, x],
        "y": [y - _HALF_STROKE, y + _HALF_STROKE],
        "line": {"color": colour, "width": 3},
        "hoverinfo": "skip",
    }


def _dot(row: Representation, y: float, colour: str) -> dict[str, Any]:
    value, low, high = (
        100 * (end or 0.0) for end in (row.share.value, row.share.low, row.share.high)
    )
    return {
        "type": "scatter",
        "name": "share",
        "mode": "markers",
        "x": [value],
        "y": [y],
        "marker": {"size": 10, "color": colour},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [high - value],
            "arrayminus": [value - low],
            "color": colour,
            "thickness": 2,
            "width": 4,
        },
        "hovertext": hover_lines(row.place.label, share_text(row.share), f"target {_target(row)}"),
        "hoverinfo": "text",
    }
