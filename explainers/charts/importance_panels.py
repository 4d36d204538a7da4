"""What a model leans on, for several groups or models side by side: one panel for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.attribution.importance import ImportanceTable
from explainers.charts.importance import UNITS, format_importance
from explainers.charts.layout import (
    DETAIL_SIZE,
    Row,
    axis_title,
    hover_lines,
    message_figure,
    row_bands,
    row_centres,
    row_layout,
    unchecked_figure,
)
from explainers.charts.palette import Mode, Palette, palette_for
from explainers.charts.ranking import input_label
from explainers.charts.wording import plain_lines, to_axis
from explainers.core.estimate import Estimate
from explainers.core.schema import Column
from explainers.errors import SettingsError

MOST_PANELS = 9
NOTHING_TO_COMPARE = "There is nothing to compare: no group may be shown."
_HEADROOM, _LINE, _GAP = 8, 17, 0.02
_NARROWEST = 560


@dataclass(frozen=True)
class ImportancePanel:
    """Importance for one group, or of one model."""

    label: str
    table: ImportanceTable

    def estimate(self, name: str) -> Estimate | None:
        """Of one input; None where this table does not have it."""
        names = self.table.feature_names
        return self.table.estimates[names.index(name)] if name in names else None


def importance_panels_chart(
    panels: Sequence[ImportancePanel],
    columns: Sequence[Column],
    *,
    n_inputs: int = 8,
    mode: Mode = "light",
) -> go.Figure:
    """A row for each input, a panel for each group: mean absolute contribution with interval.

    All panels have one axis. Inputs are ordered by the largest value they have in any panel; a
    thin line in each row marks the first panel's value in the others.

    Parameters
    ----------
    panels : sequence of ImportancePanel
        One to nine, on one scale.
    columns : sequence of Column
        The models' columns, for labels.
    n_inputs : int
        How many to show.
    mode : {"light", "dark"}

    Raises
    ------
    SettingsError
        When there are too many panels, or their units differ.
    """
    if not panels:
        return message_figure(NOTHING_TO_COMPARE, mode)
    _check(panels)
    names = ranked_inputs(panels)[:n_inputs]
    rows = [Row(label=input_label(name, columns)) for name in names]
    heads = _heads(panels)
    height = _HEADROOM + _LINE * max(len(head) for head in heads)
    layout = row_layout(rows, mode, headroom=height)
    layout["shapes"] = row_bands(rows, layout["margin"]["l"], mode)
    highest = max(
        to_axis(_top(panel, name), panel.table.scale) for panel in panels for name in names
    )
    traces = []
    width = (1 + _GAP) / len(panels)
    for at, panel in enumerate(panels):
        suffix = str(at + 1) if at else ""
        domain = [at * width, at * width + width - _GAP]
        layout[f"xaxis{suffix}"] = {
            "domain": domain,
            "anchor": "y",
            "range": [-0.04 * highest, 1.06 * highest],
            "nticks": 3,
            "tickangle": 0,
            "fixedrange": True,
        }
        layout["annotations"].append(_heading(heads[at], domain[0], palette_for(mode)))
        if at:
            traces.append(_first_values(panels[0], names, rows, suffix, mode))
        traces.append(_marks(panel, names, rows, suffix, mode))
    layout["annotations"].append(_unit_note(panels[0], palette_for(mode)))
    return unchecked_figure(data=traces, layout=layout)


def importance_panels_table(
    panels: Sequence[ImportancePanel], columns: Sequence[Column]
) -> pd.DataFrame:
    """The same figures as text: a row for each input, a column for each panel with its n."""
    names = ranked_inputs(panels)
    told: dict[str, list[str]] = {"Input": [input_label(name, columns) for name in names]}
    for panel in panels:
        found = [panel.estimate(name) for name in names]
        told[_named(panel)] = [
            "not an input" if one is None else format_importance(one, panel.table.scale)
            for one in found
        ]
    return pd.DataFrame(told)


def importance_panels_alt(panels: Sequence[ImportancePanel], columns: Sequence[Column]) -> str:
    """The largest inputs of each panel, for those who do not see the chart."""
    if not panels:
        return NOTHING_TO_COMPARE
    tops = [
        f"{panel.label}: {', '.join(input_label(n, columns) for n in panel.table.ranking()[:3])}"
        for panel in panels
    ]
    unit = UNITS[panels[0].table.scale]
    return f"Mean absolute contribution in {unit}, side by side. Largest for {'; '.join(tops)}."


def ranked_inputs(panels: Sequence[ImportancePanel]) -> tuple[str, ...]:
    """Every input of any panel, by the largest value it has in one of them."""
    names = dict.fromkeys(name for panel in panels for name in panel.table.feature_names)
    return tuple(sorted(names, key=lambda name: -max(_value(panel, name) for panel in panels)))


def _check(panels: Sequence[ImportancePanel]) -> None:
    if len(panels) > MOST_PANELS:
        raise SettingsError(f"at most {MOST_PANELS} panels stand side by side", value=len(panels))
    if len({panel.table.scale for panel in panels}) > 1:
        raise SettingsError(
            "panels side by side need one unit", value=[panel.table.scale for panel in panels]
        )


def _value(panel: ImportancePanel, name: str) -> float:
    found = panel.estimate(name)
    return 0.0 if found is None or found.value is None else found.value


def _top(panel: ImportancePanel, name: str) -> float:
    found = panel.estimate(name)
    if found is None or found.value is None:
        return 0.0
    return found.value if found.high is None else max(found.high, found.value)


def _named(panel: ImportancePanel) -> str:
    return f"{panel.label} (n {panel.table.n_patients:,})"


def _heads(panels: Sequence[ImportancePanel]) -> list[tuple[str, ...]]:
    """Escaped lines over each panel: its name, then its size."""
    width = max(9, int(_NARROWEST / len(panels) / 6.6))
    return [
        (*plain_lines(panel.label, width, 3), f"n {panel.table.n_patients:,}") for panel in panels
    ]


def _heading(lines: tuple[str, ...], x: float, colours: Palette) -> dict[str, Any]:
    *name, size = lines
    muted = f"color:{colours.muted};font-size:{DETAIL_SIZE}px"
    return {
        "text": f'<b>{"<br>".join(name)}</b><br><span style="{muted}">{size}</span>',
        "x": x,
        "xref": "paper",
        "xanchor": "left",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 4,
        "align": "left",
        "showarrow": False,
        "borderpad": 0,
        "font": {"size": DETAIL_SIZE + 1, "color": colours.ink},
    }


def _unit_note(panel: ImportancePanel, colours: Palette) -> dict[str, Any]:
    """One title for all axes."""
    return {
        **axis_title(f"Mean absolute contribution, {UNITS[panel.table.scale]}"),
        "x": 0.5,
        "xref": "paper",
        "xanchor": "center",
        "y": 0,
        "yref": "paper",
        "yanchor": "top",
        "yshift": -24,
        "showarrow": False,
        "font": {"size": DETAIL_SIZE + 1, "color": colours.muted},
    }


def _marks(
    panel: ImportancePanel, names: Sequence[str], rows: Sequence[Row], suffix: str, mode: Mode
) -> dict[str, Any]:
    colours, scale = palette_for(mode), panel.table.scale
    drawn = [
        (name, found, found.value, row, y)
        for name, row, y in zip(names, rows, row_centres(rows), strict=True)
        if (found := panel.estimate(name)) is not None and found.value is not None
    ]
    below = [
        to_axis(value - (e.low if e.low is not None else value), scale) for _, e, value, *_ in drawn
    ]
    above = [
        to_axis((e.high if e.high is not None else value) - value, scale)
        for _, e, value, *_ in drawn
    ]
    return {
        "type": "scatter",
        "name": "importance",
        "mode": "markers",
        "x": [to_axis(value, scale) for _, _, value, _, _ in drawn],
        "y": [y for *_, y in drawn],
        "xaxis": f"x{suffix}",
        "marker": {"size": 7, "color": colours.accent},
        "error_x": {
            "array": above,
            "arrayminus": below,
            "symmetric": False,
            "color": colours.accent,
            "thickness": 1.5,
            "width": 4,
        },
        "customdata": [name for name, *_ in drawn],
        "hovertext": [
            hover_lines(panel.label, row.label, format_importance(found, scale))
            for _, found, _, row, _ in drawn
        ],
        "hoverinfo": "text",
    }


def _first_values(
    first: ImportancePanel, names: Sequence[str], rows: Sequence[Row], suffix: str, mode: Mode
) -> dict[str, Any]:
    """A short upright stroke in each row where the first panel's value is."""
    x: list[float | None] = []
    y: list[float | None] = []
    for name, centre in zip(names, row_centres(rows), strict=True):
        value = to_axis(_value(first, name), first.table.scale)
        x += [value, value, None]
        y += [centre - 11, centre + 11, None]
    return {
        "type": "scatter",
        "name": "first panel",
        "mode": "lines",
        "x": x,
        "y": y,
        "xaxis": f"x{suffix}",
        "line": {"color": palette_for(mode).neutral, "width": 2},
        "hoverinfo": "skip",
    }
