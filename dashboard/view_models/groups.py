"""What the groups screen says beside its chart."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.wording import say
from explainers.core.subgroup import SubgroupTable
from explainers.performance.metrics import find_metric

SHOWN_METRICS = ("auroc", "oe_ratio", "sensitivity")


def reading_notes(tables: Sequence[SubgroupTable]) -> str:
    """How to read each statistic, as one list."""
    return "\n".join(
        f"- **{find_metric(table.metric).label}**: {say(f'groups.{table.metric}_help')}"
        for table in tables
    )


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
