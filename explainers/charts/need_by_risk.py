"""Mean need against the percentile of predicted risk: a panel per label, a line per group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.charts.dependence import line_style
from explainers.charts.layout import (
    DETAIL_SIZE,
    axis_title,
    hover_lines,
    legend_above,
    message_figure,
    template,
    unchecked_figure,
)
from explainers.charts.palette import Mode, palette_for, translucent
from explainers.charts.wording import format_percent, plain_lines
from explainers.core.curve import Curve
from explainers.subgroups.label_results import LabelChoice, NeedCurve

NOTHING_TO_DRAW = "No mark would stand for enough people."
_HEIGHT, _GAP = 440, 0.06
# Bands of many groups lie over each other; fainter ones still show where they part.
_BAND, _FAINT = 0.12, 0.05


def need_by_risk_chart(choice: LabelChoice, *, mode: Mode = "light") -> go.Figure:
    """How sick people of each group are at equal predicted risk.

    One panel for the label in question and one for the need it is held against, with one axis of
    need; the line where selection begins is upright.

    Parameters
    ----------
    choice : LabelChoice
    mode : {"light", "dark"}
    """
    if not choice.curves:
        return message_figure(NOTHING_TO_DRAW, mode)
    groups = _groups(choice)
    traces: list[dict[str, Any]] = []
    for panel, label in enumerate(choice.labels[:2]):
        own = [one for one in choice.curves if one.outcome == label.outcome]
        for one in sorted(own, key=lambda one: groups.index(one.group)):
            style = line_style(groups.index(one.group), len(groups), mode)
            drawn = _line(one, panel, style, is_share=choice.measure.is_share)
            drawn[0]["fillcolor"] = translucent(style[0], _BAND if len(groups) < 4 else _FAINT)
            traces += drawn
    return unchecked_figure(data=traces, layout=_layout(choice, len(groups), mode))


def need_by_risk_table(choice: LabelChoice) -> pd.DataFrame:
    """The marks as text; how many people each stands for is not told, only that it is enough."""
    is_share = choice.measure.is_share
    rows = [
        (
            _label(choice, one.outcome),
            one.group,
            f"{x:.1f}",
            _amount(y, is_share=is_share),
            f"{_amount(low, is_share=is_share)} to {_amount(high, is_share=is_share)}",
        )
        for one in choice.curves
        for x, y, low, high in _points(one.curve)
    ]
    columns = [
        "Trained for",
        "Group",
        "Percentile of risk",
        f"Mean: {choice.measure.label_with_unit}",
        "95%",
    ]
    return pd.DataFrame(rows, columns=columns)


def need_by_risk_alt(choice: LabelChoice) -> str:
    """Mean need of each group at the upper end of the risks, for those who do not see the chart."""
    if not choice.curves:
        return NOTHING_TO_DRAW
    told = []
    for label in choice.labels[:2]:
        ends = [
            f"{one.group} {_amount(float(one.curve.y[-1]), is_share=choice.measure.is_share)}"
            for one in choice.curves
            if one.outcome == label.outcome
        ]
        told.append(f"by {label.label}: {', '.join(ends)}")
    return (
        f"Mean {choice.measure.label_with_unit} of those with the highest predicted risk,"
        f" {'; '.join(told)}."
    )


def _groups(choice: LabelChoice) -> list[str]:
    """Groups with a curve, the reference first."""
    names = list(dict.fromkeys(one.group for one in choice.curves))
    return sorted(names, key=lambda name: name != choice.reference)


def _label(choice: LabelChoice, outcome: str) -> str:
    return next(label.label for label in choice.labels if label.outcome == outcome)


def _points(curve: Curve) -> list[tuple[float, float, float, float]]:
    """x, y, low and high of each mark."""
    low = curve.y if curve.low is None else curve.low
    high = curve.y if curve.high is None else curve.high
    return [
        (float(x), float(y), float(below), float(above))
        for x, y, below, above in zip(curve.x, curve.y, low, high, strict=True)
    ]


def _amount(value: float, *, is_share: bool) -> str:
    return format_percent(value) if is_share else f"{value:.2f}"


def _line(
    one: NeedCurve, panel: int, style: tuple[str, str, str], *, is_share: bool
) -> list[dict[str, Any]]:
    """The band, then the line over it."""
    colour, dash, symbol = style
    factor = 100.0 if is_share else 1.0
    points = _points(one.curve)
    x = [point[0] for point in points]
    place = {"type": "scatter", "xaxis": ("x", "x2")[panel], "yaxis": ("y", "y2")[panel]}
    band = {
        **place,
        "name": "band",
        "showlegend": False,
        "mode": "lines",
        "x": [*x, *x[::-1]],
        "y": [factor * p[3] for p in points] + [factor * p[2] for p in points[::-1]],
        "fill": "toself",
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    line = {
        **place,
        "name": "<br>".join(plain_lines(one.group, 40, 1)),
        "legendgroup": one.group,
        "showlegend": panel == 0,
        "mode": "lines+markers",
        "x": x,
        "y": [factor * point[1] for point in points],
        "line": {"color": colour, "width": 2, "dash": dash},
        "marker": {"size": 7, "symbol": symbol, "color": colour},
        "hovertext": [
            hover_lines(
                one.group,
                f"around the percentile {at:.0f} of predicted risk",
                f"mean {_amount(y, is_share=is_share)}"
                f" [{_amount(low, is_share=is_share)}, {_amount(high, is_share=is_share)}]",
            )
            for at, y, low, high in points
        ],
        "hoverinfo": "text",
    }
    return [band, line]


def _layout(choice: LabelChoice, n_groups: int, mode: Mode) -> dict[str, Any]:
    colours = palette_for(mode)
    half = (1 - _GAP) / 2
    unit = "%" if choice.measure.is_share else ""
    value = {"range": _range(choice), "ticksuffix": unit, "nticks": 7, "fixedrange": True}
    layout: dict[str, Any] = {
        "template": template(mode),
        "height": _HEIGHT,
        "margin": {"l": 64, "r": 12, "t": 104 if n_groups > 3 else 84, "b": 60},
        "showlegend": True,
        "legend": legend_above(mode, y=1.14),
        "yaxis": {
            **value,
            "anchor": "x",
            "title": axis_title(f"Mean: {choice.measure.label_with_unit}"),
        },
        "yaxis2": {**value, "anchor": "x2", "showticklabels": False},
        "shapes": [],
        "annotations": [],
    }
    for panel, label in enumerate(choice.labels[:2]):
        start, suffix = panel * (half + _GAP), ("", "2")[panel]
        layout[f"xaxis{suffix}"] = {
            "domain": [start, start + half],
            "anchor": f"y{suffix}",
            "range": [-1, 101],
            "nticks": 6,
            "title": axis_title("Percentile of predicted risk"),
        }
        layout["shapes"].append(
            {
                "type": "line",
                "layer": "below",
                "xref": f"x{suffix}",
                "yref": "paper",
                "x0": 100 * (1 - choice.top),
                "x1": 100 * (1 - choice.top),
                "y0": 0,
                "y1": 1,
                "line": {"color": colours.neutral, "width": 1.5, "dash": "dash"},
            }
        )
        layout["annotations"].append(
            {
                "text": "<br>".join(plain_lines(f"Trained for: {label.label}", 42, 2)),
                "x": start,
                "xref": "paper",
                "xanchor": "left",
                "align": "left",
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "yshift": 4,
                "showarrow": False,
                "borderpad": 0,
                "font": {"size": DETAIL_SIZE + 1, "color": colours.ink},
            }
        )
    return layout


def _range(choice: LabelChoice) -> Sequence[float]:
    """One range for both panels, bands included."""
    factor = 100.0 if choice.measure.is_share else 1.0
    shown = {label.outcome for label in choice.labels[:2]}
    points = [
        point for one in choice.curves if one.outcome in shown for point in _points(one.curve)
    ]
    low, high = min(point[2] for point in points), max(point[3] for point in points)
    room = 0.05 * max(high - low, 1e-9)
    return [factor * (low - room), factor * (high + room)]
