"""A grid of panels with one curve each, on the same two axes so that they compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explainers.charts.layout import DETAIL_SIZE, legend_above, template
from explainers.charts.palette import Mode, Palette, palette_for, translucent
from explainers.charts.wording import plain_lines
from explainers.core.arrays import FloatArray

MOST_PANELS = 12
_PANEL, _STRIP, _GAP = 190, 54, 0.07
_ONE_PANEL = 0.62
_TOP, _BOTTOM = 24, 56


@dataclass(frozen=True)
class Axes:
    """What all panels share: ranges in percent or plain numbers, and what they measure."""

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_title: str
    y_title: str
    x_suffix: str = "%"
    y_suffix: str = ""


def axis_names(position: int) -> tuple[str, str]:
    """Names of a panel's x and y axis, as traces give them."""
    suffix = "" if position == 0 else str(position + 1)
    return f"x{suffix}", f"y{suffix}"


def panel_layout(labels: Sequence[str], axes: Axes, mode: Mode) -> dict[str, Any]:
    """Layout of a figure with one panel for each label, two abreast, its name above it."""
    colours = palette_for(mode)
    n_columns = min(len(labels), 2)
    n_rows = -(-len(labels) // 2)
    height = n_rows * (_PANEL + _STRIP)
    layout: dict[str, Any] = {
        "template": template(mode),
        "height": height + _TOP + _BOTTOM,
        "margin": {"l": 60, "r": 12, "t": _TOP, "b": _BOTTOM},
        "showlegend": True,
        "legend": legend_above(mode),
        "annotations": [],
        "shapes": [],
    }
    # A single panel over the whole page would flatten every slope.
    width = (1 - _GAP) / 2 if n_columns == 2 else _ONE_PANEL
    for position, label in enumerate(labels):
        row, column = divmod(position, 2)
        top = 1 - (row * (_PANEL + _STRIP) + _STRIP) / height
        left = column * (width + _GAP)
        x, y = axis_names(position)
        is_lowest = position + n_columns >= len(labels)
        layout[x.replace("x", "xaxis")] = {
            "domain": [left, left + width],
            "anchor": y,
            "range": list(axes.x_range),
            "ticksuffix": axes.x_suffix,
            "nticks": 6,
            "fixedrange": True,
            "title": {"text": axes.x_title if is_lowest else ""},
        }
        layout[y.replace("y", "yaxis")] = {
            "domain": [top - _PANEL / height, top],
            "anchor": x,
            "range": list(axes.y_range),
            "ticksuffix": axes.y_suffix,
            "nticks": 5,
            "fixedrange": True,
            "zeroline": True,
            "zerolinecolor": colours.rule,
            "zerolinewidth": 1.5,
            "title": {"text": axes.y_title if column == 0 else ""},
        }
        layout["annotations"].append(_heading(label, left, top, colours))
    return layout


def band_trace(
    x: FloatArray, low: FloatArray, high: FloatArray, position: int, colour: str
) -> dict[str, Any]:
    """The interval around a curve, as an area."""
    x_axis, y_axis = axis_names(position)
    return {
        "type": "scatter",
        "name": "band",
        "showlegend": False,
        "mode": "lines",
        "x": [*x.tolist(), *x[::-1].tolist()],
        "y": [*high.tolist(), *low[::-1].tolist()],
        "xaxis": x_axis,
        "yaxis": y_axis,
        "fill": "toself",
        "fillcolor": translucent(colour, 0.18),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def line_trace(
    name: str, points: tuple[FloatArray, FloatArray], position: int, line: dict[str, Any]
) -> dict[str, Any]:
    """A curve; only that of the first panel is named in the legend."""
    x_axis, y_axis = axis_names(position)
    return {
        "type": "scatter",
        "name": name,
        "legendgroup": name,
        "showlegend": position == 0,
        "mode": "lines",
        "x": points[0].tolist(),
        "y": points[1].tolist(),
        "xaxis": x_axis,
        "yaxis": y_axis,
        "line": line,
        "hoverinfo": "skip",
    }


def threshold_line(threshold: float, position: int, axes: Axes, mode: Mode) -> dict[str, Any]:
    """The declared threshold, upright over the height of a panel."""
    points = np.array([100 * threshold] * 2), np.array(axes.y_range)
    line = {"color": palette_for(mode).muted, "width": 1.5, "dash": "dot"}
    return line_trace("declared threshold", points, position, line)


def _heading(label: str, x: float, y: float, colours: Palette) -> dict[str, Any]:
    return {
        "text": f"<b>{plain_lines(label, 44, 1)[0]}</b>",
        "x": x,
        "xref": "paper",
        "xanchor": "left",
        "y": y,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 4,
        "showarrow": False,
        "borderpad": 0,
        "font": {"size": DETAIL_SIZE + 1, "color": colours.ink},
    }
