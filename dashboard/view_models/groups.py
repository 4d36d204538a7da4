"""What the groups screen says beside its chart."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.view_models.export import write_csv
from dashboard.wording import linked, say
from explainers.core.study import Study
from explainers.core.subgroup import SubgroupTable
from explainers.performance.metrics import find_metric


def reading_notes(tables: Sequence[SubgroupTable]) -> str:
    """How to read each statistic, as one list."""
    return "\n".join(
        f"- **{linked(find_metric(table.metric).label)}**: {say(f'groups.{table.metric}_help')}"
        for table in tables
    )


def export_table(tables: Sequence[SubgroupTable], study: Study) -> str:
    """The same figures unrounded as CSV, one row per statistic and group, with what they are of."""
    figures = pd.concat([table.to_frame() for table in tables], ignore_index=True)
    return write_csv(figures, export_context(study))


def export_context(study: Study) -> dict[str, str | float]:
    """What figures of a study are of, for every row of a file."""
    return {
        "model": f"{study.model.name} {study.model.version}",
        "cohort": study.cohort.schema.facts.name,
        "outcome": study.outcome,
        "threshold": study.threshold,
    }


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
