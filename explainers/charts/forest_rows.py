"""The rows of a forest plot and the marks in them, for one panel or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from explainers.charts.forest_axis import ForestAxis, is_drawn
from explainers.charts.layout import MAX_ROWS, Row, hover_lines
from explainers.charts.palette import Mode, palette_for
from explainers.charts.wording import format_absence, format_estimate, format_sizes
from explainers.core.estimate import Estimate
from explainers.core.subgroup import Slice, SubgroupTable

Place = tuple[Slice, Estimate]


def all_places(table: SubgroupTable) -> list[Place]:
    """Everybody first, then every group."""
    return [(Slice(), table.overall), *table.groups]


def drawn_places(table: SubgroupTable) -> list[Place]:
    """Those of :func:`all_places` that find room on a chart."""
    return all_places(table)[: MAX_ROWS + 1]


def forest_rows(places: Sequence[Place], table: SubgroupTable) -> list[Row]:
    """One row for each place, and a last one that counts the groups left out."""
    rows = [
        Row(
            label=place.label,
            detail=("reference, " if is_reference(place, table) else "") + format_sizes(estimate),
            amount=format_estimate(estimate) if is_drawn(estimate) else "",
            hover="" if is_drawn(estimate) else f"{place.label}, {format_absence(estimate)}",
            is_strong=not place.conditions,
        )
        for place, estimate in places
    ]
    n_left_out = len(table.groups) + 1 - len(places)
    return [*rows, Row(f"{n_left_out} more groups in the table")] if n_left_out else rows


def is_reference(place: Slice, table: SubgroupTable) -> bool:
    """Whether a group is the one that others are compared with."""
    return bool(place.conditions) and place.label == table.reference_group


def size_columns(places: Sequence[Place], table: SubgroupTable) -> dict[str, list[str]]:
    """Name, patients and events of each place, as text for a table."""
    return {
        "Group": [
            f"{place.label}{' (reference)' if is_reference(place, table) else ''}"
            for place, _ in places
        ],
        "n": [_count(estimate.n) for _, estimate in places],
        "Events": [_count(estimate.n_events) for _, estimate in places],
    }


def finding(table: SubgroupTable) -> str:
    """Everybody, the lowest and the highest group, and how many have no estimate."""
    everybody = f"Everybody: {format_estimate(table.overall)}."
    estimated = [(place, estimate) for place, estimate in table.groups if is_drawn(estimate)]
    if not estimated:
        return f"{everybody} No group has an estimate."
    lowest = min(estimated, key=lambda entry: entry[1].value or 0.0)
    highest = max(estimated, key=lambda entry: entry[1].value or 0.0)
    ends = (
        f"Lowest: {lowest[0].label} {format_estimate(lowest[1])};"
        f" highest: {highest[0].label} {format_estimate(highest[1])}."
    )
    n_without = len(table.groups) - len(estimated)
    without = f" {n_without} without an estimate." if n_without else ""
    return f"{everybody} {ends}{without}"


def estimate_marks(
    estimate: Estimate, row: Row, y: float, axis: ForestAxis, mode: Mode
) -> list[dict[str, Any]]:
    """Interval as a line, arrows where it leaves the window, and the estimate on top."""
    value = estimate.value or 0.0
    colours = palette_for(mode)
    colour = colours.ink if row.is_strong else colours.accent
    level = f"{estimate.level:.0%} interval, {estimate.interval_method}"
    mark = {
        "type": "scatter",
        "name": "estimate",
        "mode": "markers",
        "x": [axis.clip(value)],
        "y": [y],
        "marker": {
            "symbol": _symbol(axis, value, is_strong=row.is_strong),
            "size": 14 if row.is_strong else 11,
            "color": colour,
            "line": {"color": colours.page, "width": 1.5},
        },
        "hovertext": hover_lines(row.label, row.amount, level, row.detail),
        "hoverinfo": "text",
        "cliponaxis": False,
    }
    if estimate.low is None or estimate.high is None:
        return [mark]
    return [_interval((estimate.low, estimate.high), y, axis, colour), mark]


def _interval(ends: tuple[float, float], y: float, axis: ForestAxis, colour: str) -> dict[str, Any]:
    arrows = ("triangle-left", "triangle-right")
    return {
        "type": "scatter",
        "name": "interval",
        "mode": "lines+markers",
        "x": [axis.clip(end) for end in ends],
        "y": [y, y],
        "line": {"color": colour, "width": 2},
        "marker": {
            "symbol": [
                "line-ns" if axis.holds(end) else arrow
                for end, arrow in zip(ends, arrows, strict=True)
            ],
            "size": [9 if axis.holds(end) else 10 for end in ends],
            "color": colour,
            "line": {"color": colour, "width": 2},
        },
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _symbol(axis: ForestAxis, value: float, *, is_strong: bool) -> str:
    """Everybody is a diamond, a group a square; an arrow where the value lies beyond the window."""
    if axis.factor * value < axis.low:
        return "triangle-left"
    if axis.factor * value > axis.high:
        return "triangle-right"
    return "diamond" if is_strong else "square"


def _count(people: int | None) -> str:
    return "withheld" if people is None else f"{people:,}"
