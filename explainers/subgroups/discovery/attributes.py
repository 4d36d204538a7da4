"""The attributes that a search crosses: groups of the schema, and the model's inputs in bins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from explainers.core.arrays import FloatArray
from explainers.core.cohort import Cohort
from explainers.core.schema import Column, Grouping
from explainers.subgroups.discovery.trait import Range, Trait

Codes = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

QUANTILES = (0.25, 0.5, 0.75)
# An attribute of more levels names places or codes rather than groups of patients.
MOST_LEVELS = 50


@dataclass(frozen=True)
class Attribute:
    """One attribute, each patient in exactly one of its bins.

    Attributes
    ----------
    pattern : Trait
        Name, label and unit; without values.
    levels : tuple of str
        Name of each bin; empty where bins are ranges.
    ranges : tuple of Range
        Limits of each bin; empty where bins are levels.
    is_ordered : bool
        Whether neighbouring bins belong together.
    codes : ndarray of shape (n,)
        Bin of each patient; the number of bins where nothing was recorded.
    """

    pattern: Trait
    levels: tuple[str, ...]
    ranges: tuple[Range, ...]
    is_ordered: bool
    codes: Codes

    @property
    def n_recorded(self) -> int:
        """Bins of recorded values."""
        return len(self.levels) + len(self.ranges)

    @cached_property
    def n_bins(self) -> int:
        """Bins, with one for "not recorded" where anybody is in it."""
        return self.n_recorded + bool((self.codes == self.n_recorded).any())

    def trait(self, bins: frozenset[int]) -> Trait:
        """These bins in words; neighbouring ranges become one."""
        inside = sorted(at for at in bins if at < self.n_recorded)
        return Trait(
            self.pattern.attribute,
            self.pattern.label,
            self.pattern.unit,
            self.pattern.is_group,
            tuple(self.levels[at] for at in inside) if self.levels else (),
            () if self.levels else _merged([self.ranges[at] for at in inside]),
            self.n_recorded in bins,
        )

    def choices(self) -> list[frozenset[int]]:
        """Sets of bins that a crossed search looks at: runs of neighbours, or each level."""
        n = self.n_recorded
        if self.is_ordered:
            runs = [frozenset(range(a, b)) for a in range(n) for b in range(a + 1, n + 1)]
            found = [run for run in runs if len(run) < n]
        else:
            found = [frozenset([at]) for at in range(n)] if n > 1 else []
        missing = [frozenset([n])] if self.n_bins > n else []
        return found + missing

    def divisions(self) -> list[frozenset[int]]:
        """Sets of bins that a tree may send to one side."""
        n = self.n_recorded
        if self.is_ordered:
            found = [frozenset(range(cut)) for cut in range(1, n)]
            if self.n_bins > n:
                found += [below | {n} for below in found]
        else:
            found = [frozenset([at]) for at in range(n)] if self.n_bins > 1 else []
        missing = [frozenset([n])] if self.n_bins > n else []
        return list(dict.fromkeys(found + missing))


def list_attributes(
    cohort: Cohort, inputs: tuple[Column, ...], most: int
) -> tuple[tuple[Attribute, ...], tuple[str, ...]]:
    """Groups first, then the inputs that no group is made from; and the labels of those left out.

    Cuts of numbers are quartiles of these patients, rounded to where a clinician would cut.
    """
    groups, grouped = cohort.schema.groups, {group.column for group in cohort.schema.groups}
    columns = [column for column in inputs if column.name not in grouped]
    sources: list[Grouping | Column] = [
        group for group in groups if len(group.labels) <= MOST_LEVELS
    ]
    sources += [column for column in columns if len(column.levels) <= MOST_LEVELS]
    found: list[Attribute] = []
    for at, source in enumerate(sources):
        if len(found) == most:
            return tuple(found), _left_out((*groups, *columns), sources[:at])
        attribute = _binned(cohort, source)
        if attribute.n_bins > 1:
            found.append(attribute)
    return tuple(found), _left_out((*groups, *columns), sources)


def _left_out(
    all_: Sequence[Grouping | Column], seen: Sequence[Grouping | Column]
) -> tuple[str, ...]:
    return tuple(one.label for one in all_ if one not in seen)


def _binned(cohort: Cohort, source: Grouping | Column) -> Attribute:
    if isinstance(source, Grouping):
        return _of_group(cohort, source)
    return _of_column(cohort, source)


def _of_group(cohort: Cohort, group: Grouping) -> Attribute:
    grouped = cohort.group_labels(group.name)
    column = cohort.schema.column(group.column)
    labels = tuple(str(label) for label in grouped.categories)
    return Attribute(
        Trait(group.name, group.label, is_group=True),
        labels,
        (),
        bool(group.cuts) or column.ordered,
        _stored(np.asarray(grouped.codes, dtype=np.int64), len(labels)),
    )


def _of_column(cohort: Cohort, column: Column) -> Attribute:
    pattern = Trait(column.name, column.label, column.unit)
    values = cohort.frame[column.name]
    if not column.is_numeric:
        codes = values.cat.codes.to_numpy(dtype=np.int64)
        return Attribute(
            pattern, column.levels, (), column.ordered, _stored(codes, len(column.levels))
        )
    numbers = values.to_numpy(dtype=np.float64)
    edges: list[float | None] = [None, *cut_points(numbers, column.decimals), None]
    ranges = tuple(pairwise(edges))
    codes = np.searchsorted(np.array(edges[1:-1], dtype=np.float64), numbers, side="right")
    codes = np.where(np.isnan(numbers), len(ranges), codes)
    return Attribute(pattern, (), ranges, is_ordered=True, codes=_stored(codes, len(ranges)))


def cut_points(values: FloatArray, decimals: int) -> list[float]:
    """Quartiles of the recorded values, rounded to a step that a clinician would use, ascending.

    The step is 1, 2 or 5 times a power of ten, at most an eighth of the middle half's width.
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return []
    quartiles = np.quantile(known, QUANTILES)
    width = float(quartiles[-1] - quartiles[0]) or float(np.ptp(known))
    step = max(_round_step(width / 8.0), 10.0**-decimals) if width > 0 else 10.0**-decimals
    rounded = sorted({float(round(cut / step) * step) for cut in quartiles})
    cuts = [round(cut, max(decimals, 0) + 6) for cut in rounded]
    return [cut for cut in cuts if known.min() < cut <= known.max()]


def _round_step(width: float) -> float:
    power = 10.0 ** math.floor(math.log10(width))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= width)


def _stored(codes: npt.NDArray[np.integer[Any]], n_recorded: int) -> Codes:
    """Codes in one byte each; what is no bin counts as not recorded."""
    outside = (codes < 0) | (codes >= n_recorded)
    return np.where(outside, n_recorded, codes).astype(np.uint8)


def _merged(ranges: list[Range]) -> tuple[Range, ...]:
    merged: list[Range] = []
    for low, high in ranges:
        if merged and merged[-1][1] is not None and merged[-1][1] == low:
            merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return tuple(merged)
