"""From the reference patients' average to this patient's prediction, one contribution at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.charts.layout import (
    BAR_PIXELS,
    Row,
    axis_title,
    message_figure,
    row_centres,
    row_layout,
    rule_below,
    unchecked_figure,
    vertical_line,
)
from explainers.charts.palette import (
    Mode,
    Palette,
    palette_for,
)
from explainers.charts.ranking import Opened, Reasons, rank_reasons
from explainers.charts.reason_rows import (
    NOTHING_TO_DRAW,
    SCALE_NAMES,
    describe_largest,
    reason_bars,
    reason_row,
)
from explainers.charts.wording import (
    format_prediction,
    to_axis,
)
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.schema import Column

START = "Reference patients"

AXIS_TITLES: dict[Scale, str] = {
    "risk": "Predicted risk; bars in percentage points",
    "log-odds": "Predicted log-odds",
}


def waterfall_chart(
    attribution: Attribution,
    columns: Sequence[Column],
    *,
    n_bars: int = 5,
    patient_values: Sequence[float] | None = None,
    opened: Opened | None = None,
    mode: Mode = "light",
) -> go.Figure:
    """How one prediction is made up.

    The first row is the baseline, the last the prediction; the bars between them add up exactly.
    Selecting a bar gives its feature or concept as ``customdata``.

    Parameters
    ----------
    attribution : Attribution
        Of one patient, on either scale; of features, or of concepts.
    columns : sequence of Column, length p
        The model's columns.
    n_bars : int
        Contributions that stand alone; the rest is one bar.
    patient_values : sequence of float, length p, optional
        Encoded values in the order of ``columns``, to show the values behind a concept.
    opened : Opened, optional
        A concept that is shown by its single inputs.
    mode : {"light", "dark"}

    Raises
    ------
    SettingsError
        As :func:`explainers.charts.ranking.rank_reasons`.
    """
    reasons = rank_reasons(
        attribution, columns, n_bars=n_bars, patient_values=patient_values, opened=opened
    )
    if not reasons.is_complete:
        return message_figure(NOTHING_TO_DRAW, mode)
    colours = palette_for(mode)
    rows = _rows(reasons, colours)
    layout = row_layout(rows, mode)
    layout["xaxis"] |= {
        "title": axis_title(AXIS_TITLES[reasons.scale]),
        "range": _axis_range(reasons),
        "ticksuffix": "%" if reasons.scale == "risk" else "",
    }
    layout["shapes"] = [
        vertical_line(to_axis(reasons.start, reasons.scale), colours.rule),
        rule_below(rows, len(rows) - 1, mode),
    ]
    return unchecked_figure(data=_traces(reasons, rows, mode), layout=layout)


def waterfall_table(
    attribution: Attribution,
    columns: Sequence[Column],
    *,
    n_bars: int = 5,
    patient_values: Sequence[float] | None = None,
    opened: Opened | None = None,
) -> pd.DataFrame:
    """The same figures as text: reason, value, contribution, and the prediction so far."""
    reasons = rank_reasons(
        attribution, columns, n_bars=n_bars, patient_values=patient_values, opened=opened
    )
    so_far = _path(reasons)[1:]
    rows = [(START, "", "", format_prediction(reasons.start, reasons.scale))]
    rows += [
        (
            row.label,
            row.value_text,
            row.change_text(reasons.scale),
            format_prediction(total, reasons.scale),
        )
        for row, total in zip(reasons.rows, so_far, strict=True)
    ]
    rows.append(("This patient", "", "", format_prediction(reasons.end, reasons.scale)))
    return pd.DataFrame(
        rows, columns=["Reason", "Value", "Contribution", SCALE_NAMES[reasons.scale]]
    )


def waterfall_alt(
    attribution: Attribution,
    columns: Sequence[Column],
    *,
    n_bars: int = 5,
) -> str:
    """The main finding in two sentences, for those who do not see the chart."""
    reasons = rank_reasons(attribution, columns, n_bars=n_bars)
    if not reasons.is_complete:
        return NOTHING_TO_DRAW
    scale = reasons.scale
    ends = (
        f"Waterfall chart of {SCALE_NAMES[scale].lower()}: {START.lower()}"
        f" {format_prediction(reasons.start, scale)}, this patient"
        f" {format_prediction(reasons.end, scale)}."
    )
    return f"{ends} {describe_largest(reasons)}"


def _rows(reasons: Reasons, colours: Palette) -> list[Row]:
    scale = reasons.scale
    start = Row(START, amount=format_prediction(reasons.start, scale))
    end = Row("This patient", amount=format_prediction(reasons.end, scale), is_strong=True)
    return [start, *(reason_row(reason, scale, colours) for reason in reasons.rows), end]


def _traces(reasons: Reasons, rows: Sequence[Row], mode: Mode) -> list[dict[str, Any]]:
    colours = palette_for(mode)
    path = [to_axis(value, reasons.scale) for value in _path(reasons)]
    centres = row_centres(rows)
    bars = reason_bars(reasons, rows[1:-1], centres[1:-1], mode)
    ends = {
        "type": "scatter",
        "name": "ends",
        "mode": "markers",
        "x": [path[0], to_axis(reasons.end, reasons.scale)],
        "y": [centres[0], centres[-1]],
        "marker": {"symbol": "diamond", "size": 14, "color": [colours.neutral, colours.accent]},
        "hovertext": [rows[0].hover_text, rows[-1].hover_text],
        "hoverinfo": "text",
        "cliponaxis": False,
    }
    return [_connectors(path, centres, colours), {**bars, "base": path[:-1]}, ends]


def _connectors(
    path: Sequence[float], centres: Sequence[float], colours: Palette
) -> dict[str, Any]:
    """Thin lines that carry the end of each row to the beginning of the next."""
    x: list[float | None] = []
    y: list[float | None] = []
    half = BAR_PIXELS / 2
    for value, above, below in zip(path, centres[:-1], centres[1:], strict=True):
        x += [value, value, None]
        y += [above - half, below + half, None]
    return {
        "type": "scatter",
        "name": "connectors",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": colours.neutral, "width": 1},
        "hoverinfo": "skip",
    }


def _path(reasons: Reasons) -> list[float]:
    """Baseline, then the prediction after each row; ends at the prediction."""
    return list(accumulate((row.contribution for row in reasons.rows), initial=reasons.start))


def _axis_range(reasons: Reasons) -> list[float]:
    path = [to_axis(value, reasons.scale) for value in [*_path(reasons), reasons.end]]
    low, high = min(path), max(path)
    margin = max(0.06 * (high - low), 0.05)
    return [low - margin, high + margin]
