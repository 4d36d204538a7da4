"""Where one patient's risk lies among those who had the outcome and those who had not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explainers.charts.layout import (
    DETAIL_SIZE,
    axis_title,
    hover_lines,
    message_figure,
    template,
    text_above,
    unchecked_figure,
    vertical_line,
)
from explainers.charts.palette import Mode, Palette, palette_for, translucent
from explainers.charts.wording import escape_markup, format_percent, plain_lines
from explainers.core.arrays import FloatArray
from explainers.core.phrases import lower_first
from explainers.performance.curves import RiskDistribution

_PANEL, _TOP, _BOTTOM = 88, 46, 54
# A panel's label stands above it, where no bar reaches; it is narrow enough for a third of the
# width, so that it finds a place beside two marked risks.
_LABEL_CHARACTERS, _LABEL_LINE = 28, 17
_NAME_CHARACTERS = 40


@dataclass(frozen=True)
class _Style:
    """How a marked risk is drawn; names of two marks stand at two heights, so they never clash."""

    colour: str
    dash: str
    lift_pixels: int


def risk_distribution_chart(
    distribution: RiskDistribution,
    *,
    patient_risk: float | None = None,
    threshold: float | None = None,
    outcome_label: str = "the outcome",
    mode: Mode = "light",
) -> go.Figure:
    """Two distributions of predicted risk, one above the other, and where this patient lies.

    Bins are of unequal width, so it is the area that stands for people: each panel holds all
    patients of its outcome, whatever their number.

    Parameters
    ----------
    distribution : RiskDistribution
    patient_risk, threshold : float, optional
        Marked by a labelled line each, in [0, 1].
    outcome_label : str
        The outcome in words, after "with" and "without".
    mode : {"light", "dark"}
    """
    if not distribution.is_shown:
        return message_figure(_absence(distribution), mode)
    colours = palette_for(mode)
    right = _right_end(distribution, patient_risk, threshold)
    # A definition in brackets is too long for a panel; the page gives it.
    outcome = lower_first(outcome_label.partition(" (")[0])
    panels = (
        ("y", f"With {outcome}", distribution.events, colours.accent),
        ("y2", f"Without {outcome}", distribution.non_events, colours.neutral),
    )
    areas = [
        _area(distribution.edges, counts, label, axis, colour)
        for axis, label, counts, colour in panels
    ]
    names = [_panel_name(label, int(counts.sum())) for _, label, counts, _ in panels]
    layout = _layout(right, max(max(area["y"]) for area in areas), mode)
    _stack(layout, max(map(len, names)))
    marks = [
        (f"{name} {format_percent(risk)}", 100 * min(max(risk, 0.0), 1.0), style)
        for name, risk, style in (
            ("Threshold", threshold, _Style(colours.muted, "dash", 2)),
            ("This patient", patient_risk, _Style(colours.ink, "solid", 20)),
        )
        if risk is not None and np.isfinite(risk)
    ]
    place = _widest_gap([x / right for _, x, _ in marks])
    layout["annotations"] = [
        _panel_label(axis, name, place, colours)
        for (axis, *_), name in zip(panels, names, strict=True)
    ]
    for text, x, style in marks:
        layout["shapes"].append(vertical_line(x, style.colour, dash=style.dash))
        layout["annotations"].append(_mark_name(text, x, right, style))
    return unchecked_figure(data=areas, layout=layout)


def risk_distribution_table(distribution: RiskDistribution) -> pd.DataFrame:
    """The same figures as text: bin of risk, patients with and without the outcome."""
    edges = distribution.edges
    bins = [f"{format_percent(low)} to {format_percent(high)}" for low, high in pairwise(edges)]
    rows = zip(bins, _told(distribution.events), _told(distribution.non_events), strict=True)
    return pd.DataFrame(rows, columns=["Predicted risk", "With the outcome", "Without the outcome"])


def risk_distribution_alt(
    distribution: RiskDistribution,
    *,
    patient_risk: float | None = None,
    threshold: float | None = None,
) -> str:
    """The main finding in two sentences, for those who do not see the chart."""
    if not distribution.is_shown:
        return _absence(distribution)
    medians = [
        _median(distribution.edges, counts)
        for counts in (distribution.events, distribution.non_events)
    ]
    text = (
        "Distribution of predicted risk by outcome: at least half of those with the outcome lie"
        f" below {format_percent(medians[0])}, of those without below {format_percent(medians[1])}."
    )
    marks = [
        f"{name} {format_percent(value)}"
        for name, value in (("this patient", patient_risk), ("threshold", threshold))
        if value is not None
    ]
    return f"{text} Marked: {', '.join(marks)}." if marks else text


def _absence(distribution: RiskDistribution) -> str:
    return f"The distribution of risk is not shown: {distribution.reason}."


def _shares(counts: FloatArray) -> FloatArray:
    """Share of all in each bin; zeros where there is nobody."""
    total = counts.sum()
    return counts / total if total > 0 else np.zeros_like(counts)


def _told(counts: FloatArray) -> list[str]:
    """Patients in each bin, and which share of all they are."""
    return [
        f"{int(count):,} ({format_percent(share)})"
        for count, share in zip(counts, _shares(counts), strict=True)
    ]


def _area(
    edges: FloatArray, counts: FloatArray, label: str, axis: str, colour: str
) -> dict[str, Any]:
    """Steps: every bin is flat from edge to edge, down to the ground at both ends."""
    shares = _shares(counts)
    density = shares / np.diff(edges)
    texts = [
        hover_lines(
            label,
            f"Risk {format_percent(low)} to {format_percent(high)}",
            f"{format_percent(share)} of them",
        )
        for low, high, share in zip(edges[:-1], edges[1:], shares, strict=True)
    ]
    return {
        "type": "scatter",
        "name": escape_markup(label),
        "mode": "lines",
        "x": (100 * np.repeat(edges, 2)).tolist(),
        "y": [0.0, *np.repeat(density, 2).tolist(), 0.0],
        "yaxis": axis,
        "line": {"color": colour, "width": 1.5},
        "fill": "tozeroy",
        "fillcolor": translucent(colour, 0.22),
        "hovertext": ["", *(text for text in texts for _ in range(2)), ""],
        "hoverinfo": "text",
    }


def _widest_gap(marks: Sequence[float]) -> tuple[float, str]:
    """Where a panel's label meets no marked risk: place along the axis in [0, 1], and anchor."""
    stops = [0.0, *sorted(marks), 1.0]
    low, high = max(pairwise(stops), key=lambda gap: gap[1] - gap[0])
    if low == 0.0:
        return 0.0, "left"
    return (1.0, "right") if high == 1.0 else ((low + high) / 2, "center")


def _panel_name(label: str, n_patients: int) -> tuple[str, ...]:
    """Escaped lines; a long name is cut, the number never."""
    name = label if len(label) <= _NAME_CHARACTERS else f"{label[: _NAME_CHARACTERS - 1].rstrip()}…"
    return plain_lines(f"{name}, n {n_patients:,}", _LABEL_CHARACTERS, 3)


def _panel_label(
    axis: str, name: Sequence[str], place: tuple[float, str], colours: Palette
) -> dict[str, Any]:
    x, anchor = place
    return {
        "text": "<br>".join(name),
        "x": x,
        "xref": "paper",
        "xanchor": anchor,
        "align": anchor,
        "y": 1,
        "yref": f"{axis} domain",
        "yanchor": "bottom",
        "showarrow": False,
        "borderpad": 0,
        "font": {"size": DETAIL_SIZE + 1, "color": colours.ink},
        # So that no marked risk strikes the words through where a chart is very narrow.
        "bgcolor": translucent(colours.page, 0.85),
    }


def _layout(right: float, highest: float, mode: Mode) -> dict[str, Any]:
    """Two panels over one risk axis, on one scale so that areas compare."""
    heights = {"range": [0, 1.04 * highest], "showticklabels": False, "showgrid": False}
    return {
        "template": template(mode),
        "margin": {"l": 8, "r": 12, "t": _TOP, "b": _BOTTOM},
        "xaxis": {
            "showline": True,
            "linecolor": palette_for(mode).rule,
            "linewidth": 1,
            "title": axis_title("Predicted risk; areas are shares of those with and those without"),
            "range": [0, right],
            "ticksuffix": "%",
            "nticks": 7,
            "anchor": "y2",
        },
        "yaxis": heights,
        "yaxis2": {**heights, "fixedrange": True},
        "shapes": [],
    }


def _stack(layout: dict[str, Any], n_label_lines: int) -> None:
    """Place two panels of one height, each below a strip for its label."""
    strip = _LABEL_LINE * n_label_lines + 8
    both = 2 * (_PANEL + strip)
    layout["height"] = both + _TOP + _BOTTOM
    for axis, bottom in (("yaxis", 0.5), ("yaxis2", 0.0)):
        layout[axis] = {**layout[axis], "domain": [bottom, bottom + _PANEL / both]}


def _mark_name(text: str, x: float, right: float, style: _Style) -> dict[str, Any]:
    """The name of a marked risk, kept inside the chart at both edges."""
    anchor = "left" if x < 0.18 * right else "right" if x > 0.82 * right else "center"
    return text_above(text, x, style.colour, xanchor=anchor, yshift=style.lift_pixels)


def _right_end(
    distribution: RiskDistribution, patient_risk: float | None, threshold: float | None
) -> float:
    """End of the risk axis in percent: the last bin with anybody in it, or a mark beyond it."""
    occupied = np.flatnonzero(distribution.events + distribution.non_events)
    last = distribution.edges[occupied[-1] + 1] if len(occupied) else distribution.edges[-1]
    marks = [mark for mark in (patient_risk, threshold) if mark is not None and np.isfinite(mark)]
    return 100 * min(1.03 * float(max([last, *marks])), 1.0)


def _median(edges: FloatArray, counts: FloatArray) -> float:
    """Upper edge of the bin in which half of the distribution is reached; NaN for nobody."""
    if not counts.sum() > 0:
        return float("nan")
    at = int(np.searchsorted(np.cumsum(counts), 0.5 * counts.sum()))
    return float(edges[min(at, len(counts) - 1) + 1])
