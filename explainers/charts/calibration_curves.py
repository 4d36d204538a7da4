"""Observed share with the outcome against the predicted risk, one panel for each group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explainers.charts.curve_panels import (
    MOST_PANELS,
    Axes,
    band_trace,
    line_trace,
    panel_layout,
)
from explainers.charts.layout import message_figure, unchecked_figure
from explainers.charts.palette import Mode, palette_for
from explainers.charts.wording import format_percent
from explainers.core.curve import Curve

NOTHING_TO_DRAW = "There is no calibration curve to draw."
_TOLD = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)


def calibration_curves_chart(curves: Mapping[str, Curve], *, mode: Mode = "light") -> go.Figure:
    """Smoothed calibration with its band; on the dashed line risks mean what they say.

    Parameters
    ----------
    curves : mapping of str to Curve
        By name on screen, in [0, 1] both ways.
    mode : {"light", "dark"}
    """
    if not curves:
        return message_figure(NOTHING_TO_DRAW, mode)
    drawn = dict(list(curves.items())[:MOST_PANELS])
    top = min(100.0, 5 + 100 * max(_highest(curve) for curve in drawn.values()))
    axes = Axes((0, top), (0, top), "Predicted risk", "Observed", y_suffix="%")
    colours = palette_for(mode)
    traces: list[dict[str, Any]] = []
    for position, curve in enumerate(drawn.values()):
        ends = np.array([0.0, top])
        perfect = {"color": colours.neutral, "width": 1.5, "dash": "dash"}
        traces.append(line_trace("risks mean what they say", (ends, ends), position, perfect))
        if curve.low is not None and curve.high is not None:
            traces.append(
                band_trace(
                    100 * curve.x, 100 * curve.low, 100 * curve.high, position, colours.accent
                )
            )
        own = line_trace(
            "observed",
            (100 * curve.x, 100 * curve.y),
            position,
            {"color": colours.accent, "width": 2.5},
        )
        own["hoverinfo"] = "text"
        own["hovertext"] = [
            f"predicted {format_percent(x)}, observed {_told(curve, at)}"
            for at, x in enumerate(curve.x.tolist())
        ]
        traces.append(own)
    labels = [f"{label}, n {curve.n:,}" for label, curve in drawn.items()]
    return unchecked_figure(data=traces, layout=panel_layout(labels, axes, mode))


def calibration_curves_table(curves: Mapping[str, Curve]) -> pd.DataFrame:
    """The same curves at round risks, as text."""
    rows = [
        (label, format_percent(float(curve.x[at])), _told(curve, at))
        for label, curve in curves.items()
        for at in _round_positions(curve)
    ]
    return pd.DataFrame(rows, columns=["Group", "Predicted risk", "Observed [95% interval]"])


def calibration_curves_alt(curves: Mapping[str, Curve]) -> str:
    """Where the risks of each group are furthest from what was observed."""
    if not curves:
        return NOTHING_TO_DRAW
    told = []
    for label, curve in curves.items():
        at = int(np.argmax(np.abs(curve.y - curve.x)))
        told.append(
            f"{label}: furthest at a predicted {format_percent(float(curve.x[at]))},"
            f" observed {_told(curve, at)}"
        )
    return f"Calibration curves. {'; '.join(told)}."


def _highest(curve: Curve) -> float:
    tops = [float(curve.x.max()), float(curve.y.max())]
    return max(tops if curve.high is None else [*tops, float(curve.high.max())])


def _round_positions(curve: Curve) -> list[int]:
    """Positions nearest to the round risks that the curve reaches."""
    reached = [x for x in _TOLD if curve.x[0] <= x <= curve.x[-1]]
    return sorted({int(np.argmin(np.abs(curve.x - x))) for x in reached})


def _told(curve: Curve, at: int) -> str:
    value = format_percent(float(curve.y[at]))
    if curve.low is None or curve.high is None:
        return value
    ends = [format_percent(float(end[at])).rstrip("%") for end in (curve.low, curve.high)]
    return f"{value} [{ends[0]}, {ends[1]}]"
