"""Signed contributions from zero, for methods whose contributions need not add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.charts.layout import (
    Row,
    axis_title,
    message_figure,
    row_centres,
    row_layout,
    unchecked_figure,
    vertical_line,
)
from explainers.charts.palette import Mode, palette_for
from explainers.charts.ranking import Reasons, rank_reasons
from explainers.charts.reason_rows import (
    NOTHING_TO_DRAW,
    SCALE_NAMES,
    describe_largest,
    reason_bars,
    reason_row,
)
from explainers.charts.wording import to_axis
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.schema import Column

AXIS_TITLES: dict[Scale, str] = {
    "risk": "Contribution to the risk, percentage points",
    "log-odds": "Contribution to the log-odds",
}


def reasons_chart(
    attribution: Attribution,
    columns: Sequence[Column],
    *,
    n_bars: int = 5,
    patient_values: Sequence[float] | None = None,
    mode: Mode = "light",
) -> go.Figure:
    """Signed bars of one patient's contributions, largest first.

    What a method such as LIME leaves unexplained is a bar of its own. Whiskers, where the method
    samples, reach 1.96 standard errors to either side.

    Parameters
    ----------
    attribution : Attribution
        Of one patient, on either scale; of features, or of concepts.
    columns : sequence of Column, length p
        The model's columns.
    n_bars, patient_values, mode
        As :func:`explainers.charts.waterfall.waterfall_chart`.

    Raises
    ------
    SettingsError
        As :func:`explainers.charts.ranking.rank_reasons`.
    """
    reasons = rank_reasons(attribution, columns, n_bars=n_bars, patient_values=patient_values)
    if not reasons.is_complete:
        return message_figure(NOTHING_TO_DRAW, mode)
    colours = palette_for(mode)
    rows = [_without_unit(reason_row(reason, reasons.scale, colours)) for reason in reasons.rows]
    bars = reason_bars(reasons, rows, row_centres(rows), mode)
    reach = _reach(reasons)
    layout = row_layout(rows, mode)
    layout["xaxis"] |= {
        "title": axis_title(AXIS_TITLES[reasons.scale]),
        "range": [-reach, reach],
    }
    layout["shapes"] = [vertical_line(0.0, colours.neutral, dash="solid")]
    return unchecked_figure(
        data=[{**bars, "error_x": _whiskers(reasons, colours.ink)}], layout=layout
    )


def reasons_table(
    attribution: Attribution,
    columns: Sequence[Column],
    *,
    n_bars: int = 5,
    patient_values: Sequence[float] | None = None,
) -> pd.DataFrame:
    """The same figures as text: reason, value, contribution."""
    reasons = rank_reasons(attribution, columns, n_bars=n_bars, patient_values=patient_values)
    rows = [(row.label, row.value_text, row.change_text(reasons.scale)) for row in reasons.rows]
    return pd.DataFrame(rows, columns=["Reason", "Value", "Contribution"])


def reasons_alt(attribution: Attribution, columns: Sequence[Column], *, n_bars: int = 5) -> str:
    """The main finding in a sentence or two, for those who do not see the chart."""
    reasons = rank_reasons(attribution, columns, n_bars=n_bars)
    if not reasons.is_complete:
        return NOTHING_TO_DRAW
    kind = f"Bar chart of contributions to the {SCALE_NAMES[reasons.scale].lower()}."
    left = reasons.residual
    unexplained = f" Not explained: {left.change_text(reasons.scale)}." if left is not None else ""
    return f"{kind} {describe_largest(reasons)}{unexplained}"


def _without_unit(row: Row) -> Row:
    """The axis names the unit here, which leaves the bars more room; the pointer shows it."""
    hover = "\n".join((row.label, row.detail, row.amount))
    return replace(row, amount=row.amount.removesuffix(" points"), hover=hover)


def _whiskers(reasons: Reasons, colour: str) -> dict[str, Any]:
    """Intervals of the sampling error; none where no contribution has one."""
    margins = [to_axis(reason.margin, reasons.scale) for reason in reasons.rows]
    return {
        "visible": any(margins),
        # A whisker of length 0 would still show its cap.
        "array": [margin or None for margin in margins],
        "color": colour,
        "thickness": 1.5,
        "width": 4,
    }


def _reach(reasons: Reasons) -> float:
    """The axis is symmetric, so that equal contributions look equal on either side."""
    ends = [abs(row.contribution) + row.margin for row in reasons.rows]
    return max(1.08 * to_axis(max(ends, default=0.0), reasons.scale), 0.05)
