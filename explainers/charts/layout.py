"""The one layout that all charts share: rows of a label, marks and a number.

A chart reads like a page of a ledger: names on the left, marks in the middle, figures in a column
on the right. The background is transparent so that the page's own colour shows; nothing zooms or
drags, so that a page scrolls over its charts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import plotly.graph_objects as go

from explainers.charts.palette import Mode, Palette, palette_for
from explainers.charts.wording import escape_markup, plain_lines

# Streamlit brings Source Sans; a report outside Streamlit uses what the machine has.
FONT_FAMILY = '"Source Sans", "Source Sans 3", system-ui, "Segoe UI", Roboto, Arial, sans-serif'
LABEL_SIZE, DETAIL_SIZE = 14, 12

# Passed to st.plotly_chart(config=...): no tool bar, no logo, no link to an editor elsewhere.
CHART_CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "displaylogo": False,
    "scrollZoom": False,
    "showTips": False,
}

LABEL_CHARACTERS, DETAIL_CHARACTERS = 28, 32
BAR_PIXELS = 22
MAX_ROWS = 60

_LINE_HEIGHT, _ROW_PADDING = 17, 15
_TOP, _BOTTOM = 6, 56
_GUTTER = 16
_SHAPE = {"type": "line", "layer": "below"}


@dataclass(frozen=True)
class Row:
    """One line of a chart.

    Attributes
    ----------
    label, detail : str
        Name, and what stands under it in a quieter tone; as the user wrote them, not escaped.
    amount : str
        The figure in the right-hand column.
    hover : str
        Lines the pointer shows, not escaped; label, detail and amount unless given.
    tone : str
        Colour of the amount; the ink when empty.
    is_strong : bool
        Whether it is a total, set in bold.
    """

    label: str
    detail: str = ""
    amount: str = ""
    hover: str = ""
    tone: str = ""
    is_strong: bool = False

    @cached_property
    def label_lines(self) -> tuple[str, ...]:
        """Escaped lines of the label."""
        return plain_lines(self.label, LABEL_CHARACTERS, 2)

    @cached_property
    def detail_lines(self) -> tuple[str, ...]:
        """Escaped lines of the detail, none where there is no detail."""
        return plain_lines(self.detail, DETAIL_CHARACTERS, 2) if self.detail.strip() else ()

    @cached_property
    def hover_text(self) -> str:
        """Escaped text for the pointer."""
        parts = self.hover.split("\n") if self.hover else (self.label, self.detail, self.amount)
        return hover_lines(*parts)


def hover_lines(*parts: str) -> str:
    """Escaped parts, one below the other, long ones wrapped; empty parts are left out."""
    return "<br>".join(
        line for part in parts if part.strip() for line in plain_lines(part, 60, max_lines=8)
    )


def template(mode: Mode) -> dict[str, Any]:
    """Fonts, gridlines and hover labels of every chart."""
    colours = palette_for(mode)
    axis = {
        "gridcolor": colours.grid,
        "gridwidth": 1,
        "zeroline": False,
        "showline": False,
        "fixedrange": True,
        "ticks": "",
        "tickfont": {"size": DETAIL_SIZE, "color": colours.muted},
        "title": {"font": {"size": DETAIL_SIZE + 1, "color": colours.muted}, "standoff": 10},
    }
    return {
        "layout": {
            "font": {"family": FONT_FAMILY, "size": LABEL_SIZE, "color": colours.ink},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [colours.accent, colours.neutral, colours.raises, colours.lowers],
            "xaxis": axis,
            "yaxis": axis,
            "showlegend": False,
            "dragmode": False,
            "hovermode": "closest",
            "hoverdistance": 30,
            "hoverlabel": {
                "bgcolor": colours.panel,
                "bordercolor": colours.rule,
                "align": "left",
                "font": {"family": FONT_FAMILY, "size": 13, "color": colours.ink},
            },
        }
    }


def unchecked_figure(data: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]) -> go.Figure:
    """A figure of plain values, which Plotly does not check again on the server.

    Checking takes ten times as long as drawing, and finds nothing in a figure that a user can
    change: the tests of each chart have Plotly check it.

    Parameters
    ----------
    data : sequence of mappings
        Traces with their type.
    layout : mapping
    """
    # Plotly would leave empty lists out.
    told = {name: value for name, value in layout.items() if value != []}
    return go.Figure(data=data, layout=told, _validate=False)


def row_centres(rows: Sequence[Row]) -> list[float]:
    """Where each row stands on the y axis, whose unit is a pixel: 0 on top, downwards negative."""
    bottoms = accumulate(_row_height(row) for row in rows)
    return [_row_height(row) / 2 - bottom for row, bottom in zip(rows, bottoms, strict=True)]


def row_layout(rows: Sequence[Row], mode: Mode, *, headroom: int = 0) -> dict[str, Any]:
    """Layout of a figure with one line per row, from top to bottom.

    The height follows from the rows and the lines of text in them, so that a row is as high on a
    chart of three as on a chart of thirty. Traces place their marks at :func:`row_centres`.

    Layouts stay plain dictionaries until a chart builds its figure from them in one go: Plotly
    checks every value it is given, and checking piece by piece takes several times as long.

    Parameters
    ----------
    rows : sequence of Row
    mode : {"light", "dark"}
    headroom : int
        Pixels above the first row, for text over a reference line.
    """
    colours = palette_for(mode)
    height = sum(_row_height(row) for row in rows)
    left, right, top = _label_width(rows), _amount_width(rows), _TOP + headroom
    return {
        "template": template(mode),
        "height": height + top + _BOTTOM,
        "margin": {"l": left, "r": right, "t": top, "b": _BOTTOM},
        "xaxis": {"nticks": 6},
        "yaxis": {"visible": False, "range": [-height, 0]},
        "shapes": [],
        "annotations": [
            text
            for row, y in zip(rows, row_centres(rows), strict=True)
            for text in _texts(row, y, (left, right), colours)
        ],
    }


def message_figure(message: str, mode: Mode) -> go.Figure:
    """A quiet figure that says why there is nothing to draw."""
    note = {
        "text": "<br>".join(plain_lines(message, 64, 4)),
        "font": {"size": LABEL_SIZE, "color": palette_for(mode).muted},
        "showarrow": False,
        "x": 0.5,
        "y": 0.5,
        "xref": "paper",
        "yref": "paper",
    }
    layout = {
        "template": template(mode),
        "height": 140,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
        "annotations": [note],
    }
    return unchecked_figure([], layout)


def legend_above(mode: Mode, *, y: float = 1.0) -> dict[str, Any]:
    """A legend over the marks, in the order of the traces, that cannot be clicked.

    Parameters
    ----------
    mode : {"light", "dark"}
    y : float
        Its lower edge as a share of the plot's height; more than 1 leaves room for titles.
    """
    return {
        "orientation": "h",
        "traceorder": "normal",
        "x": 0,
        "xanchor": "left",
        "y": y,
        "yanchor": "bottom",
        "font": {"size": DETAIL_SIZE + 1, "color": palette_for(mode).ink},
        "itemclick": False,
        "itemdoubleclick": False,
    }


def axis_title(text: str) -> dict[str, str]:
    """Title of an axis, escaped and wrapped."""
    return {"text": "<br>".join(plain_lines(text, 36, 2))}


def vertical_line(x: float, colour: str, *, dash: str = "dot") -> dict[str, Any]:
    """Shape: a line over the full height at x, below the marks."""
    line = {"color": colour, "width": 1.5, "dash": dash}
    return {
        **_SHAPE,
        "xref": "x",
        "yref": "paper",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "line": line,
    }


def rule_below(rows: Sequence[Row], n_above: int, mode: Mode) -> dict[str, Any]:
    """Shape: a hairline over the width of the marks, below the first ``n_above`` rows."""
    y = -sum(_row_height(row) for row in rows[:n_above])
    line = {"color": palette_for(mode).rule, "width": 1}
    return {
        **_SHAPE,
        "xref": "paper",
        "yref": "y",
        "x0": 0,
        "x1": 1,
        "y0": y,
        "y1": y,
        "line": line,
    }


def row_bands(rows: Sequence[Row], left_pixels: int, mode: Mode) -> list[dict[str, Any]]:
    """Shapes: a tint behind every other row, over the labels in the left margin and the marks.

    Parameters
    ----------
    rows : sequence of Row
    left_pixels : int
        Width of the left margin.
    mode : {"light", "dark"}
    """
    colour = palette_for(mode).panel
    shapes: list[dict[str, Any]] = []
    bottoms = [-float(height) for height in accumulate(_row_height(row) for row in rows)]
    for top, bottom in list(pairwise(bottoms))[::2]:
        band = {
            "type": "rect",
            "layer": "below",
            "fillcolor": colour,
            "line": {"width": 0},
            "xref": "paper",
            "yref": "y",
            "y0": top,
            "y1": bottom,
        }
        margin = {"xsizemode": "pixel", "xanchor": 0, "x0": -left_pixels, "x1": 0}
        shapes += [{**band, "x0": 0, "x1": 1}, {**band, **margin}]
    return shapes


def text_above(text: str, x: float, colour: str, **place: Any) -> dict[str, Any]:
    """Annotation: small text in the headroom at x; ``place`` are further settings of it."""
    return {
        "text": escape_markup(text),
        "x": x,
        "xref": "x",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 2,
        "showarrow": False,
        "borderpad": 0,
        "font": {"size": DETAIL_SIZE + 1, "color": colour},
        **place,
    }


def _texts(row: Row, y: float, widths: tuple[int, int], colours: Palette) -> list[dict[str, Any]]:
    """Label in the left margin and amount in the right one, both as annotations."""
    common = {"y": y, "yref": "y", "xref": "paper", "showarrow": False, "borderpad": 0}
    left = {"x": 0, "xanchor": "left", "xshift": -widths[0], "align": "left"}
    texts = [{**common, **left, "text": _label(row, colours), "hovertext": row.hover_text}]
    if row.amount.strip():
        amount = escape_markup(row.amount)
        right = {"x": 1, "xanchor": "right", "xshift": widths[1], "align": "right"}
        font = {"color": row.tone or colours.ink, "size": LABEL_SIZE}
        text = f"<b>{amount}</b>" if row.is_strong else amount
        texts.append({**common, **right, "text": text, "font": font})
    return texts


def _label(row: Row, colours: Palette) -> str:
    label = "<br>".join(row.label_lines)
    if row.is_strong:
        label = f"<b>{label}</b>"
    detail = "<br>".join(row.detail_lines)
    if not detail:
        return label
    style = f"color:{colours.muted};font-size:{DETAIL_SIZE}px"
    return f'{label}<br><span style="{style}">{detail}</span>'


def _row_height(row: Row) -> int:
    lines = len(row.label_lines) + len(row.detail_lines)
    return lines * _LINE_HEIGHT + _ROW_PADDING


def _label_width(rows: Sequence[Row]) -> int:
    """Pixels of the left column; Source Sans takes about 6 a character at 14 px, 5.5 at 12 px."""
    widths = [6.5 * len(line) for row in rows for line in row.label_lines]
    widths += [5.7 * len(line) for row in rows for line in row.detail_lines]
    return int(min(max(widths, default=0), 186)) + _GUTTER


def _amount_width(rows: Sequence[Row]) -> int:
    widths = [6.9 * len(row.amount) for row in rows]
    return int(min(max(widths, default=0), 165)) + _GUTTER
