"""Which inputs are distributed otherwise than among the training patients.

Values are put into the quarters of the training patients, levels stay as they are, and not being
measured is a level of its own. Each share is compared by Newcombe's interval, widened by
Bonferroni's rule to hold for all shares of all inputs at once. The largest difference of a share is
a lower bound of the total variation between both distributions, whose plug-in estimate would be
biased upwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from explainers.checks.certainty import sample_study
from explainers.checks.evidence import (
    WITHHELD,
    Tally,
    corrected_level,
    estimate_share_gap,
    leaves_out,
)
from explainers.core.arrays import FloatArray, IntArray
from explainers.core.estimate import Estimate
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.disclosure.counts import is_small
from explainers.disclosure.persons import floor_in_rows

# One patient in ten lies elsewhere: enough to change who is flagged.
RELEVANT_DIFFERENCE = 0.1
N_QUANTILES = 4
MOST_PATIENTS = 100_000


@dataclass(frozen=True)
class Shift:
    """The part of an input's distribution that moved most, of those that may be shown.

    Attributes
    ----------
    label : str
        Label of the input.
    sentence : str
        What moved, fit to be shown.
    difference : Estimate
        Share of the patients looked at less that of the training patients; suppressed where it
        would tell how many are in a group that is withheld.
    part : str
        Name of what moved.
    """

    label: str
    sentence: str
    difference: Estimate
    part: str


@dataclass(frozen=True)
class _Binned:
    """Names of an input's b parts, and how many patients of either side are in each (b,)."""

    names: tuple[str, ...]
    now: IntArray
    then: IntArray


def find_shifts(study: Study, training: Study) -> tuple[Shift, ...]:
    """Inputs of which a share surely differs, by a tenth or more; the largest first."""
    now = sample_study(study, MOST_PATIENTS).matrix
    then = training.matrix
    columns = study.model.columns
    binned = [_bin(column, now[:, at], then[:, at]) for at, column in enumerate(columns)]
    level = corrected_level(sum(len(each.names) for each in binned))
    found = [_shift(column, each, level) for column, each in zip(columns, binned, strict=True)]
    kept = [shift for shift in found if shift is not None]
    kept.sort(key=lambda shift: -abs(shift.difference.value or 0.0))
    beside = _told_beside_groups(study, binned)
    return tuple(shift if beside[shift.label] else _without_numbers(shift) for shift in kept)


def _told_beside_groups(study: Study, binned: Sequence[_Binned]) -> Mapping[str, bool]:
    """For each input, by its label, whether parts of it may be counted beside the tables by group.

    Those hide some groups for the sake of others, and are of patients with an outcome only.
    """
    by = {grouping.column for grouping in study.cohort.schema.groups}
    floor = floor_in_rows(study.cohort)
    return {
        column.label: column.name not in by
        or bool(study.is_labelled.all() and not is_small(each.now, floor).any())
        for column, each in zip(study.model.columns, binned, strict=True)
    }


def _without_numbers(shift: Shift) -> Shift:
    """The same where what moved also follows from how many are in which group."""
    more = "More" if (shift.difference.value or 0.0) > 0.0 else "Fewer"
    return Shift(
        shift.label,
        f"{more} of these patients than of the training patients have {shift.part}.",
        Estimate.suppressed(shift.difference.metric, WITHHELD),
        shift.part,
    )


def _shift(column: Column, binned: _Binned, level: float) -> Shift | None:
    """The part that moved most among those whose counts may be shown, where it moved enough."""
    n_now, n_then = int(binned.now.sum()), int(binned.then.sum())
    best: Shift | None = None
    largest = RELEVANT_DIFFERENCE
    for name, n_here, n_there in zip(binned.names, binned.now, binned.then, strict=True):
        now, then = Tally(int(n_here), n_now), Tally(int(n_there), n_then)
        difference = estimate_share_gap("share_difference", now, then, level)
        size = abs(difference.value or 0.0)
        if size >= largest and leaves_out(difference, 0.0):
            best, largest = Shift(column.label, _sentence(name, now, then), difference, name), size
    return best


def _sentence(name: str, now: Tally, then: Tally) -> str:
    return (
        f"{now.successes / now.n:.0%} of these patients have {name}, against"
        f" {then.successes / then.n:.0%} of the training patients."
    )


def _bin(column: Column, now: FloatArray, then: FloatArray) -> _Binned:
    """Quarters of the training patients for numbers, levels otherwise; not measured comes last."""
    if column.is_numeric:
        known = then[~np.isnan(then)]
        shares = np.arange(1, N_QUANTILES) / N_QUANTILES
        seen = np.unique(np.quantile(known, shares)) if len(known) else np.empty(0)
        cuts = np.asarray(seen, dtype=np.float64)
        names = _range_names(column, cuts)
    else:
        cuts = np.arange(1.0, len(column.levels)) - 0.5
        names = tuple(f"“{level}”" for level in column.levels)
    counts = []
    for values in (now, then):
        place = np.searchsorted(cuts, values, side="left")
        place[np.isnan(values)] = len(names)
        counts.append(np.bincount(place, minlength=len(names) + 1).astype(np.int64))
    return _Binned((*names, "no value measured"), counts[0], counts[1])


def _range_names(column: Column, cuts: FloatArray) -> tuple[str, ...]:
    """Names of the ranges between the cuts, upper ends included."""
    unit = f" {column.unit}" if column.unit else ""
    numbers = [f"{cut:,.{column.decimals}f}{unit}" for cut in cuts]
    if not numbers:
        return ("a value",)
    between = [f"a value above {low} and up to {high}" for low, high in pairwise(numbers)]
    return (f"a value up to {numbers[0]}", *between, f"a value above {numbers[-1]}")
