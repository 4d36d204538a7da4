"""How one contribution looks, on every chart of reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from explainers.charts.layout import BAR_PIXELS, Row
from explainers.charts.palette import LOWERS_PATTERN, RAISES_PATTERN, Mode, Palette, palette_for
from explainers.charts.ranking import Reason, Reasons
from explainers.charts.wording import MINUS, format_change, to_axis
from explainers.core.link import Scale

SCALE_NAMES: dict[Scale, str] = {"risk": "Predicted risk", "log-odds": "Predicted log-odds"}
NOTHING_TO_DRAW = "These reasons cannot be drawn: not every contribution could be computed."


def describe_largest(reasons: Reasons, n_named: int = 3) -> str:
    """The largest contributions as one sentence, without any word of cause."""
    named = [
        f"{row.label} {format_change(row.contribution, reasons.scale)}"
        for row in reasons.top[:n_named]
    ]
    return f"Largest contributions: {', '.join(named)}." if named else "No contributions."


def reason_row(reason: Reason, scale: Scale, colours: Palette) -> Row:
    """A contribution as a row: neutral tone unless it is one named reason."""
    has_sign = bool(reason.name) and format_change(reason.contribution, scale)[0] in ("+", MINUS)
    return Row(
        label=reason.label,
        detail=reason.value_text,
        amount=reason.change_text(scale),
        tone=colours.sign(reason.contribution) if has_sign else colours.muted,
    )


def reason_bars(
    reasons: Reasons, rows: Sequence[Row], centres: Sequence[float], mode: Mode
) -> dict[str, Any]:
    """One trace with a bar per reason, from zero; its ``customdata`` are features or concepts.

    Bars that raise are plain and those that lower hatched; sums of mixed signs are grey. A hatched
    bar keeps its outline, so that its length stays exact.
    """
    colours = palette_for(mode)
    tones = [
        colours.sign(reason.contribution) if reason.name else colours.neutral
        for reason in reasons.rows
    ]
    lowers = [reason.contribution < 0 for reason in reasons.rows]
    return {
        "type": "bar",
        "name": "contribution",
        "orientation": "h",
        "x": [to_axis(reason.contribution, reasons.scale) for reason in reasons.rows],
        "y": list(centres),
        "width": BAR_PIXELS,
        "marker": {
            "color": tones,
            "line": {"color": tones, "width": [1.5 if is_lower else 0 for is_lower in lowers]},
            "pattern": {
                "shape": [LOWERS_PATTERN if is_lower else RAISES_PATTERN for is_lower in lowers],
                "fgcolor": tones,
                "bgcolor": colours.page,
                "size": 6,
                "solidity": 0.35,
            },
        },
        "customdata": [reason.name for reason in reasons.rows],
        "hovertext": [row.hover_text for row in rows],
        "hoverinfo": "text",
    }
