"""Net benefit against the threshold, beside treating everybody and treating nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explainers.charts.curve_panels import (
    MOST_PANELS,
    Axes,
    axis_names,
    band_trace,
    line_trace,
    panel_layout,
    threshold_line,
)
from explainers.charts.layout import hover_lines, message_figure, unchecked_figure
from explainers.charts.palette import Mode, palette_for
from explainers.charts.wording import MINUS, format_percent
from explainers.core.arrays import FloatArray
from explainers.core.curve import Curve
from explainers.performance.decision_curves import DecisionCurve

NOTHING_TO_DRAW = "There is no decision curve to draw."
_TITLES = {False: "Net benefit", True: "Standardised net benefit"}


def decision_curves_chart(
    curves: Mapping[str, DecisionCurve], threshold: float, *, mode: Mode = "light"
) -> go.Figure:
    """One panel for each group; a mark wherever people were counted.

    Parameters
    ----------
    curves : mapping of str to DecisionCurve
        By name on screen, all standardised or none.
    threshold : float
        The declared threshold, marked by a line.
    mode : {"light", "dark"}
    """
    if not curves:
        return message_figure(NOTHING_TO_DRAW, mode)
    drawn = dict(list(curves.items())[:MOST_PANELS])
    axes = _axes(drawn)
    traces: list[dict[str, Any]] = []
    for position, (label, curve) in enumerate(drawn.items()):
        traces += _panel(label, curve, position, mode)
        traces.append(threshold_line(threshold, position, axes, mode))
    return unchecked_figure(data=traces, layout=panel_layout(tuple(drawn), axes, mode))


def decision_curves_table(curves: Mapping[str, DecisionCurve]) -> pd.DataFrame:
    """The same figures as text, a row for each group and threshold at which people were counted."""
    rows = [
        (
            label,
            format_percent(float(curve.model.x[at])),
            _with_interval(curve.model, at),
            _number(float(curve.treat_all.y[at])),
            _with_interval(curve.gain, at),
        )
        for label, curve in curves.items()
        for at in _counted(curve)
    ]
    is_standardized = any(curve.is_standardized for curve in curves.values())
    return pd.DataFrame(
        rows,
        columns=[
            "Group",
            "Threshold",
            f"{_TITLES[is_standardized]} [95% interval]",
            "Treating everybody",
            "Above the better default [95% interval]",
        ],
    )


def decision_curves_alt(curves: Mapping[str, DecisionCurve], threshold: float) -> str:
    """What is gained at the counted threshold nearest to the declared one, group by group."""
    if not curves:
        return NOTHING_TO_DRAW
    told = []
    for label, curve in curves.items():
        at = min(_counted(curve), key=lambda at: abs(float(curve.model.x[at]) - threshold))
        where = format_percent(float(curve.model.x[at]))
        told.append(f"{label}: {_with_interval(curve.gain, at)} at {where}")
    title = _TITLES[next(iter(curves.values())).is_standardized].lower()
    return (
        f"Decision curves. {title.capitalize()} above the better of treating everybody and treating"
        f" nobody, {'; '.join(told)}."
    )


def _axes(curves: Mapping[str, DecisionCurve]) -> Axes:
    """Room for every model and its interval; treating everybody leaves it at high thresholds."""
    bands = [_band(curve.model) for curve in curves.values()]
    first = next(iter(curves.values()))
    highest = max(
        [float(high.max()) for _, high in bands]
        + [float(curve.treat_all.y.max()) for curve in curves.values()]
    )
    lowest = min([-0.15 * highest, *(float(low.min()) for low, _ in bands)])
    x = first.model.x
    return Axes(
        (100 * float(x[0]), 100 * float(x[-1])),
        (lowest, 1.08 * highest),
        "Threshold",
        _TITLES[first.is_standardized],
    )


def _panel(label: str, curve: DecisionCurve, position: int, mode: Mode) -> list[dict[str, Any]]:
    colours = palette_for(mode)
    x = 100 * curve.model.x
    low, high = _band(curve.model)
    everybody = {"color": colours.neutral, "width": 1.5, "dash": "dash"}
    return [
        band_trace(x, low, high, position, colours.accent),
        line_trace("treat everybody", (x, curve.treat_all.y), position, everybody),
        line_trace(
            "treat nobody",
            (x[[0, -1]], np.zeros(2)),
            position,
            {"color": colours.ink, "width": 1.5},
        ),
        line_trace(
            "the model", (x, curve.model.y), position, {"color": colours.accent, "width": 2.5}
        ),
        _marks(label, curve, position, colours.accent),
    ]


def _marks(label: str, curve: DecisionCurve, position: int, colour: str) -> dict[str, Any]:
    x_axis, y_axis = axis_names(position)
    counted = _counted(curve)
    return {
        "type": "scatter",
        "name": "counted",
        "showlegend": False,
        "mode": "markers",
        "x": (100 * curve.model.x[counted]).tolist(),
        "y": curve.model.y[counted].tolist(),
        "xaxis": x_axis,
        "yaxis": y_axis,
        "marker": {"size": 7, "color": colour},
        "hovertext": [
            hover_lines(
                label,
                f"Threshold {format_percent(float(curve.model.x[at]))}",
                f"{curve.model.y_label} {_with_interval(curve.model, at)}",
                f"Above the better default {_with_interval(curve.gain, at)}",
            )
            for at in counted
        ],
        "hoverinfo": "text",
    }


def _counted(curve: DecisionCurve) -> list[int]:
    """Positions of the thresholds at which people were counted."""
    return [int(at) for at in np.flatnonzero(curve.is_counted)]


def _band(curve: Curve) -> tuple[FloatArray, FloatArray]:
    """The curve's interval; the curve itself where it has none."""
    return (
        curve.y if curve.low is None else curve.low,
        curve.y if curve.high is None else curve.high,
    )


def _with_interval(curve: Curve, at: int) -> str:
    low, high = _band(curve)
    return f"{_number(float(curve.y[at]))} [{_number(float(low[at]))}, {_number(float(high[at]))}]"


def _number(value: float) -> str:
    text = f"{value:.3f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", MINUS)
