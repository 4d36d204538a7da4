"""One patient's prediction as one input is changed, over the values that real patients have."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explainers.charts.layout import axis_title, hover_lines, template, text_above, unchecked_figure
from explainers.charts.palette import Mode, Palette, palette_for, translucent
from explainers.charts.wording import format_percent, format_prediction, plain_lines, to_axis
from explainers.core.arrays import FloatArray
from explainers.core.encoding import format_value
from explainers.core.schema import Column
from explainers.effects.effect import Effect

_HEIGHT, _TOP, _BOTTOM = 330, 30, 58
# The strip of the density stands below the curve and never touches it.
_CURVE, _STRIP = (0.26, 1.0), (0.0, 0.18)
_MOST_LINES, _LEVEL_CHARACTERS = 3, 14


def ice_chart(
    effect: Effect,
    column: Column,
    *,
    threshold: float | None = None,
    recorded: tuple[float, float] | None = None,
    mode: Mode = "light",
) -> go.Figure:
    """The curve with the patient's marks, and below it how common each value is.

    Parameters
    ----------
    effect : Effect
        ICE of one patient; x encoded, y on the effect's scale.
    column : Column
        The input that is changed.
    threshold : float, optional
        Decision threshold, in [0, 1]; drawn on the risk scale only.
    recorded : (float, float), optional
        Where the curve is of edited values: the recorded value (encoded) and the prediction for the
        record. Lies on the curve only where no other input was edited.
    mode : {"light", "dark"}
    """
    colours = palette_for(mode)
    x = _places(effect)
    traces = [_curve(effect, column, x, colours), _density(effect, column, x, colours)]
    layout = _layout(effect, column, mode)
    traces += _marks(effect, column, recorded, colours)
    if threshold is not None and effect.scale == "risk":
        layout["shapes"] = [_threshold_line(threshold, colours)]
        layout["annotations"] = [_threshold_name(threshold, colours)]
    return unchecked_figure(data=traces, layout=layout)


def ice_table(effect: Effect, column: Column) -> pd.DataFrame:
    """The figures of the chart as text, one row per value."""
    return pd.DataFrame(
        {
            column.label: [format_value(value, column) for value in effect.curve.x],
            effect.curve.y_label: [format_prediction(y, effect.scale) for y in effect.curve.y],
            "Share of patients nearest to it": [format_percent(share) for share in effect.density],
        }
    )


def ice_alt(effect: Effect, column: Column, *, recorded: tuple[float, float] | None = None) -> str:
    """What the chart shows, in a sentence or two; ``recorded`` as in :func:`ice_chart`."""
    y = effect.curve.y
    lowest, highest = int(y.argmin()), int(y.argmax())
    told = [
        f"{format_prediction(float(y[at]), effect.scale)}"
        f" at {format_value(float(effect.curve.x[at]), column)}"
        for at in (lowest, highest)
    ]
    text = (
        f"{effect.curve.y_label} of this patient as {column.label} alone is changed: from"
        f" {told[0]} to {told[1]}."
    )
    if recorded is not None:
        told = [
            f"{format_prediction(prediction, effect.scale)} at {format_value(value, column)}"
            for value, prediction in (_own(effect), recorded)
        ]
        return f"{text} Marked: as edited, {told[0]}, and as recorded, {told[1]}."
    if effect.patient_value is None or np.isnan(effect.patient_value):
        return f"{text} {column.label} was not measured in this patient."
    return f"{text} Marked: this patient, {format_value(effect.patient_value, column)}."


def _own(effect: Effect) -> tuple[float, float]:
    """The value and the prediction that the curve is drawn around; NaN where missing."""
    own = (effect.patient_value, effect.patient_prediction)
    value, prediction = (math.nan if part is None else part for part in own)
    return value, prediction


def _places(effect: Effect) -> FloatArray:
    """Where each point stands: its value, or for levels its place among those shown."""
    return np.arange(len(effect.curve.x), dtype=np.float64) if effect.levels else effect.curve.x


def _place(value: float, effect: Effect, column: Column) -> float | None:
    """Where a value stands; None where it is missing or not among the levels shown."""
    if np.isnan(value):
        return None
    if column.is_numeric:
        return value
    at = np.flatnonzero(effect.curve.x == value)
    return float(at[0]) if len(at) else None


def _hover(effect: Effect, column: Column) -> list[str]:
    return [
        hover_lines(
            f"{column.label} {format_value(float(value), column)}",
            f"{effect.curve.y_label} {format_prediction(float(y), effect.scale)}",
            f"{format_percent(float(share))} of patients are nearest to this value",
        )
        for value, y, share in zip(effect.curve.x, effect.curve.y, effect.density, strict=True)
    ]


def _curve(effect: Effect, column: Column, x: FloatArray, colours: Palette) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers" if effect.levels else "lines+markers",
        "x": x.tolist(),
        "y": [to_axis(float(y), effect.scale) for y in effect.curve.y],
        "line": {"color": colours.accent, "width": 2},
        "marker": {"color": colours.accent, "size": 10 if effect.levels else 5},
        "hovertext": _hover(effect, column),
        "hoverinfo": "text",
    }


def _density(effect: Effect, column: Column, x: FloatArray, colours: Palette) -> dict[str, Any]:
    """Bars whose areas are the shares of patients nearest to each value."""
    centres, widths = (x, np.full(len(x), 0.6)) if effect.levels else _cells(x)
    return {
        "type": "bar",
        "x": centres.tolist(),
        "y": (effect.density / widths).tolist(),
        "width": widths.tolist(),
        "yaxis": "y2",
        "marker": {"color": translucent(colours.neutral, 0.55), "line": {"width": 0}},
        "hovertext": _hover(effect, column),
        "hoverinfo": "text",
    }


def _cells(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Middles and widths of the stretches of the axis nearest to each value."""
    if len(x) < 2:
        return x, np.ones_like(x)
    between = (x[1:] + x[:-1]) / 2
    edges = np.concatenate([[2 * x[0] - between[0]], between, [2 * x[-1] - between[-1]]])
    return (edges[1:] + edges[:-1]) / 2, np.diff(edges)


def _marks(
    effect: Effect, column: Column, recorded: tuple[float, float] | None, colours: Palette
) -> list[dict[str, Any]]:
    """The patient as a diamond and, where values were edited, the record as a circle under it."""
    points = [("This patient" if recorded is None else "As edited", "diamond", *_own(effect))]
    if recorded is not None:
        points.insert(0, ("As recorded", "circle", *recorded))
    is_named = recorded is not None
    # The names stand on the sides that look away from each other.
    higher = max(range(len(points)), key=lambda at: points[at][3])
    return [
        _mark(effect, column, point, colours)
        | (_name(point[0], colours, above=at == higher) if is_named else {})
        for at, point in enumerate(points)
        if _place(point[2], effect, column) is not None
    ]


def _mark(
    effect: Effect, column: Column, point: tuple[str, str, float, float], colours: Palette
) -> dict[str, Any]:
    name, symbol, value, prediction = point
    return {
        "type": "scatter",
        "name": name,
        "mode": "markers",
        "x": [_place(value, effect, column)],
        "y": [to_axis(prediction, effect.scale)],
        "marker": {
            "color": colours.page,
            "size": 15 if symbol == "diamond" else 11,
            "symbol": symbol,
            "line": {"color": colours.ink, "width": 2.5},
        },
        "hovertext": [
            hover_lines(
                name,
                f"{column.label} {format_value(value, column)}",
                f"{effect.curve.y_label} {format_prediction(prediction, effect.scale)}",
            )
        ],
        "hoverinfo": "text",
        "cliponaxis": False,
    }


def _name(name: str, colours: Palette, *, above: bool) -> dict[str, Any]:
    return {
        "mode": "markers+text",
        "text": [name.removeprefix("As ")],
        "textposition": "top center" if above else "bottom center",
        "textfont": {"size": 12, "color": colours.ink},
    }


def _threshold_line(threshold: float, colours: Palette) -> dict[str, Any]:
    return {
        "type": "line",
        "layer": "below",
        "xref": "paper",
        "yref": "y",
        "x0": 0,
        "x1": 1,
        "y0": 100 * threshold,
        "y1": 100 * threshold,
        "line": {"color": colours.muted, "width": 1.5, "dash": "dot"},
    }


def _threshold_name(threshold: float, colours: Palette) -> dict[str, Any]:
    place = {"xref": "paper", "xanchor": "right", "yref": "y", "y": 100 * threshold}
    return {
        **text_above(f"threshold {format_percent(threshold)}", 1.0, colours.muted),
        **place,
    }


def _layout(effect: Effect, column: Column, mode: Mode) -> dict[str, Any]:
    colours = palette_for(mode)
    suffix = "%" if effect.scale == "risk" else ""
    x_axis: dict[str, Any] = {"title": axis_title(column.label_with_unit), "anchor": "y2"}
    if effect.levels:
        names = [
            "<br>".join(plain_lines(level, _LEVEL_CHARACTERS, _MOST_LINES))
            for level in effect.levels
        ]
        x_axis |= {
            "tickvals": list(range(len(names))),
            "ticktext": names,
            "range": [-0.6, len(names) - 0.4],
        }
    return {
        "template": template(mode),
        "height": _HEIGHT + (24 if effect.levels else 0),
        "margin": {"l": 58, "r": 16, "t": _TOP, "b": _BOTTOM + (24 if effect.levels else 0)},
        "xaxis": x_axis,
        "yaxis": {
            "domain": list(_CURVE),
            "rangemode": "tozero" if effect.scale == "risk" else "normal",
            "ticksuffix": suffix,
            "nticks": 6,
            "title": axis_title(effect.curve.y_label),
        },
        "yaxis2": {
            "domain": list(_STRIP),
            "showticklabels": False,
            "showgrid": False,
            "fixedrange": True,
            "title": {"text": "how<br>common", "font": {"size": 11, "color": colours.muted}},
        },
        "bargap": 0.3,
        "shapes": [],
        "annotations": [],
    }
