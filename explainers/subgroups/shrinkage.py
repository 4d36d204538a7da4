"""Estimates of many groups beside the same drawn towards their common mean.

Made from the published estimates and nothing else: what is withheld takes no part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.estimate import Estimate
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.performance.metrics import find_metric
from explainers.uncertainty.interval import normal_quantile
from explainers.uncertainty.shrinkage import (
    FEWEST_GROUPS,
    Shrunk,
    shrink_estimates,
    shrink_proportions,
)

METHOD = "Empirical Bayes"


@dataclass(frozen=True)
class ShrunkGroup:
    """One group's estimate as it is, and drawn towards the others.

    Attributes
    ----------
    place : Slice
    raw, shrunk : Estimate
    own_weight : float
        How much of the shrunk value is the group's own, in [0, 1].
    """

    place: Slice
    raw: Estimate
    shrunk: Estimate
    own_weight: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "slice": dict(self.place.conditions),
            "raw": self.raw.to_dict(),
            "shrunk": self.shrunk.to_dict(),
            "own_weight": self.own_weight,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> ShrunkGroup:
        """Inverse of :meth:`to_dict`."""
        return cls(
            place=Slice(tuple(record["slice"].items())),
            raw=Estimate.from_dict(record["raw"]),
            shrunk=Estimate.from_dict(record["shrunk"]),
            own_weight=record["own_weight"],
        )


def shrink_table(table: SubgroupTable) -> tuple[ShrunkGroup, ...]:
    """Shrink the estimated groups of one statistic; empty where there are fewer than three.

    Sensitivity and prevalence are shares of counts that the estimate tells, and are shrunk as
    proportions; a ratio by its logarithm; any other statistic by its value and the width of its
    interval.
    """
    groups = [
        (place, estimate)
        for place, estimate in table.groups
        if estimate.is_estimated and estimate.width > 0
    ]
    if len(groups) < FEWEST_GROUPS:
        return ()
    estimates = [estimate for _, estimate in groups]
    level = estimates[0].level
    found = _shrink(table.metric, estimates, level)
    return tuple(
        ShrunkGroup(
            place,
            raw,
            Estimate(
                table.metric,
                float(found.value[at]),
                float(found.low[at]),
                float(found.high[at]),
                raw.n,
                raw.n_events,
                METHOD,
                level=level,
            ),
            float(found.weight[at]),
        )
        for at, (place, raw) in enumerate(groups)
    )


def _shrink(metric: str, estimates: list[Estimate], level: float) -> Shrunk:
    values = np.array([estimate.value for estimate in estimates], dtype=np.float64)
    if metric in ("sensitivity", "prevalence"):
        among = np.array(
            [
                (estimate.n_events if metric == "sensitivity" else estimate.n) or 0
                for estimate in estimates
            ],
            dtype=np.float64,
        )
        return shrink_proportions(np.round(values * among), among, level)
    if find_metric(metric).kind == "ratio":
        return _shrink_ratios(values, estimates, level)
    widths = np.array([estimate.width for estimate in estimates])
    return shrink_estimates(values, widths / (2.0 * normal_quantile(level)), level)


def _shrink_ratios(values: FloatArray, estimates: list[Estimate], level: float) -> Shrunk:
    """On the log scale, where the interval of a ratio is symmetric."""
    ends = np.array([(estimate.low, estimate.high) for estimate in estimates], dtype=np.float64)
    errors = np.log(ends[:, 1] / ends[:, 0]) / (2.0 * normal_quantile(level))
    found = shrink_estimates(np.log(values), errors, level)
    return Shrunk(np.exp(found.value), np.exp(found.low), np.exp(found.high), found.weight)
