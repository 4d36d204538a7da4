"""The axis of a forest plot: which window is drawn, where its ticks and its line stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from explainers.charts.wording import is_share, metric_facts
from explainers.core.estimate import Estimate
from explainers.core.subgroup import SubgroupTable

# Beyond a factor of ten the axis stops and an arrow says that the interval goes on.
_RATIO_LIMITS = (0.1, 10.0)
# Ticks by how many times the upper end of the window is the lower one.
_RATIO_TICKS: tuple[tuple[float, tuple[float, ...]], ...] = (
    (2.5, (0.67, 0.8, 1.0, 1.25, 1.5)),
    (5.0, (0.33, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)),
    (12.0, (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0)),
    (math.inf, (0.1, 0.3, 1.0, 3.0, 10.0)),
)


@dataclass(frozen=True)
class ForestAxis:
    """The window that is drawn, in the unit of the axis.

    Attributes
    ----------
    low, high : float
        Ends of the window: percent for a share, else the unit of the statistic.
    is_ratio : bool
        Whether the axis is logarithmic.
    factor : float
        Axis units in one unit of the statistic: 100 for a share.
    """

    low: float
    high: float
    is_ratio: bool
    factor: float

    def clip(self, value: float) -> float:
        """A value in axis units, moved to the edge of the window where it lies outside."""
        return min(max(self.factor * value, self.low), self.high)

    def holds(self, value: float) -> bool:
        """Whether a value lies inside the window."""
        return self.low <= self.factor * value <= self.high

    def style(self, *, tick_gap: float = 0.0) -> dict[str, Any]:
        """Range and ticks as Plotly takes them.

        Parameters
        ----------
        tick_gap : float
            Least distance of two ticks on a log axis, as a share of the window; Plotly spaces
            those of a linear axis itself.
        """
        if not self.is_ratio:
            return {"range": [self.low, self.high], "ticksuffix": "%" if self.factor == 100 else ""}
        ticks = self._ratio_ticks(tick_gap)
        return {
            "type": "log",
            "range": [math.log10(self.low), math.log10(self.high)],
            "tickvals": ticks,
            "ticktext": [f"{tick:g}" for tick in ticks],
            "tickangle": 0,
        }

    def _ratio_ticks(self, gap: float) -> list[float]:
        """Round ratios inside the window; those nearest to 1 go first where room is short."""
        spread = self.high / self.low
        candidates = next(ticks for limit, ticks in _RATIO_TICKS if spread <= limit)
        inside = [tick for tick in candidates if self.low <= tick <= self.high]
        kept: list[float] = []
        for tick in sorted(inside, key=lambda tick: abs(math.log(tick))):
            if all(abs(math.log(tick / other)) >= gap * math.log(spread) for other in kept):
                kept.append(tick)
        return sorted(kept)


def is_drawn(estimate: Estimate) -> bool:
    """Whether there is a value that has a place on an axis."""
    return estimate.is_estimated and estimate.value is not None and math.isfinite(estimate.value)


def statistic_label(table: SubgroupTable, metric_label: str = "") -> str:
    """Name of the statistic on screen: the one given, else as the list of metrics has it."""
    facts = metric_facts(table.metric)
    return metric_label or (table.metric if facts is None else facts.label)


def reference_value(table: SubgroupTable) -> float | None:
    """Where the line stands: the value that is right for the statistic, else everybody's."""
    facts = metric_facts(table.metric)
    if facts is not None and facts.ideal is not None:
        return facts.ideal
    return table.overall.value if is_drawn(table.overall) else None


def reference_name(table: SubgroupTable, line: float) -> str:
    """What the line at that value is: everybody, or the target."""
    facts = metric_facts(table.metric)
    has_ideal = facts is not None and facts.ideal is not None
    return "everybody" if not has_ideal and line == table.overall.value else "target"


def forest_window(estimates: Sequence[Estimate], line: float | None, metric: str) -> ForestAxis:
    """The window that holds every interval and the line, within sensible limits."""
    facts = metric_facts(metric)
    factor = 100.0 if is_share(metric) else 1.0
    is_ratio = facts is not None and facts.kind == "ratio"
    ends = [
        factor * end
        for estimate in estimates
        if is_drawn(estimate)
        for end in (estimate.low, estimate.value, estimate.high)
        if end is not None and math.isfinite(end)
    ]
    ends += [] if line is None else [factor * line]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    if is_ratio:
        low, high = max(min(low, 0.8), _RATIO_LIMITS[0]), min(max(high, 1.25), _RATIO_LIMITS[1])
        return ForestAxis(low / 1.08, high * 1.08, is_ratio, factor)
    margin = max(0.05 * (high - low), 0.02 * factor)
    low, high = low - margin, high + margin
    if is_share(metric):
        low, high = max(low, -1.0), min(high, 101.0)
    return ForestAxis(low, high, is_ratio, factor)
