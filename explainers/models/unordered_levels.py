"""Which columns a library is to split by sets of levels rather than by a threshold."""

from __future__ import annotations

from explainers.core.schema import Column


def has_unordered_levels(column: Column) -> bool:
    """Whether the levels have no order that a threshold could use; yes and no need none."""
    return column.kind == "category" and not column.ordered
