"""How the contributions of each input are spread over patients, no mark of fewer than eleven."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explainers.attribution.contribution_bins import ContributionBins, ContributionSpread
from explainers.charts.dependence import about
from explainers.charts.importance import UNITS
from explainers.charts.layout import (
    Row,
    axis_title,
    hover_lines,
    message_figure,
    row_centres,
    row_layout,
    unchecked_figure,
    vertical_line,
)
from explainers.charts.palette import Mode, Palette, palette_for, translucent
from explainers.charts.ranking import input_label
from explainers.charts.wording import format_change, to_axis
from explainers.core.link import Scale
from explainers.core.schema import Column
from explainers.disclosure.counts import round_people

NOTHING_TO_DRAW = "There is no spread to draw."
# The highest bin of a row, in pixels; low bins stay visible.
_TALLEST, _LOWEST = 30.0, 2.5
_PALEST = 0.12
# Rank correlation from which "the higher, the higher" is said of an input.
CLEAR_DIRECTION = 0.5


def beeswarm_chart(
    spread: ContributionSpread, columns: Sequence[Column], *, mode: Mode = "light"
) -> go.Figure:
    """A row for each input; where it is thick, many patients have that contribution.

    The area of a mark stands for its patients. The stronger its colour, the higher their values of
    the input among all patients'; grey where values have no order or most were not measured.

    Parameters
    ----------
    spread : ContributionSpread
    columns : sequence of Column
        The model's columns, for labels.
    mode : {"light", "dark"}
    """
    if not spread.inputs:
        return message_figure(NOTHING_TO_DRAW, mode)
    colours = palette_for(mode)
    rows = [_row(bins, spread.scale, columns) for bins in spread.inputs]
    layout = row_layout(rows, mode)
    layout["xaxis"] |= {
        "title": axis_title(f"lowers ← contribution, {UNITS[spread.scale]} → raises"),
        "range": _range(spread),
    }
    layout["shapes"] = [vertical_line(0.0, colours.rule, dash="solid")]
    layout["bargap"] = 0
    marks = [
        _marks(bins, row, y, spread.scale, colours)
        for bins, row, y in zip(spread.inputs, rows, row_centres(rows), strict=True)
    ]
    return unchecked_figure(data=marks, layout=layout)


def beeswarm_table(spread: ContributionSpread, columns: Sequence[Column]) -> pd.DataFrame:
    """Per input: between which contributions most patients lie, and which way it goes."""
    rows = [
        (
            input_label(bins.name, columns),
            format_change(bins.typical[0], spread.scale),
            format_change(bins.typical[1], spread.scale),
            direction(bins, columns) or "no order, or both ways",
        )
        for bins in spread.inputs
    ]
    unit = UNITS[spread.scale]
    return pd.DataFrame(
        rows, columns=["Input", f"Most lie from ({unit})", f"to ({unit})", "Direction"]
    )


def beeswarm_alt(spread: ContributionSpread, columns: Sequence[Column]) -> str:
    """The widest spreads in words, for those who do not see the chart."""
    if not spread.inputs:
        return NOTHING_TO_DRAW
    told = [
        f"{input_label(bins.name, columns)} from {format_change(bins.typical[0], spread.scale)}"
        f" to {format_change(bins.typical[1], spread.scale)}"
        + (f" ({direction(bins, columns)})" if direction(bins, columns) else "")
        for bins in spread.inputs[:3]
    ]
    return (
        f"Spread of contributions over {spread.n:,} patients, in {UNITS[spread.scale]}."
        f" Most patients lie: {'; '.join(told)}."
    )


def direction(bins: ContributionBins, columns: Sequence[Column]) -> str:
    """In words whether higher values go with higher contributions; "" where neither is clear."""
    correlation = _rank_correlation(bins)
    if abs(correlation) < CLEAR_DIRECTION:
        return ""
    does = "raise" if correlation > 0 else "lower"
    column = next((column for column in columns if column.name == bins.name), None)
    if column is None or column.is_numeric:
        return f"higher values {does}"
    towards = "" if len(column.levels) == 2 else "towards "
    return f"{towards}{column.levels[-1]}: {does}s"


def _rank_correlation(bins: ContributionBins) -> float:
    """Between the contributions and the mean rank of the values, over bins; 0 without either."""
    known = ~np.isnan(bins.mean_rank) & (bins.counts > 0)
    if known.sum() < 2:
        return 0.0
    weights = bins.counts[known].astype(np.float64)
    place = np.cumsum(weights) - weights / 2
    ranks = bins.mean_rank[known]
    place, ranks = (part - np.average(part, weights=weights) for part in (place, ranks))
    scale = np.sqrt(np.average(place**2, weights=weights) * np.average(ranks**2, weights=weights))
    return float(np.average(place * ranks, weights=weights) / scale) if scale > 0 else 0.0


def _range(spread: ContributionSpread) -> list[float]:
    """From end to end of all marks, with room for their outlines."""
    ends = [to_axis(float(edge), spread.scale) for bins in spread.inputs for edge in bins.edges]
    low, high = min(*ends, 0.0), max(*ends, 0.0)
    room = 0.02 * (high - low)
    return [low - room, high + room]


def _row(bins: ContributionBins, scale: Scale, columns: Sequence[Column]) -> Row:
    low, high = (format_change(end, scale).removesuffix(" points") for end in bins.typical)
    return Row(
        label=input_label(bins.name, columns),
        detail=direction(bins, columns),
        amount=f"{low} to {high}",
    )


def _marks(
    bins: ContributionBins, row: Row, y: float, scale: Scale, colours: Palette
) -> dict[str, Any]:
    """Bars over and under the middle of the row, one trace per input."""
    drawn = np.flatnonzero(bins.counts)
    low, high = bins.edges[:-1][drawn], bins.edges[1:][drawn]
    # Heights of exact numbers, which add up to everybody, could be solved for them.
    people = round_people(bins.counts[drawn])
    density = people / (high - low)
    heights = np.maximum(_TALLEST * density / density.max(), _LOWEST)
    ranks = bins.mean_rank[drawn]
    return {
        "type": "bar",
        "name": bins.name,
        "x": [to_axis(float(centre), scale) for centre in (low + high) / 2],
        "width": [to_axis(float(width), scale) for width in high - low],
        "y": heights.tolist(),
        "base": (y - heights / 2).tolist(),
        "marker": {
            "color": [_shade(float(rank), colours) for rank in ranks],
            "line": {"color": colours.accent, "width": 0.75},
        },
        "hovertext": [
            hover_lines(
                row.label,
                f"{format_change(float(start), scale)} to {format_change(float(end), scale)}",
                f"{about(int(n))} patients",
                "" if np.isnan(rank) else f"their values: {_place(float(rank))}",
            )
            for start, end, n, rank in zip(low, high, bins.counts[drawn], ranks, strict=True)
        ],
        "hoverinfo": "text",
    }


def _shade(rank: float, colours: Palette) -> str:
    if np.isnan(rank):
        return translucent(colours.neutral, 0.35)
    return translucent(colours.accent, round(_PALEST + (1 - _PALEST) * rank, 3))


def _place(rank: float) -> str:
    words = ("among the lowest", "rather low", "in the middle", "rather high", "among the highest")
    return words[min(int(rank * 5), 4)]
