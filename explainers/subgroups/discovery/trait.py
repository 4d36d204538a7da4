"""One condition of a group, in words and as the question of who meets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from explainers.core.arrays import BoolArray
from explainers.core.cohort import Cohort

NOT_RECORDED = "not recorded"
Range = tuple[float | None, float | None]


@dataclass(frozen=True)
class Trait:
    """Values of one attribute; a patient has the trait who has any of them.

    Attributes
    ----------
    attribute : str
        Slug of a grouping of the schema, or name of a column.
    label, unit : str
        As the schema has them.
    is_group : bool
        Whether ``attribute`` is a grouping.
    levels : tuple of str
        Labels of groups, or levels of the column.
    ranges : tuple of (float or None, float or None)
        From the first value, included, to the second, excluded; None where there is no bound.
    with_missing : bool
        Whether those without a recorded value have it too.
    """

    attribute: str
    label: str
    unit: str = ""
    is_group: bool = False
    levels: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    with_missing: bool = False

    @property
    def text(self) -> str:
        """In plain words, such as ``Body mass index: under 25 kg/m²``."""
        told = [*self.levels, *(_range_text(limits, self.unit) for limits in self.ranges)]
        if self.with_missing:
            told.append(NOT_RECORDED)
        *others, last = told
        return f"{self.label}: {', '.join(others)} or {last}" if others else f"{self.label}: {last}"

    def members(self, cohort: Cohort) -> BoolArray:
        """Which patients (n,) have it, asked of their recorded values.

        Raises
        ------
        SchemaError
            Where the schema has no such attribute.
        """
        if self.is_group or self.levels:
            return self._by_level(cohort)
        column = cohort.schema.column(self.attribute)
        values = cohort.frame[column.name].to_numpy(dtype=np.float64)
        found = np.isnan(values) if self.with_missing else np.zeros(len(values), dtype=bool)
        for low, high in self.ranges:
            inside = ~np.isnan(values)
            if low is not None:
                inside &= values >= low
            if high is not None:
                inside &= values < high
            found |= inside
        return np.asarray(found, dtype=np.bool_)

    def _by_level(self, cohort: Cohort) -> BoolArray:
        if self.is_group:
            grouped = cohort.group_labels(self.attribute)
        else:
            grouped = cohort.frame[cohort.schema.column(self.attribute).name].array
        labels = np.asarray(grouped, dtype=object)
        found = np.isin(labels.astype(str), self.levels) & ~np.asarray(grouped.isna())
        return np.asarray(found | (np.asarray(grouped.isna()) & self.with_missing), dtype=np.bool_)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Trait:
        """Inverse of :meth:`to_dict`."""
        ranges = tuple((low, high) for low, high in record["ranges"])
        return cls(**{**record, "levels": tuple(record["levels"]), "ranges": ranges})


def members_of(traits: tuple[Trait, ...], cohort: Cohort) -> BoolArray:
    """Which patients (n,) have every one of the traits."""
    found = np.ones(len(cohort), dtype=bool)
    for trait in traits:
        found &= trait.members(cohort)
    return found


def _range_text(limits: Range, unit: str) -> str:
    low, high = limits
    behind = f" {unit}" if unit else ""
    if low is None and high is None:
        return "recorded"
    if low is None:
        return f"under {_number(high or 0.0)}{behind}"
    if high is None:
        return f"{_number(low)}{behind} or more"
    return f"{_number(low)} to under {_number(high)}{behind}"


def _number(value: float) -> str:
    return f"{value:,.10g}"
