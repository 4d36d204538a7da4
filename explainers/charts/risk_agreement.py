"""What a second model says of the patients whom the first one puts at each risk."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.charts.layout import (
    axis_title,
    hover_lines,
    template,
    text_above,
    unchecked_figure,
    vertical_line,
)
from explainers.charts.palette import Mode, palette_for
from explainers.charts.wording import format_percent
from explainers.performance.model_agreement import ModelAgreement

_HEIGHT = 400


def risk_agreement_chart(
    agreement: ModelAgreement, first: str, second: str, *, mode: Mode = "light"
) -> go.Figure:
    """A mark for each tenth of the patients: median and middle half of the second model's risks.

    On the dashed line both models say the same.

    Parameters
    ----------
    agreement : ModelAgreement
    first, second : str
        Names of the models on screen.
    mode : {"light", "dark"}
    """
    colours = palette_for(mode)
    x, y = 100 * agreement.first, 100 * agreement.median
    lower, upper = 100 * agreement.lower, 100 * agreement.upper
    top = min(1.06 * float(max(x.max(), upper.max(), 100 * agreement.threshold)), 100.0)
    same: dict[str, Any] = {
        "type": "scatter",
        "name": "same",
        "mode": "lines",
        "x": [0, top],
        "y": [0, top],
        "line": {"color": colours.neutral, "width": 1.5, "dash": "dash"},
        "hoverinfo": "skip",
    }
    marks: dict[str, Any] = {
        "type": "scatter",
        "name": "median",
        "mode": "markers",
        "x": x.tolist(),
        "y": y.tolist(),
        "marker": {"size": 9, "color": colours.accent},
        "error_y": {
            "array": (upper - y).tolist(),
            "arrayminus": (y - lower).tolist(),
            "symmetric": False,
            "color": colours.accent,
            "thickness": 2,
            "width": 0,
        },
        "hovertext": [
            hover_lines(
                f"{first}: {format_percent(own / 100)} on average",
                f"{second}: median {format_percent(mid / 100)}",
                f"half of them {format_percent(low / 100)} to {format_percent(high / 100)}",
            )
            for own, mid, low, high in zip(x, y, lower, upper, strict=True)
        ],
        "hoverinfo": "text",
    }
    threshold = 100 * agreement.threshold
    axis = {"range": [0, top], "ticksuffix": "%", "nticks": 7}
    layout = {
        "template": template(mode),
        "height": _HEIGHT,
        "margin": {"l": 64, "r": 12, "t": 28, "b": 62},
        "xaxis": {**axis, "title": axis_title(f"Risk by {first}")},
        "yaxis": {**axis, "title": axis_title(f"Risk by {second}")},
        "shapes": [vertical_line(threshold, colours.muted)],
        "annotations": [
            text_above(f"Threshold {format_percent(agreement.threshold)}", threshold, colours.muted)
        ],
    }
    return unchecked_figure(data=[same, marks], layout=layout)


def risk_agreement_table(agreement: ModelAgreement, first: str, second: str) -> pd.DataFrame:
    """The same figures as text."""
    rows = [
        (
            format_percent(own),
            format_percent(mid),
            f"{format_percent(low)} to {format_percent(high)}",
        )
        for own, mid, low, high in zip(
            agreement.first, agreement.median, agreement.lower, agreement.upper, strict=True
        )
    ]
    return pd.DataFrame(
        rows, columns=[f"Mean risk by {first}", f"Median risk by {second}", "Middle half"]
    )


def risk_agreement_alt(agreement: ModelAgreement, first: str, second: str) -> str:
    """The lowest and the highest group, for those who do not see the chart."""
    ends = [
        f"where {first} says {format_percent(float(agreement.first[at]))}, {second} says"
        f" {format_percent(float(agreement.median[at]))}"
        for at in (0, -1)
    ]
    return f"Risks of two models for the same {agreement.n:,} patients: {'; '.join(ends)}."
