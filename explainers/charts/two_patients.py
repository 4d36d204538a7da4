"""Two patients, or two models, on one axis: how far each input moves the one and the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.attribution.side_by_side import SideBySide
from explainers.charts.layout import (
    Row,
    axis_title,
    hover_lines,
    message_figure,
    row_bands,
    row_centres,
    row_layout,
    text_above,
    unchecked_figure,
    vertical_line,
)
from explainers.charts.palette import Mode, Palette, palette_for
from explainers.charts.ranking import MAX_BARS, SMALLEST_RESIDUAL, input_label
from explainers.charts.reason_rows import NOTHING_TO_DRAW, SCALE_NAMES
from explainers.charts.reasons import AXIS_TITLES
from explainers.charts.wording import format_change, format_prediction, to_axis
from explainers.core.attribution import Attribution
from explainers.core.encoding import format_value
from explainers.core.schema import Column
from explainers.errors import SettingsError

LETTERS = ("A", "B")
_LANE, _MARK, _HEADROOM = 7.5, 14, 22


@dataclass(frozen=True)
class PairRow:
    """What one input, or several, do to the two patients or in the two models.

    Attributes
    ----------
    label : str
    values : tuple of two str
        The patients' values, with units; "" where the row has none. Of two models both the same.
    contributions : tuple of two float
    """

    label: str
    values: tuple[str, str]
    contributions: tuple[float, float]

    @property
    def difference(self) -> float:
        """First patient's contribution minus the second's."""
        return self.contributions[0] - self.contributions[1]


def pair_rows(
    pair: SideBySide, columns: Sequence[Column], *, n_rows: int = 8
) -> tuple[PairRow, ...]:
    """Inputs by how much they set the two predictions apart, the others as one row.

    The differences of all rows add up to the difference of the predictions, less that of the
    baselines.

    Parameters
    ----------
    pair : TwoPatients or TwoModels
        By single inputs, or by concept.
    columns : sequence of Column
        The model's columns; of two models those of both.
    n_rows : int
        Inputs that stand alone, 1 to 30; a single one left over stands alone too.

    Raises
    ------
    SettingsError
        When ``n_rows`` is out of range.
    """
    if not 1 <= n_rows <= MAX_BARS:
        raise SettingsError(f"a chart shows 1 to {MAX_BARS} inputs", value=n_rows)
    rows = [_row(pair, at, columns) for at in pair.ranking().tolist()]
    n_alone = len(rows) if len(rows) == n_rows + 1 else n_rows
    shown, others = rows[:n_alone], rows[n_alone:]
    if others:
        noun = "concepts" if pair.first.feature_values is None else "inputs"
        shown.append(_sum(f"Everything else ({len(others)} {noun})", others))
    left = tuple(float(one.residual()[0]) for one in (pair.first, pair.second))
    if max(map(abs, left)) > SMALLEST_RESIDUAL:
        shown.append(PairRow("Not explained", ("", ""), (left[0], left[1])))
    return tuple(shown)


def two_patients_chart(
    pair: SideBySide,
    columns: Sequence[Column],
    *,
    n_rows: int = 8,
    mode: Mode = "light",
) -> go.Figure:
    """A row for each input, in it a mark with each letter, A and B, at its contribution.

    Rows are ordered by the size of the difference, which stands on the right.

    Parameters
    ----------
    pair, columns, n_rows
        As :func:`pair_rows`.
    mode : {"light", "dark"}

    Raises
    ------
    SettingsError
        As :func:`pair_rows`.
    """
    entries = pair_rows(pair, columns, n_rows=n_rows)
    if not _is_complete(entries):
        return message_figure(NOTHING_TO_DRAW, mode)
    scale, colours = pair.first.scale, palette_for(mode)
    rows = [
        Row(
            label=entry.label,
            detail=_values_text(entry, pair.noun),
            amount=format_change(entry.difference, scale),
        )
        for entry in entries
    ]
    reach = 1.12 * max(abs(to_axis(c, scale)) for entry in entries for c in entry.contributions)
    layout = row_layout(rows, mode, headroom=_HEADROOM)
    layout["xaxis"] |= {
        "title": axis_title(AXIS_TITLES[scale]),
        "range": [-max(reach, 0.05), max(reach, 0.05)],
    }
    layout["shapes"] = [
        *row_bands(rows, layout["margin"]["l"], mode),
        vertical_line(0.0, colours.neutral, dash="solid"),
    ]
    layout["annotations"].append(_amount_heading(layout["margin"]["r"], colours))
    traces = [
        trace
        for side in (0, 1)
        for trace in _marks(entries, row_centres(rows), side, pair, colours)
    ]
    return unchecked_figure(data=traces, layout=layout)


def two_patients_table(
    pair: SideBySide, columns: Sequence[Column], *, n_rows: int = 8
) -> pd.DataFrame:
    """The same figures as text; the last rows are the baselines and the predictions."""
    scale = pair.first.scale
    rows = [
        (
            entry.label,
            *(format_change(one, scale) for one in entry.contributions),
            format_change(entry.difference, scale),
        )
        for entry in pair_rows(pair, columns, n_rows=n_rows)
    ]
    for label, ends, difference in (
        ("Reference patients", _ends(pair, "baseline"), pair.baseline_difference),
        (SCALE_NAMES[scale], _ends(pair, "prediction"), pair.prediction_difference),
    ):
        told = (format_prediction(end, scale) for end in ends)
        rows.append((label, *told, format_change(difference, scale)))
    first, second = (f"{pair.noun.capitalize()} {letter}" for letter in LETTERS)
    return pd.DataFrame(rows, columns=["Reason", first, second, "A minus B"])


def two_patients_alt(pair: SideBySide, columns: Sequence[Column], *, n_rows: int = 8) -> str:
    """Both predictions and the largest differences, for those who do not see the chart."""
    entries = pair_rows(pair, columns, n_rows=n_rows)
    if not _is_complete(entries):
        return NOTHING_TO_DRAW
    scale = pair.first.scale
    ends = " and ".join(
        f"{pair.noun} {letter} {format_prediction(end, scale)}"
        for letter, end in zip(LETTERS, _ends(pair, "prediction"), strict=True)
    )
    largest = ", ".join(
        f"{entry.label} {format_change(entry.difference, scale)}" for entry in entries[:3]
    )
    return (
        f"Contributions of two {pair.noun}s side by side. {SCALE_NAMES[scale]}: {ends}."
        f" Largest differences, A minus B: {largest}."
    )


def _row(pair: SideBySide, at: int, columns: Sequence[Column]) -> PairRow:
    name = pair.first.feature_names[at]
    first, second = (_value(one, at, columns) for one in (pair.first, pair.second))
    contributions = float(pair.first.values[0, at]), float(pair.second.values[0, at])
    return PairRow(input_label(name, columns), (first, second), contributions)


def _value(attribution: Attribution, at: int, columns: Sequence[Column]) -> str:
    """The patient's value of a feature; "" for a concept."""
    name = attribution.feature_names[at]
    column = next((column for column in columns if column.name == name), None)
    if column is None or attribution.feature_values is None:
        return ""
    return format_value(float(attribution.feature_values[0, at]), column)


def _sum(label: str, rows: Sequence[PairRow]) -> PairRow:
    first, second = (math.fsum(row.contributions[side] for row in rows) for side in (0, 1))
    return PairRow(label, ("", ""), (first, second))


def _is_complete(entries: Sequence[PairRow]) -> bool:
    return all(math.isfinite(one) for entry in entries for one in entry.contributions)


def _ends(pair: SideBySide, name: str) -> tuple[float, float]:
    return float(getattr(pair.first, name)[0]), float(getattr(pair.second, name)[0])


def _values_text(entry: PairRow, noun: str) -> str:
    first, second = entry.values
    if not first and not second:
        return ""
    if noun == "model":
        return first
    return f"both {first}" if first == second else f"A {first}, B {second}"


def _amount_heading(right: int, colours: Palette) -> dict[str, Any]:
    """What the figures on the right are."""
    place = {"xref": "paper", "xanchor": "right", "xshift": right, "align": "right"}
    return text_above("A minus B", 1.0, colours.muted, **place)


def _marks(
    entries: Sequence[PairRow],
    centres: Sequence[float],
    side: int,
    pair: SideBySide,
    colours: Palette,
) -> list[dict[str, Any]]:
    """Stems from zero and marks of one side: A full and above, B hollow and below."""
    scale, name = pair.first.scale, f"{pair.noun} {LETTERS[side]}"
    lane = _LANE if side == 0 else -_LANE
    x = [to_axis(entry.contributions[side], scale) for entry in entries]
    y = [centre + lane for centre in centres]
    tone = colours.accent if side == 0 else colours.ink
    stems = {
        "type": "scatter",
        "name": f"stems {LETTERS[side]}",
        "mode": "lines",
        "x": [place for value in x for place in (0.0, value, None)],
        "y": [place for value in y for place in (value, value, None)],
        "line": {"color": tone, "width": 3 if side == 0 else 1.5},
        "hoverinfo": "skip",
    }
    marks = {
        "type": "scatter",
        "name": name,
        "mode": "markers+text",
        "x": x,
        "y": y,
        "marker": {
            "size": _MARK,
            "color": tone if side == 0 else colours.page,
            "line": {"color": tone, "width": 1.5},
        },
        "text": [LETTERS[side]] * len(x),
        "textposition": "middle center",
        "textfont": {"size": 11, "color": colours.page if side == 0 else tone},
        "hovertext": [
            hover_lines(
                f"{name[0].upper()}{name[1:]}: {entry.label}",
                entry.values[side],
                format_change(entry.contributions[side], scale),
            )
            for entry in entries
        ],
        "hoverinfo": "text",
        "cliponaxis": False,
    }
    return [stems, marks]
