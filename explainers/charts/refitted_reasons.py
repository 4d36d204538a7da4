"""Each reason with the interval that models trained on other samples give it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.charts.layout import (
    Row,
    axis_title,
    row_centres,
    row_layout,
    unchecked_figure,
    vertical_line,
)
from explainers.charts.palette import Mode, Palette, palette_for
from explainers.charts.ranking import input_label
from explainers.charts.wording import format_change, to_axis
from explainers.core.link import Scale
from explainers.core.schema import Column
from explainers.reliability.bootstrapped_reasons import BootstrappedReasons

AXIS_TITLES: dict[Scale, str] = {
    "risk": "Contribution to the predicted risk (percentage points)",
    "log-odds": "Contribution to the predicted log-odds",
}


def refitted_reasons_chart(
    refits: BootstrappedReasons,
    columns: Sequence[Column],
    *,
    n_shown: int = 8,
    mode: Mode = "light",
) -> go.Figure:
    """The model's own contribution as a mark, the middle of the refits as a line.

    Parameters
    ----------
    refits : BootstrappedReasons
        Of features, or of concepts.
    columns : sequence of Column
        The model's columns, for labels.
    n_shown : int
        How many reasons, largest first.
    mode : {"light", "dark"}
    """
    colours = palette_for(mode)
    frame = _largest(refits, n_shown)
    rows = [_row(record, refits, columns) for record in frame.to_dict("records")]
    layout = row_layout(rows, mode)
    layout["xaxis"] |= {"title": axis_title(AXIS_TITLES[refits.scale])}
    layout["shapes"] = [vertical_line(0.0, colours.rule, dash="solid")]
    return unchecked_figure(data=_traces(frame, rows, refits.scale, colours), layout=layout)


def refitted_reasons_table(
    refits: BootstrappedReasons, columns: Sequence[Column], *, n_shown: int = 8
) -> pd.DataFrame:
    """The figures of the chart as text, one row per reason."""
    frame = _largest(refits, n_shown)
    return pd.DataFrame(
        {
            "Reason": [input_label(name, columns) for name in frame["feature"]],
            "This model": [format_change(v, refits.scale) for v in frame["attribution"]],
            f"Middle {refits.level:.0%} of refits": [
                _interval(low, high, refits.scale)
                for low, high in zip(frame["low"], frame["high"], strict=True)
            ],
            "Same direction": [_of_refits(share, refits) for share in frame["sign_share"]],
            f"Among the {refits.k} largest": [_of_refits(v, refits) for v in frame["top_share"]],
        }
    )


def refitted_reasons_alt(refits: BootstrappedReasons, columns: Sequence[Column]) -> str:
    """The main finding, for those who do not see the chart."""
    frame = _largest(refits, refits.k)
    loose = [
        input_label(record["feature"], columns)
        for record in frame.to_dict("records")
        if record["low"] <= 0 <= record["high"]
    ]
    told = f"not even the direction is sure of {', '.join(loose)}" if loose else "none reaches zero"
    return (
        f"Intervals of the {len(frame)} largest contributions over {refits.n_refits} models trained"
        f" on other samples: {told}."
    )


def _largest(refits: BootstrappedReasons, n_shown: int) -> pd.DataFrame:
    return refits.to_frame().sort_values("rank", kind="stable").head(n_shown)


def _interval(low: float, high: float, scale: Scale) -> str:
    return f"{format_change(low, scale)} to {format_change(high, scale)}"


def _of_refits(share: float, refits: BootstrappedReasons) -> str:
    """A share of the refits as a count of them."""
    return f"{round(share * refits.n_refits)} of {refits.n_refits} refits"


def _row(
    record: Mapping[Hashable, Any], refits: BootstrappedReasons, columns: Sequence[Column]
) -> Row:
    return Row(
        label=input_label(record["feature"], columns),
        detail=f"same direction in {_of_refits(record['sign_share'], refits)}",
        amount=format_change(record["attribution"], refits.scale),
        hover="\n".join(
            (
                input_label(record["feature"], columns),
                f"This model: {format_change(record['attribution'], refits.scale)}",
                f"Refits: {_interval(record['low'], record['high'], refits.scale)}",
                f"Among the {refits.k} largest in {_of_refits(record['top_share'], refits)}",
            )
        ),
    )


def _traces(
    frame: pd.DataFrame, rows: Sequence[Row], scale: Scale, colours: Palette
) -> list[dict[str, Any]]:
    centres = row_centres(rows)
    x: list[float | None] = []
    y: list[float | None] = []
    for low, high, centre in zip(frame["low"], frame["high"], centres, strict=True):
        x += [to_axis(low, scale), to_axis(high, scale), None]
        y += [centre, centre, None]
    intervals = {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": colours.accent, "width": 5},
        "opacity": 0.55,
        "hoverinfo": "skip",
    }
    marks = {
        "type": "scatter",
        "mode": "markers",
        "x": [to_axis(value, scale) for value in frame["attribution"]],
        "y": centres,
        "marker": {
            "symbol": "diamond",
            "size": 12,
            "color": colours.page,
            "line": {"color": colours.ink, "width": 2},
        },
        "hovertext": [row.hover_text for row in rows],
        "hoverinfo": "text",
    }
    return [intervals, marks]
