"""One statistic of each group before and after a mitigation, each with its interval."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from explainers.charts.forest_axis import ForestAxis, forest_window, is_drawn
from explainers.charts.layout import (
    Row,
    axis_title,
    hover_lines,
    legend_above,
    message_figure,
    row_centres,
    row_layout,
    unchecked_figure,
    vertical_line,
)
from explainers.charts.palette import Mode, palette_for
from explainers.charts.wording import (
    MINUS,
    format_absence,
    format_estimate,
    format_metric,
    format_percent,
    format_sizes,
    is_share,
    metric_facts,
)
from explainers.core.estimate import Estimate
from explainers.subgroups.mitigation_changes import CHANGED, OF_FLAGS, PEOPLE
from explainers.subgroups.mitigation_effects import GroupEffect, MitigationEffect

NOTHING_TO_DRAW = "No group has this figure both before and after."
PEOPLE_NAMES = {
    "newly_found": "Newly found",
    "newly_missed": "Newly missed",
    "newly_alarmed": "Newly flagged in vain",
    "newly_spared": "No longer flagged in vain",
}
POINTS = " points"
_LEGEND_ROOM = 34
# Pixels that the two marks of a row stand above and below its middle.
_APART = 6


def before_after_chart(effect: MitigationEffect, slug: str, *, mode: Mode = "light") -> go.Figure:
    """Two marks for each group: hollow before, full after; the change on the right.

    Parameters
    ----------
    effect : MitigationEffect
    slug : str
        One of :data:`~explainers.subgroups.mitigation_changes.CHANGED`.
    mode : {"light", "dark"}
    """
    estimates = [one for group in effect.groups for one in group.of(slug)[:2]]
    if not any(is_drawn(group.of(slug)[1]) for group in effect.groups):
        return message_figure(NOTHING_TO_DRAW, mode)
    colours = palette_for(mode)
    facts = metric_facts(slug)
    ideal = None if facts is None else facts.ideal
    axis = forest_window(estimates, ideal, slug)
    rows = [_row(group, slug) for group in effect.groups]
    layout = row_layout(rows, mode, headroom=_LEGEND_ROOM)
    layout |= {
        "showlegend": True,
        "legend": legend_above(mode),
    }
    layout["xaxis"] |= axis.style() | {"title": axis_title(_axis_words(slug, ideal))}
    if ideal is not None:
        layout["shapes"] = [vertical_line(axis.clip(ideal), colours.neutral, dash="dash")]
    ys = row_centres(rows)
    traces = [
        _marks(effect, slug, 0, [y + _APART for y in ys], axis, colours.neutral),
        _marks(effect, slug, 1, [y - _APART for y in ys], axis, colours.accent),
    ]
    return unchecked_figure(data=traces, layout=layout)


def before_after_table(effect: MitigationEffect) -> pd.DataFrame:
    """Every statistic of every group before and after, and its change, as text."""
    rows = []
    for group in effect.groups:
        for slug in CHANGED:
            before, after, change = group.of(slug)
            rows.append(
                {
                    "Group": group.place.label,
                    "Statistic": statistic_name(slug),
                    "n": "withheld" if before.n is None else f"{before.n:,}",
                    "Events": "withheld" if before.n_events is None else f"{before.n_events:,}",
                    "Before": _told(before),
                    "After": _told(after),
                    "Change": change_text(change, slug),
                }
            )
    return pd.DataFrame(rows)


def people_table(effect: MitigationEffect) -> pd.DataFrame:
    """Who changes sides in 1,000 patients of each group, with intervals, as text."""
    return pd.DataFrame(
        [
            {"Group": group.place.label}
            | {
                f"{PEOPLE_NAMES[name]} per 1,000": people_text(estimate)
                for name, estimate in zip(PEOPLE, group.people, strict=True)
            }
            for group in effect.groups
        ]
    )


def before_after_alt(effect: MitigationEffect, slug: str) -> str:
    """What the statistic was and becomes in each group that has it."""
    told = [
        f"{group.place.label} from {format_metric(before.value, slug)} to"
        f" {format_metric(after.value, slug)}"
        for group in effect.groups
        for before, after in (group.of(slug)[:2],)
        if before.value is not None and after.value is not None
    ]
    return f"{statistic_name(slug)} before and after: {'; '.join(told) or NOTHING_TO_DRAW}."


def statistic_name(slug: str) -> str:
    """Name of a statistic on screen."""
    facts = metric_facts(slug)
    return slug if facts is None else facts.label


def change_text(change: Estimate, slug: str) -> str:
    """A change with its interval, shares in percentage points; or in a word why there is none."""
    if change.value is None or change.low is None or change.high is None:
        return format_absence(change).partition(":")[0]
    factor, decimals = (100.0, 1) if is_share(slug) else (1.0, 3 if slug == "net_benefit" else 2)
    value, low, high = (
        _signed(factor * end, decimals) for end in (change.value, change.low, change.high)
    )
    return f"{value} [{low}, {high}]" + (POINTS if is_share(slug) else "")


def people_text(estimate: Estimate) -> str:
    """A number of people with its interval, or in a word why there is none."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return format_absence(estimate).partition(":")[0]
    return f"{estimate.value:.0f} [{estimate.low:.0f}, {estimate.high:.0f}]"


def _row(group: GroupEffect, slug: str) -> Row:
    change = group.of(slug)[2]
    # A statistic that is withheld does not hide how many there are where another one tells it.
    sized = next((one for one in group.before if one.n is not None), group.before[0])
    detail = format_sizes(sized)
    if group.counted_at is not None and slug in OF_FLAGS:
        detail = f"{detail}, counted at {format_percent(group.counted_at)}"
    return Row(
        group.place.label,
        detail=detail,
        amount=change_text(change, slug).removesuffix(POINTS),
        hover=f"{group.place.label}\n{detail}\nChange {change_text(change, slug)}",
        is_strong=not group.place.conditions,
    )


def _axis_words(slug: str, ideal: float | None) -> str:
    unit = " in points" if is_share(slug) else ""
    words = f"{statistic_name(slug)}; on the right: change{unit}"
    return words if ideal is None else f"{words}; dashed: {format_metric(ideal, slug)}"


def _marks(
    effect: MitigationEffect, slug: str, at: int, ys: list[float], axis: ForestAxis, colour: str
) -> dict[str, Any]:
    """Marks of all groups before (0) or after (1), with their intervals."""
    shown = [
        (group, estimate, y)
        for group, y in zip(effect.groups, ys, strict=True)
        for estimate in (group.of(slug)[at],)
        if is_drawn(estimate)
    ]
    name = ("before", "after")[at]
    xs = [axis.clip(estimate.value or 0.0) for _, estimate, _ in shown]
    ends = [
        (axis.clip(estimate.low or 0.0), axis.clip(estimate.high or 0.0))
        for _, estimate, _ in shown
    ]
    return {
        "type": "scatter",
        "name": name,
        "mode": "markers",
        "x": xs,
        "y": [y for _, _, y in shown],
        "marker": {
            "size": 10,
            "symbol": ("circle-open", "circle")[at],
            "color": colour,
            "line": {"width": 2, "color": colour},
        },
        "error_x": {
            "array": [high - x for x, (_, high) in zip(xs, ends, strict=True)],
            "arrayminus": [x - low for x, (low, _) in zip(xs, ends, strict=True)],
            "symmetric": False,
            "color": colour,
            "thickness": 2,
            "width": 0,
        },
        "hovertext": [
            hover_lines(f"{group.place.label}, {name}", format_estimate(estimate))
            for group, estimate, _ in shown
        ],
        "hoverinfo": "text",
    }


def _told(estimate: Estimate) -> str:
    text = format_estimate(estimate)
    return text.partition(":")[0] if estimate.status == "suppressed" else text


def _signed(value: float, decimals: int) -> str:
    text = f"{value:+.{decimals}f}"
    # A change that rounds to nothing has no sign.
    text = text.lstrip("+-") if float(text) == 0 else text
    return text.replace("-", MINUS)
