"""What the groups screen says: one row per group, one column per statistic."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.view_models.rounding import count, interval
from dashboard.wording import say
from explainers.core.estimate import Estimate
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.performance.metrics import find_metric

SHOWN_METRICS = ("auroc", "oe_ratio", "sensitivity")


def group_rows(tables: Sequence[SubgroupTable]) -> pd.DataFrame:
    """Everybody first, then each group: patients, events, and each statistic with its interval."""
    labels = [Slice().label, *(place.label for place, _ in tables[0].groups)]
    rows = []
    for position, label in enumerate(labels):
        estimates = [_estimates(table)[position] for table in tables]
        rows.append(
            {
                say("groups.group"): label,
                say("groups.patients"): count(estimates[0].n),
                say("groups.events"): count(estimates[0].n_events),
            }
            | {
                find_metric(table.metric).label: interval(estimate)
                for table, estimate in zip(tables, estimates, strict=True)
            }
        )
    return pd.DataFrame(rows)


def export_rows(tables: Sequence[SubgroupTable]) -> pd.DataFrame:
    """The same figures unrounded, one row per statistic and group, for a spreadsheet."""
    return pd.concat([table.to_frame() for table in tables], ignore_index=True)


def absence_notes(tables: Sequence[SubgroupTable]) -> tuple[str, ...]:
    """Why a figure is missing, once for each reason."""
    reasons = {
        f"{find_metric(table.metric).label}, {place.label}: {estimate.reason}"
        for table in tables
        for place, estimate in table.groups
        if estimate.status == "not_estimable"
    }
    return tuple(sorted(reasons))


def n_comparisons(tables: Sequence[SubgroupTable]) -> int:
    """How many intervals are on show."""
    return sum(estimate.is_estimated for table in tables for _, estimate in table.groups)


def _estimates(table: SubgroupTable) -> list[Estimate]:
    return [table.overall, *(estimate for _, estimate in table.groups)]
