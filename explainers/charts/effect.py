"""ALE beside partial dependence, over the density of the values that patients have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explainers.charts.dependence import level_axis, line_style
from explainers.charts.layout import (
    DETAIL_SIZE,
    axis_title,
    hover_lines,
    legend_above,
    message_figure,
    template,
    unchecked_figure,
)
from explainers.charts.palette import Mode, Palette, palette_for, translucent
from explainers.charts.wording import format_change, format_percent, plain_lines, to_axis
from explainers.core.arrays import FloatArray
from explainers.core.encoding import format_value
from explainers.core.schema import Column
from explainers.effects.effect import Effect
from explainers.effects.pair import EffectPair

NOTHING_TO_DRAW = "There is no curve to draw."
TITLES = ("Accumulated local effects (ALE)", "Partial dependence")
_HEIGHT, _GAP, _STRIP = 440, 0.06, 0.14


def effect_chart(pairs: Sequence[EffectPair], column: Column, *, mode: Mode = "light") -> go.Figure:
    """Two panels with one axis of risk: ALE on the left, partial dependence on the right.

    Both are differences from their own mean over patients. Below, how the values of the first
    pair's patients are spread.

    Parameters
    ----------
    pairs : sequence of EffectPair
        Everybody's, or one per group; all of one feature and scale.
    column : Column
        The feature.
    mode : {"light", "dark"}
    """
    if not pairs:
        return message_figure(NOTHING_TO_DRAW, mode)
    colours = palette_for(mode)
    traces: list[dict[str, Any]] = []
    for panel in range(2):
        for at, pair in enumerate(pairs):
            effect = (pair.ale, pair.partial)[panel]
            style = line_style(at, len(pairs), mode)
            traces += _lines(effect, pair.label, panel, style, column)
        traces.append(_density(pairs[0].ale, panel, column, colours))
    return unchecked_figure(data=traces, layout=_layout(pairs, column, mode))


def effect_table(pairs: Sequence[EffectPair], column: Column) -> pd.DataFrame:
    """Both curves as text, a row for each value of ALE."""
    rows = []
    for pair in pairs:
        scale = pair.ale.scale
        ale = pair.ale.curve
        both = ale.y + pair.differences
        for at, x in enumerate(ale.x):
            band = "" if ale.low is None or ale.high is None else _band(ale.low, ale.high, at)
            rows.append(
                (
                    pair.label or "Everybody",
                    format_value(float(x), column),
                    f"{format_change(float(ale.y[at]), scale)}{band}",
                    format_change(float(both[at]), scale),
                )
            )
    return pd.DataFrame(
        rows,
        columns=[
            "Patients",
            column.label_with_unit,
            "ALE, difference from the mean [95%]",
            TITLES[1],
        ],
    )


def effect_alt(pairs: Sequence[EffectPair], column: Column) -> str:
    """From where to where both curves go, for those who do not see the chart."""
    if not pairs:
        return NOTHING_TO_DRAW
    told = []
    for pair in pairs:
        scale, x = pair.ale.scale, pair.ale.curve.x
        ends = " to ".join(format_value(float(end), column) for end in (x[0], x[-1]))
        rises = [float(curve[-1] - curve[0]) for curve in (pair.ale.curve.y, pair.partial.curve.y)]
        told.append(
            f"{pair.label or 'everybody'}: from {ends} ALE changes by"
            f" {format_change(rises[0], scale)}, partial dependence by"
            f" {format_change(rises[1], scale)}"
        )
    return f"Effect of {column.label} on the predicted risk. {'; '.join(told)}."


def _band(low: FloatArray, high: FloatArray, at: int) -> str:
    return f" [{100 * low[at]:.1f}, {100 * high[at]:.1f}]".replace("-", "\N{MINUS SIGN}")


def _axes(panel: int) -> tuple[str, str, str]:
    """Names of a panel's x, y and density axis."""
    return (("x", "y", "y3"), ("x2", "y2", "y4"))[panel]


def _layout(pairs: Sequence[EffectPair], column: Column, mode: Mode) -> dict[str, Any]:
    colours = palette_for(mode)
    ends = _range(pairs)
    layout: dict[str, Any] = {
        "template": template(mode),
        "height": _HEIGHT,
        "margin": {"l": 64, "r": 12, "t": 64 if len(pairs) > 1 else 36, "b": 60},
        "showlegend": len(pairs) > 1,
        "legend": legend_above(mode, y=1.08),
        "barmode": "overlay",
        "bargap": 0,
        "annotations": [],
    }
    half = (1 - _GAP) / 2
    curve = {
        "range": ends,
        "domain": [_STRIP + 0.06, 1],
        "zeroline": True,
        "zerolinecolor": colours.rule,
        "zerolinewidth": 1.5,
        "fixedrange": True,
        "nticks": 7,
    }
    strip = {
        "domain": [0, _STRIP],
        "showticklabels": False,
        "showgrid": False,
        "fixedrange": True,
        "rangemode": "tozero",
    }
    unit = "percentage points" if pairs[0].ale.scale == "risk" else "log-odds"
    for panel in range(2):
        x, y, density = (name.replace("x", "xaxis").replace("y", "yaxis") for name in _axes(panel))
        start = panel * (half + _GAP)
        layout[x] = {
            "domain": [start, start + half],
            "anchor": _axes(panel)[2],
            "title": axis_title(column.label_with_unit),
            "nticks": 6,
            "fixedrange": True,
            **({} if column.is_numeric else level_axis(column)),
        }
        layout[y] = {**curve, "anchor": _axes(panel)[0], "showticklabels": panel == 0}
        layout[density] = {**strip, "anchor": _axes(panel)[0]}
        layout["annotations"] += [
            _heading(TITLES[panel], start, colours),
            _strip_name(start, colours),
        ]
    layout["yaxis"]["title"] = axis_title(f"Difference from the mean risk, {unit}")
    return layout


def _heading(text: str, x: float, colours: Palette) -> dict[str, Any]:
    return {
        "text": f"<b>{text}</b>",
        "x": x,
        "xref": "paper",
        "xanchor": "left",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 6,
        "showarrow": False,
        "borderpad": 0,
        "font": {"size": DETAIL_SIZE + 2, "color": colours.ink},
    }


def _strip_name(x: float, colours: Palette) -> dict[str, Any]:
    return {
        "text": "where patients are",
        "x": x,
        "xref": "paper",
        "xanchor": "left",
        "y": _STRIP,
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "borderpad": 0,
        "font": {"size": DETAIL_SIZE, "color": colours.muted},
    }


def _range(pairs: Sequence[EffectPair]) -> list[float]:
    """One range for both panels, bands included."""
    parts = [
        part
        for pair in pairs
        for effect in (pair.ale, pair.partial)
        for part in (effect.curve.y, effect.curve.low, effect.curve.high)
        if part is not None
    ]
    joined = np.concatenate(parts)
    low, high = (
        to_axis(float(end), pairs[0].ale.scale) for end in (np.nanmin(joined), np.nanmax(joined))
    )
    room = 0.05 * max(high - low, 1e-6)
    return [min(low, 0.0) - room, max(high, 0.0) + room]


def _lines(
    effect: Effect, label: str, panel: int, style: tuple[str, str, str], column: Column
) -> list[dict[str, Any]]:
    """The band, then the curve over it; for levels marks with whiskers."""
    x_axis, y_axis, _ = _axes(panel)
    curve, scale = effect.curve, effect.scale
    colour, dash, symbol = style
    place = {"xaxis": x_axis, "yaxis": y_axis, "type": "scatter"}
    y = [to_axis(float(value), scale) for value in curve.y]
    line: dict[str, Any] = {
        **place,
        "name": "<br>".join(plain_lines(label, 40, 1)),
        "showlegend": panel == 0,
        "mode": "lines+markers" if column.is_numeric or column.ordered else "markers",
        "x": curve.x.tolist(),
        "y": y,
        "line": {"color": colour, "width": 2, "dash": dash},
        "marker": {"size": 6, "symbol": symbol, "color": colour},
        "hovertext": [
            hover_lines(
                label,
                f"{column.label}: {format_value(float(at), column)}",
                format_change(float(value), scale),
                f"{format_percent(float(share))} of patients are nearest",
            )
            for at, value, share in zip(curve.x, curve.y, effect.density, strict=True)
        ],
        "hoverinfo": "text",
    }
    if curve.low is None or curve.high is None:
        return [line]
    low = [to_axis(float(value), scale) for value in curve.low]
    high = [to_axis(float(value), scale) for value in curve.high]
    if not column.is_numeric:
        line["error_y"] = {
            "array": [top - mid for top, mid in zip(high, y, strict=True)],
            "arrayminus": [mid - bottom for mid, bottom in zip(y, low, strict=True)],
            "symmetric": False,
            "color": colour,
            "thickness": 1.5,
            "width": 4,
        }
        return [line]
    band = {
        **place,
        "name": "band",
        "showlegend": False,
        "mode": "lines",
        "x": [*curve.x.tolist(), *curve.x[::-1].tolist()],
        "y": [*high, *low[::-1]],
        "fill": "toself",
        "fillcolor": translucent(colour, 0.15),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    return [band, line]


def _density(effect: Effect, panel: int, column: Column, colours: Palette) -> dict[str, Any]:
    """Patients per unit of the input: bars whose areas are the shares nearest to each value."""
    x_axis, _, y_axis = _axes(panel)
    edges = _cells(effect.curve.x) if column.is_numeric else None
    x = effect.curve.x
    widths = np.full(len(x), 0.6) if edges is None else np.diff(edges)
    centres = x if edges is None else (edges[:-1] + edges[1:]) / 2
    return {
        "type": "bar",
        "name": "density",
        "showlegend": False,
        "x": centres.tolist(),
        "width": widths.tolist(),
        "y": (effect.density / widths).tolist(),
        "xaxis": x_axis,
        "yaxis": y_axis,
        "marker": {"color": translucent(colours.neutral, 0.55), "line": {"width": 0}},
        "hovertext": [f"{format_percent(float(share))} of patients" for share in effect.density],
        "hoverinfo": "text",
    }


def _cells(x: FloatArray) -> FloatArray:
    """Edges halfway between the values; the outer ones at the values themselves."""
    middle = (x[1:] + x[:-1]) / 2
    edges: FloatArray = np.concatenate([x[:1], middle, x[-1:]])
    return edges
