"""Several statistics of the same groups, side by side: names once, one panel for each statistic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.charts.forest_axis import (
    ForestAxis,
    forest_window,
    is_drawn,
    reference_name,
    reference_value,
    statistic_label,
)
from explainers.charts.forest_rows import (
    Place,
    all_places,
    drawn_places,
    estimate_marks,
    finding,
    forest_rows,
    size_columns,
)
from explainers.charts.layout import (
    DETAIL_SIZE,
    Row,
    hover_lines,
    row_bands,
    row_centres,
    row_layout,
    unchecked_figure,
)
from explainers.charts.palette import Mode, Palette, palette_for
from explainers.charts.wording import (
    escape_markup,
    format_absence,
    format_estimate,
    format_metric,
    is_share,
    plain_lines,
)
from explainers.core.estimate import Estimate
from explainers.core.subgroup import SubgroupTable
from explainers.errors import SettingsError

# The panels are laid out for this width between them, the least at which they are legible; a wider
# page widens marks and figures alike.
_NARROWEST = 560
_HEADROOM, _BOTTOM, _RIGHT = 50, 58, 6
_HEADING_LINE = 17
_FIGURE_SHIFT = 14
_TICK_GAP = 0.24
_MOST_WIDE = 3


@dataclass(frozen=True)
class _Panel:
    """One statistic: its place among the panels, its axis and its line."""

    table: SubgroupTable
    suffix: str
    axis: ForestAxis
    line: float | None
    domain: tuple[float, float]
    is_narrow: bool

    @property
    def label(self) -> str:
        return statistic_label(self.table)

    @property
    def heading(self) -> tuple[str, ...]:
        """The name in lines that keep clear of the next panel, the narrower the more there are."""
        return plain_lines(self.label, 19 if self.is_narrow else 26, 2)

    @property
    def line_note(self) -> str:
        """What the dashed line is; for observed over expected, what either side means."""
        if self.line is None:
            return ""
        if self.table.metric == "oe_ratio":
            return "risk too high ← 1 → too low"
        name = reference_name(self.table, self.line)
        return f"dashed: {name} {format_metric(self.line, self.table.metric)}"


def forest_panels_chart(tables: Sequence[SubgroupTable], *, mode: Mode = "light") -> go.Figure:
    """One forest plot with a panel for each statistic and one row for each group.

    Everybody stands on top. Each panel has its own axis and line, and the figures on its right;
    a statistic that a group does not have is told in a word there, its reason under the pointer.

    Parameters
    ----------
    tables : sequence of SubgroupTable
        One for each statistic, all of the same groups.
    mode : {"light", "dark"}

    Raises
    ------
    SettingsError
        When there is no table, or the tables are of different groups.
    """
    _check_same_groups(tables)
    colours = palette_for(mode)
    places = _sized_places(tables)[: len(drawn_places(tables[0]))]
    rows = [replace(row, amount="", hover="") for row in forest_rows(places, tables[0])]
    panels = _panels(tables)
    n_lines = max(len(panel.heading) for panel in panels)
    layout = row_layout(rows, mode, headroom=_HEADROOM + _HEADING_LINE * (n_lines - 1))
    margin = layout["margin"]
    layout["height"] += _BOTTOM - margin["b"]
    layout["margin"] = {**margin, "r": _RIGHT, "b": _BOTTOM}
    layout["shapes"] = row_bands(rows, margin["l"], mode)
    traces: list[dict[str, Any]] = []
    for panel in panels:
        layout[f"xaxis{panel.suffix}"] = _axis_style(panel)
        layout["annotations"] += _heading(panel, colours)
        if panel.line is not None:
            y_range = layout["yaxis"]["range"]
            traces.append(_reference_line(panel, panel.line, y_range, colours))
        own_places = drawn_places(panel.table)
        own_rows = forest_rows(own_places, panel.table)
        # A counting row at the end has no estimate, hence no mark.
        for (_, estimate), row, y in zip(own_places, own_rows, row_centres(rows), strict=False):
            layout["annotations"].append(_figure(panel, estimate, row, y, colours))
            if is_drawn(estimate):
                marks = estimate_marks(estimate, row, y, panel.axis, mode)
                traces += [{**mark, "xaxis": f"x{panel.suffix}"} for mark in marks]
    return unchecked_figure(data=traces, layout=layout)


def forest_panels_table(tables: Sequence[SubgroupTable]) -> pd.DataFrame:
    """The same figures as text: a row for each group, a column for each statistic.

    What is not estimable says why. What is suppressed is so for one reason wherever it occurs,
    which would fill the table: it belongs in a note beside it.

    Raises
    ------
    SettingsError
        When there is no table, or the tables are of different groups.
    """
    _check_same_groups(tables)
    columns = size_columns(_sized_places(tables), tables[0])
    for table in tables:
        name = f"{statistic_label(table)} [{table.overall.level:.0%} interval]"
        columns[name] = [_told(estimate) for _, estimate in all_places(table)]
    return pd.DataFrame(columns)


def forest_panels_alt(tables: Sequence[SubgroupTable]) -> str:
    """The main finding of each statistic, for those who do not see the chart.

    Raises
    ------
    SettingsError
        When there is no table, or the tables are of different groups.
    """
    _check_same_groups(tables)
    labels = ", ".join(statistic_label(table) for table in tables)
    findings = " ".join(f"{statistic_label(table)}. {finding(table)}" for table in tables)
    return f"Forest plots of {labels} for {len(tables[0].groups)} groups. {findings}"


def _check_same_groups(tables: Sequence[SubgroupTable]) -> None:
    if not tables:
        raise SettingsError(
            "A forest plot needs at least one statistic; none was given."
            " Pass the table of at least one."
        )
    first = [place for place, _ in all_places(tables[0])]
    for table in tables[1:]:
        if [place for place, _ in all_places(table)] != first:
            raise SettingsError(
                "Panels side by side need the same groups in the same order;"
                f" those of {table.metric!r} differ from those of {tables[0].metric!r}."
                " Compute the tables together."
            )


def _sized_places(tables: Sequence[SubgroupTable]) -> list[Place]:
    """Each group with an estimate that tells its size, where any of its estimates does."""
    together = zip(*(all_places(table) for table in tables), strict=True)
    return [
        next((place for place in places if place[1].n is not None), places[0])
        for places in together
    ]


def _panels(tables: Sequence[SubgroupTable]) -> list[_Panel]:
    """Equal slots; in each, marks on the left and room for the longest figure on the right."""
    slot, is_narrow = 1 / len(tables), len(tables) > _MOST_WIDE
    panels = []
    for position, table in enumerate(tables):
        estimates = [estimate for _, estimate in drawn_places(table)]
        line = reference_value(table)
        longest = max(len(text) for estimate in estimates for text in _figure_lines(estimate))
        share = (5.2 * longest + _FIGURE_SHIFT + (4 if is_narrow else 14)) / (_NARROWEST * slot)
        start = slot * position
        panels.append(
            _Panel(
                table,
                str(position + 1) if position else "",
                forest_window(estimates, line, table.metric),
                line,
                (start, start + slot * (1 - min(share, 0.65))),
                is_narrow,
            )
        )
    return panels


def _axis_style(panel: _Panel) -> dict[str, Any]:
    is_percent = is_share(panel.table.metric)
    scale = ", log axis" if panel.axis.is_ratio else ", %" if is_percent else ""
    return {
        # Decimals need more room than whole percentages.
        "nticks": 3 if panel.is_narrow else 5 if is_percent else 4,
        **panel.axis.style(tick_gap=_TICK_GAP),
        # The unit stands in the title: a row of percent signs has no room here.
        "ticksuffix": "",
        "tickangle": 0,
        "domain": list(panel.domain),
        "anchor": "y",
        "title": {"text": "<br>".join(plain_lines(panel.label + scale, 22, 2)), "standoff": 6},
    }


def _reference_line(
    panel: _Panel, value: float, y_range: Sequence[float], colours: Palette
) -> dict[str, Any]:
    """The line as a trace: a shape would lie under the gridline that stands at the same value."""
    return {
        "type": "scatter",
        "name": "reference",
        "mode": "lines",
        "x": [panel.axis.clip(value)] * 2,
        "y": list(y_range),
        "xaxis": f"x{panel.suffix}",
        "line": {"color": colours.neutral, "width": 1.5, "dash": "dash"},
        "hoverinfo": "skip",
    }


def _heading(panel: _Panel, colours: Palette) -> list[dict[str, Any]]:
    """Name of the statistic over its panel, and under it what the line is."""
    name = "<br>".join(panel.heading)
    common = {
        "x": panel.domain[0],
        "xref": "paper",
        "xanchor": "left",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "align": "left",
        "showarrow": False,
        "borderpad": 0,
    }
    note_font = {"size": DETAIL_SIZE, "color": colours.muted}
    return [
        {**common, "text": f"<b>{name}</b>", "yshift": 24},
        {**common, "text": escape_markup(panel.line_note), "yshift": 6, "font": note_font},
    ]


def _figure_lines(estimate: Estimate) -> tuple[str, ...]:
    """Value over interval, or in a word why there is none."""
    if not is_drawn(estimate):
        return (_brief(estimate),)
    value, _, interval = format_estimate(estimate).partition(" ")
    return (value, interval)


def _figure(
    panel: _Panel, estimate: Estimate, row: Row, y: float, colours: Palette
) -> dict[str, Any]:
    """The figures of one group on the right of a panel, as annotation."""
    first, *rest = (escape_markup(line) for line in _figure_lines(estimate))
    muted = f"color:{colours.muted};font-size:{DETAIL_SIZE}px"
    if not rest:
        text = f'<span style="{muted}">{first}</span>'
    else:
        value = f"<b>{first}</b>" if row.is_strong else first
        text = f'{value}<br><span style="{muted}">{rest[0]}</span>'
    note = {
        "text": text,
        "x": panel.domain[1],
        "xref": "paper",
        "xanchor": "left",
        "xshift": _FIGURE_SHIFT,
        "align": "left",
        "y": y,
        "yref": "y",
        "showarrow": False,
        "borderpad": 0,
    }
    return note if is_drawn(estimate) else {**note, "hovertext": hover_lines(row.hover)}


def _brief(estimate: Estimate) -> str:
    """The figure as text, or the kind of its absence without the reason."""
    if is_drawn(estimate):
        return format_estimate(estimate)
    return format_absence(replace(estimate, reason=""))


def _told(estimate: Estimate) -> str:
    """The figure as text, or why there is none; for a suppressed one without the reason."""
    return _brief(estimate) if estimate.status == "suppressed" else format_estimate(estimate)
