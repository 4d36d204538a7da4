"""What the model leans on over all patients: mean absolute contributions with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
    unchecked_figure,
)
from explainers.charts.palette import Mode, palette_for, translucent
from explainers.charts.ranking import MAX_BARS, input_label
from explainers.charts.wording import NOT_COMPUTED, format_absence, to_axis
from explainers.core.estimate import Estimate
from explainers.core.link import Scale
from explainers.core.schema import Column
from explainers.errors import SettingsError

UNITS: dict[Scale, str] = {"risk": "percentage points of risk", "log-odds": "log-odds"}
NOTHING_TO_DRAW = "There is nothing to rank: no importance could be computed."


def importance_chart(
    names: Sequence[str],
    estimates: Sequence[Estimate],
    columns: Sequence[Column],
    *,
    scale: Scale,
    n_bars: int = 10,
    mode: Mode = "light",
) -> go.Figure:
    """Bars of mean absolute contributions, largest first, with their intervals.

    Parameters
    ----------
    names : sequence of str, length p
        Features or concepts.
    estimates : sequence of Estimate, length p
        Mean absolute contribution of each, in the unit of ``scale``.
    columns : sequence of Column
        The model's columns, for labels.
    scale : {"risk", "log-odds"}
    n_bars : int
        How many to show, 1 to 30.
    mode : {"light", "dark"}

    Raises
    ------
    SettingsError
        When names and estimates differ in number, or ``n_bars`` is out of range.
    """
    ranked = _rank(names, estimates, n_bars)
    if not any(_is_drawn(estimate) for _, estimate in ranked):
        return message_figure(NOTHING_TO_DRAW, mode)
    rows = [
        Row(
            label=input_label(name, columns),
            amount=format_importance(estimate, scale),
            tone=palette_for(mode).ink,
        )
        for name, estimate in ranked
    ]
    layout = row_layout(rows, mode)
    layout["xaxis"] |= {
        "title": axis_title(f"Mean absolute contribution, {UNITS[scale]}"),
        "rangemode": "tozero",
    }
    return unchecked_figure(data=[_bars(ranked, rows, scale, mode)], layout=layout)


def importance_table(
    names: Sequence[str],
    estimates: Sequence[Estimate],
    columns: Sequence[Column],
    *,
    scale: Scale,
    n_bars: int = MAX_BARS,
) -> pd.DataFrame:
    """The same figures as text: rank, input, mean absolute contribution with interval."""
    rows = [
        (rank, input_label(name, columns), format_importance(estimate, scale))
        for rank, (name, estimate) in enumerate(_rank(names, estimates, n_bars), start=1)
    ]
    return pd.DataFrame(
        rows, columns=["Rank", "Input", f"Mean absolute contribution, {UNITS[scale]}"]
    )


def importance_alt(
    names: Sequence[str],
    estimates: Sequence[Estimate],
    columns: Sequence[Column],
    *,
    scale: Scale,
) -> str:
    """The main finding in one sentence, for those who do not see the chart."""
    ranked = [entry for entry in _rank(names, estimates, 3) if _is_drawn(entry[1])]
    if not ranked:
        return NOTHING_TO_DRAW
    named = [
        f"{input_label(name, columns)} {format_importance(estimate, scale)}"
        for name, estimate in ranked
    ]
    return (
        f"Bar chart of mean absolute contribution in {UNITS[scale]}. Largest: {', '.join(named)}."
    )


def format_importance(estimate: Estimate, scale: Scale) -> str:
    """A mean absolute contribution with its interval: ``4.21 [3.90, 4.55]``."""
    if estimate.value is None or not estimate.is_estimated:
        return format_absence(estimate)
    if not math.isfinite(estimate.value):
        return NOT_COMPUTED
    shown = f"{to_axis(estimate.value, scale):.2f}"
    if estimate.low is None or estimate.high is None:
        return shown
    low, high = to_axis(estimate.low, scale), to_axis(estimate.high, scale)
    return f"{shown} [{low:.2f}, {high:.2f}]"


def _rank(
    names: Sequence[str], estimates: Sequence[Estimate], n_bars: int
) -> list[tuple[str, Estimate]]:
    if len(names) != len(estimates):
        raise SettingsError("every name needs one importance", value=(len(names), len(estimates)))
    if not 1 <= n_bars <= MAX_BARS:
        raise SettingsError(f"a chart shows 1 to {MAX_BARS} inputs", value=n_bars)
    ranked = sorted(zip(names, estimates, strict=True), key=lambda entry: _sort_key(entry[1]))
    return ranked[:n_bars]


def _sort_key(estimate: Estimate) -> float:
    """Largest first, those without a value last."""
    if estimate.value is None or not _is_drawn(estimate):
        return math.inf
    return -estimate.value


def _is_drawn(estimate: Estimate) -> bool:
    return estimate.is_estimated and estimate.value is not None and math.isfinite(estimate.value)


def _bars(
    ranked: Sequence[tuple[str, Estimate]], rows: Sequence[Row], scale: Scale, mode: Mode
) -> dict[str, Any]:
    """One trace with a pale bar per estimate, so that its whisker can be seen on it."""
    colours = palette_for(mode)
    drawn = [
        (name, estimate, row, y, estimate.value)
        for (name, estimate), row, y in zip(ranked, rows, row_centres(rows), strict=True)
        if _is_drawn(estimate) and estimate.value is not None
    ]
    whiskers = [_whisker(estimate, scale) for _, estimate, _, _, _ in drawn]
    return {
        "type": "bar",
        "name": "importance",
        "orientation": "h",
        "x": [to_axis(value, scale) for _, _, _, _, value in drawn],
        "y": [y for _, _, _, y, _ in drawn],
        "width": BAR_PIXELS,
        "marker": {
            "color": translucent(colours.accent, 0.4),
            "line": {"color": colours.accent, "width": 1.5},
        },
        "error_x": {
            "arrayminus": [below for below, _ in whiskers],
            "array": [above for _, above in whiskers],
            "symmetric": False,
            "color": colours.ink,
            "thickness": 1.5,
            "width": 4,
        },
        "customdata": [name for name, *_ in drawn],
        "hovertext": [row.hover_text for _, _, row, _, _ in drawn],
        "hoverinfo": "text",
    }


def _whisker(estimate: Estimate, scale: Scale) -> tuple[float, float]:
    """How far the interval reaches below and above the value, in axis units."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return 0.0, 0.0
    below, above = estimate.value - estimate.low, estimate.high - estimate.value
    return to_axis(max(below, 0.0), scale), to_axis(max(above, 0.0), scale)
