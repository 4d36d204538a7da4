"""What the groups screen says beside its chart."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.wording import say
from explainers.core.study import Study
from explainers.core.subgroup import SubgroupTable
from explainers.performance.metrics import find_metric

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def reading_notes(tables: Sequence[SubgroupTable]) -> str:
    """How to read each statistic, as one list."""
    return "\n".join(
        f"- **{find_metric(table.metric).label}**: {say(f'groups.{table.metric}_help')}"
        for table in tables
    )


def export_table(tables: Sequence[SubgroupTable], study: Study) -> str:
    """The same figures unrounded as CSV, one row per statistic and group, with what they are of."""
    figures = pd.concat([table.to_frame() for table in tables], ignore_index=True)
    context: dict[str, str | float] = {
        "model": f"{study.model.name} {study.model.version}",
        "cohort": study.cohort.schema.facts.name,
        "outcome": study.outcome,
        "threshold": study.threshold,
    }
    for at, (name, value) in enumerate(context.items()):
        figures.insert(at, name, value)
    return figures.map(_as_text_cell).to_csv(index=False)


def _as_text_cell(value: object) -> object:
    """Text that a spreadsheet would run as a formula is marked as text (OWASP, CSV injection)."""
    is_formula = isinstance(value, str) and value.startswith(FORMULA_STARTS)
    return f"'{value}" if is_formula else value


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
