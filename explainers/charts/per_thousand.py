"""A thousand patients of each group at a threshold: found, missed, false alarms, left alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.charts.layout import (
    BAR_PIXELS,
    Row,
    axis_title,
    hover_lines,
    legend_above,
    message_figure,
    row_centres,
    row_layout,
    unchecked_figure,
)
from explainers.charts.palette import Mode, palette_for, translucent
from explainers.charts.wording import format_estimate, format_percent
from explainers.core.estimate import Estimate
from explainers.subgroups.thresholds import OUTCOMES, PER, PerThousand

NOTHING_TO_DRAW = "Nobody can be counted at this threshold."
NAMES = {
    "found": "found",
    "missed": "missed",
    "false_alarms": "false alarms",
    "left_alone": "rightly left alone",
}
# Told apart by hatching as well as by colour; white figures would not do on all of them.
_PATTERNS = {"found": "", "missed": "x", "false_alarms": "/", "left_alone": ""}
_LEGEND_ROOM = 34


def per_thousand_chart(rows: Sequence[PerThousand], *, mode: Mode = "light") -> go.Figure:
    """One bar of 1,000 people for each group, with the four numbers under its name.

    Parameters
    ----------
    rows : sequence of PerThousand
    mode : {"light", "dark"}
    """
    if not rows:
        return message_figure(NOTHING_TO_DRAW, mode)
    colours = palette_for(mode)
    told = [
        Row(
            label=row.place.label,
            detail=f"at {format_percent(row.threshold)}, n {row.found.n:,}",
            amount=f"{_whole(row.found)} of {_with_outcome(row)}",
            is_strong=not row.place.conditions,
        )
        for row in rows
    ]
    layout = row_layout(told, mode, headroom=_LEGEND_ROOM)
    layout |= {
        "barmode": "stack",
        "showlegend": True,
        "legend": legend_above(mode),
    }
    layout["xaxis"] |= {
        "range": [0, PER],
        "title": axis_title("People in 1,000; on the right: found of all with the outcome"),
    }
    fills = {
        "found": colours.accent,
        "missed": colours.raises,
        "false_alarms": colours.neutral,
        "left_alone": translucent(colours.neutral, 0.22),
    }
    centres = row_centres(told)
    traces = [_bars(name, rows, centres, fills[name], mode) for name in OUTCOMES]
    return unchecked_figure(data=traces, layout=layout)


def per_thousand_table(rows: Sequence[PerThousand]) -> pd.DataFrame:
    """The same figures as text, with intervals and net benefit."""
    return pd.DataFrame(
        [
            {
                "Group": row.place.label,
                "Threshold": format_percent(row.threshold),
                **{
                    f"{NAMES[name].capitalize()} per 1,000": _people(estimate)
                    for name, estimate in zip(OUTCOMES, row.people, strict=True)
                },
                "Net benefit": format_estimate(row.net_benefit),
                "Standardised": format_estimate(row.standardized_net_benefit),
            }
            for row in rows
        ]
    )


def per_thousand_alt(rows: Sequence[PerThousand]) -> str:
    """How many of those with the outcome are found in each group, and at what price."""
    if not rows:
        return NOTHING_TO_DRAW
    told = [
        f"{row.place.label} at {format_percent(row.threshold)}: {_whole(row.found)} of"
        f" {_with_outcome(row)} with the outcome found, {_whole(row.false_alarms)} false alarms"
        for row in rows
    ]
    return f"Of 1,000 patients of each group. {'; '.join(told)}."


def _bars(
    name: str, rows: Sequence[PerThousand], centres: Sequence[float], fill: str, mode: Mode
) -> dict[str, Any]:
    estimates = [getattr(row, name) for row in rows]
    return {
        "type": "bar",
        "orientation": "h",
        "name": NAMES[name],
        "x": [estimate.value for estimate in estimates],
        "y": list(centres),
        "width": BAR_PIXELS,
        "marker": {
            "color": fill,
            "line": {"width": 1, "color": palette_for(mode).page},
            "pattern": {
                "shape": _PATTERNS[name],
                "size": 5,
                "fgcolor": palette_for(mode).page,
                "fillmode": "overlay",
            },
        },
        "hovertext": [
            hover_lines(row.place.label, f"{NAMES[name]}: {_people(estimate)} in 1,000")
            for row, estimate in zip(rows, estimates, strict=True)
        ],
        "hoverinfo": "text",
    }


def _with_outcome(row: PerThousand) -> str:
    return f"{(row.found.value or 0.0) + (row.missed.value or 0.0):.0f}"


def _whole(estimate: Estimate) -> str:
    return f"{estimate.value or 0.0:.0f}"


def _people(estimate: Estimate) -> str:
    """A number of people with its interval, ``85 [72, 99]``."""
    return f"{_whole(estimate)} [{estimate.low or 0.0:.0f}, {estimate.high or 0.0:.0f}]"
