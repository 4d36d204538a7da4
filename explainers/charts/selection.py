"""Who is selected by each label: a row for each group and label, beside the group's own share."""

from __future__ import annotations

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
    rule_below,
    unchecked_figure,
)
from explainers.charts.palette import Mode, palette_for
from explainers.charts.wording import MINUS, absence_word, format_percent
from explainers.core.estimate import Estimate
from explainers.subgroups.label_results import GroupSelection, LabelChoice

NOTHING_TO_DRAW = "Every group is withheld: a count behind it is too small to show."
_SYMBOLS = ("square-open", "circle", "diamond", "triangle-up", "x")


def format_share(estimate: Estimate) -> str:
    """A share of people with its interval in percent, or the kind of its absence."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return absence_word(estimate)
    low, high = (format_percent(end).rstrip("%") for end in (estimate.low, estimate.high))
    return f"{format_percent(estimate.value)} [{low}, {high}]"


def format_points(estimate: Estimate) -> str:
    """A difference of two shares with its interval in percentage points, signs included."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return absence_word(estimate)
    value, low, high = (
        f"{100 * part:+.1f}".replace("-", MINUS)
        for part in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} points [{low}, {high}]"


def selection_chart(choice: LabelChoice, *, mode: Mode = "light") -> go.Figure:
    """Share of each group among the selected, by the model of each outcome.

    The upright mark in each row is the group's share of all people.

    Parameters
    ----------
    choice : LabelChoice
    mode : {"light", "dark"}
    """
    groups = _shown(choice)
    if not groups:
        return message_figure(NOTHING_TO_DRAW, mode)
    rows = [row for group in groups for row in _rows(group, choice)]
    layout = row_layout(rows, mode)
    layout["xaxis"] |= {
        "title": axis_title(f"Share of the {choice.n_selected:,} selected"),
        "ticksuffix": "%",
        "range": _range(groups),
        "zeroline": False,
    }
    n_labels = len(choice.labels)
    layout["shapes"] = [rule_below(rows, n_labels * at, mode) for at in range(1, len(groups))]
    places = list(zip(rows, row_centres(rows), strict=True))
    traces: list[dict[str, Any]] = []
    for position, group in enumerate(groups):
        own = places[position * n_labels : (position + 1) * n_labels]
        traces.append(_everybody(group, [y for _, y in own], mode))
        for at, (row, y) in enumerate(own):
            traces += _marks(group.share[at], at, y, row, mode)
    return unchecked_figure(data=traces, layout=layout)


def selection_table(choice: LabelChoice) -> pd.DataFrame:
    """The same figures as text, with the selection rate of each group."""
    columns: dict[str, list[str]] = {
        "Group": [_name(group, choice) for group in choice.groups],
        "Of everybody": [format_share(group.everybody) for group in choice.groups],
    }
    for at, label in enumerate(choice.labels):
        columns[f"Of those selected by: {label.label}"] = [
            format_share(group.share[at]) for group in choice.groups
        ]
        columns[f"Selected by it, of the group: {label.label}"] = [
            format_share(group.rate[at]) for group in choice.groups
        ]
    return pd.DataFrame(columns)


def selection_alt(choice: LabelChoice) -> str:
    """The largest change, for those who do not see the chart."""
    largest = choice.largest_change
    if largest is None:
        return NOTHING_TO_DRAW
    first, second = choice.labels[:2]
    return (
        f"Share of each group among the {choice.n_selected:,} selected, by label. Largest change:"
        f" {largest.group}, {format_share(largest.share[0])} by {first.label} and"
        f" {format_share(largest.share[1])} by {second.label};"
        f" {format_share(largest.everybody)} of everybody."
    )


def _shown(choice: LabelChoice) -> list[GroupSelection]:
    return [group for group in choice.groups if not group.is_hidden]


def _name(group: GroupSelection, choice: LabelChoice) -> str:
    return f"{group.group} (reference)" if group.group == choice.reference else group.group


def _rows(group: GroupSelection, choice: LabelChoice) -> list[Row]:
    return [
        Row(
            label=_name(group, choice) if at == 0 else "",
            detail=label.label,
            amount=format_share(group.share[at]),
            hover=f"{group.group}, selected by {label.label}\n{format_share(group.share[at])}",
        )
        for at, label in enumerate(choice.labels)
    ]


def _range(groups: list[GroupSelection]) -> list[float]:
    highs = [
        100 * (part.high or 0.0) for group in groups for part in (*group.share, group.everybody)
    ]
    return [-2.0, min(max(highs) * 1.06, 101.0)]


def _everybody(group: GroupSelection, own: list[float], mode: Mode) -> dict[str, Any]:
    """The group's share of all people, in every row of the group."""
    colour = palette_for(mode).neutral
    value = 100 * (group.everybody.value or 0.0)
    return {
        "type": "scatter",
        "name": "everybody",
        "mode": "markers",
        "x": [value] * len(own),
        "y": own,
        "marker": {"symbol": "line-ns", "size": 22, "line": {"color": colour, "width": 2}},
        "hovertext": [hover_lines(group.group, f"{format_share(group.everybody)} of everybody")]
        * len(own),
        "hoverinfo": "text",
    }


def _marks(estimate: Estimate, at: int, y: float, row: Row, mode: Mode) -> list[dict[str, Any]]:
    """Interval and value of one label; the label in question stands back."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return []
    colours = palette_for(mode)
    colour = (colours.muted, colours.accent, colours.ink, colours.raises, colours.lowers)[at % 5]
    interval = {
        "type": "scatter",
        "name": "interval",
        "mode": "lines",
        "x": [100 * estimate.low, 100 * estimate.high],
        "y": [y, y],
        "line": {"color": colour, "width": 2},
        "hoverinfo": "skip",
    }
    mark = {
        "type": "scatter",
        "name": "share",
        "mode": "markers",
        "x": [100 * estimate.value],
        "y": [y],
        "marker": {
            "symbol": _SYMBOLS[at % len(_SYMBOLS)],
            "size": 11,
            "color": colour,
            "line": {"color": colour, "width": 2},
        },
        "hovertext": row.hover_text,
        "hoverinfo": "text",
    }
    return [interval, mark]
