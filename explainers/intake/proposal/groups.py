"""By which columns patients may be grouped: sex, age, race, site and the like."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from explainers.core.schema import Column, Grouping
from explainers.intake.proposal.names import AGES, PLACES, SENSITIVE, words_of
from explainers.intake.proposal.readings import Reading

AGE_CUTS = (18.0, 40.0, 65.0, 80.0)
MOST_GROUPS = 12
MOST_CODES = 6


def propose_group(column: Column, reading: Reading) -> Grouping | None:
    """A grouping by a column whose name speaks of one; None where it does not, or for one group.

    The largest group is the reference, which is a choice to be looked at.
    """
    words = set(words_of(column.name))
    if column.role in ("outcome", "excluded"):
        return None
    if words & AGES and column.is_numeric and column.unit in ("years", ""):
        return _by_cuts(column, reading, AGE_CUTS, _age_labels(AGE_CUTS))
    if not words & (SENSITIVE | PLACES):
        return None
    return _by_codes(column, reading) if column.is_numeric else _by_levels(column, reading)


def _by_codes(column: Column, reading: Reading) -> Grouping | None:
    codes = np.unique(reading.numbers[~np.isnan(reading.numbers)])
    if not 2 <= len(codes) <= MOST_CODES:
        return None
    labels = tuple(f"{column.label} {code:g}" for code in codes)
    return _by_cuts(column, reading, tuple(map(float, codes[1:])), labels)


def _by_levels(column: Column, reading: Reading) -> Grouping | None:
    if not 2 <= len(column.levels) <= MOST_GROUPS:
        return None
    sizes = {level: int(reading.counts[reading.texts == level].sum()) for level in column.levels}
    reference = max(sizes, key=lambda level: sizes[level])
    return Grouping(_slug(column.name), column.label, column.name, reference, column.levels)


def _by_cuts(
    column: Column, reading: Reading, cuts: tuple[float, ...], labels: tuple[str, ...]
) -> Grouping | None:
    """Only cuts with patients on both sides are kept."""
    known = ~np.isnan(reading.numbers)
    bins = np.digitize(reading.numbers[known], cuts)
    sizes = np.bincount(bins, weights=reading.counts[known], minlength=len(labels))
    first, last = np.flatnonzero(sizes)[[0, -1]]
    if first == last:
        return None
    kept, names = cuts[first:last], list(labels[first : last + 1])
    if column.unit == "years" or AGES & set(words_of(column.name)):
        names = list(_age_labels(kept))
    reference = names[int(sizes[first : last + 1].argmax())]
    return Grouping(
        _slug(column.name), column.label, column.name, reference, tuple(names), tuple(kept)
    )


def _age_labels(cuts: tuple[float, ...]) -> tuple[str, ...]:
    between = [f"{low:g} to {high - 1:g}" for low, high in pairwise(cuts)]
    return (f"Under {cuts[0]:g}", *between, f"{cuts[-1]:g} or older")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60] or "group"
