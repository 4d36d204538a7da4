"""How much was done in each period: one bar per day, week or month, stacked by what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.charts.layout import (
    hover_lines,
    legend_above,
    message_figure,
    template,
    unchecked_figure,
)
from explainers.charts.palette import Mode, palette_for, translucent
from explainers.charts.wording import one_line
from explainers.errors import SettingsError

NOTHING_TO_DRAW = "Nothing of that kind is on record in this time."
ALL_WITHHELD = "Every bar is withheld: too few records stand behind each of them."
MOST_SERIES = 5
_PATTERNS = ("", "/", "x", "", ".")
_HEIGHT, _LEFT, _TOP, _BOTTOM = 300, 56, 34, 40


@dataclass(frozen=True)
class ActivitySeries:
    """One thing that was done.

    Attributes
    ----------
    label : str
        Its name on screen.
    counts : tuple of int or None
        Records of each period; None where withheld.
    """

    label: str
    counts: tuple[int | None, ...]


def activity_chart(
    periods: Sequence[str], series: Sequence[ActivitySeries], *, mode: Mode = "light"
) -> go.Figure:
    """Bars of records over time.

    Parameters
    ----------
    periods : sequence of str, length k
        First day of each period, ISO 8601, the oldest first and without gaps.
    series : sequence of ActivitySeries
        One to five, with k counts each.
    mode : {"light", "dark"}

    Raises
    ------
    SettingsError
        When a series has another number of counts, or there are too many.
    """
    _check(periods, series)
    drawn = [one for one in series if any(one.counts)]
    if not drawn:
        withheld = any(None in one.counts for one in series)
        return message_figure(ALL_WITHHELD if withheld else NOTHING_TO_DRAW, mode)
    layout: dict[str, Any] = {
        "template": template(mode),
        "height": _HEIGHT,
        "margin": {"l": _LEFT, "r": 8, "t": _TOP, "b": _BOTTOM},
        "barmode": "stack",
        "bargap": 0.25,
        "xaxis": {"type": "date", "showgrid": False, "nticks": 8},
        "yaxis": {"title": {"text": "Records"}, "rangemode": "tozero", "nticks": 5},
        "showlegend": True,
        "legend": legend_above(mode),
    }
    return unchecked_figure(
        data=[_bars(periods, one, series.index(one), mode) for one in drawn], layout=layout
    )


def activity_table(periods: Sequence[str], series: Sequence[ActivitySeries]) -> pd.DataFrame:
    """The same figures as text, the newest period first; periods without any are left out."""
    _check(periods, series)
    rows = [
        {"From": period, **{one.label: _count(one.counts[at]) for one in series}}
        for at, period in enumerate(periods)
        if any(one.counts[at] != 0 for one in series)
    ]
    return pd.DataFrame(rows[::-1], columns=["From", *(one.label for one in series)])


def activity_alt(periods: Sequence[str], series: Sequence[ActivitySeries]) -> str:
    """The busiest period, for those who do not see the chart."""
    known = [
        (sum(one.counts[at] or 0 for one in series), period) for at, period in enumerate(periods)
    ]
    if not any(n for n, _ in known):
        return NOTHING_TO_DRAW
    most, when = max(known)
    return (
        f"Bar chart of records from {periods[0]} on: {', '.join(one.label for one in series)}."
        f" The most, {most:,}, in the time from {when}."
    )


def _check(periods: Sequence[str], series: Sequence[ActivitySeries]) -> None:
    if not 1 <= len(series) <= MOST_SERIES:
        raise SettingsError(f"a bar is of 1 to {MOST_SERIES} parts", value=len(series))
    if any(len(one.counts) != len(periods) for one in series):
        raise SettingsError("every series has one count for each period", value=len(periods))


def _count(n: int | None) -> str:
    return "withheld" if n is None else f"{n:,}"


def _bars(periods: Sequence[str], one: ActivitySeries, at: int, mode: Mode) -> dict[str, Any]:
    colours = palette_for(mode)
    pale = translucent(colours.neutral, 0.3)
    fill = (colours.accent, colours.raises, colours.neutral, pale, colours.lowers)[at]
    return {
        "type": "bar",
        "name": one_line(one.label),
        "x": list(periods),
        "y": list(one.counts),
        "marker": {
            "color": fill,
            "line": {"width": 1, "color": colours.page},
            "pattern": {
                "shape": _PATTERNS[at],
                "size": 5,
                "fgcolor": colours.page,
                "fillmode": "overlay",
            },
        },
        "hovertext": [
            hover_lines(f"From {period}", f"{one.label}: {_count(n)}")
            for period, n in zip(periods, one.counts, strict=True)
        ],
        "hoverinfo": "text",
    }
