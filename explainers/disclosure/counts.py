"""The counts that a table of statistics gives away, and which of them are too small to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.errors import SettingsError

# CMS cell size suppression policy (ResDAC, 26 January 2024): 1 to 10 are never shown, 0 may be.
SMALLEST_CELL = 11
ROUNDED_TO = 20

Family = Literal["cases", "flagged_events", "flagged_others"]
CASES: Family = "cases"
FLAGGED_EVENTS: Family = "flagged_events"
FLAGGED_OTHERS: Family = "flagged_others"


@dataclass(frozen=True)
class OutcomeCounts:
    """Patients of k groups by outcome and flag; each array has shape (k,).

    A *family* is a pair of these counts that one statistic gives away together: ``cases`` is
    events and non-events, ``flagged_events`` is TP and FN, ``flagged_others`` is FP and TN.
    """

    true_positives: IntArray
    false_negatives: IntArray
    false_positives: IntArray
    true_negatives: IntArray

    @property
    def n(self) -> IntArray:
        """Patients of each group, (k,)."""
        total: IntArray = self.pair(CASES).sum(axis=1)
        return total

    def pair(self, family: Family) -> IntArray:
        """The two counts of a family, (k, 2)."""
        if family == FLAGGED_EVENTS:
            return np.column_stack([self.true_positives, self.false_negatives])
        if family == FLAGGED_OTHERS:
            return np.column_stack([self.false_positives, self.true_negatives])
        return np.column_stack(
            [
                self.true_positives + self.false_negatives,
                self.false_positives + self.true_negatives,
            ]
        )

    def summed(self, membership: BoolArray) -> OutcomeCounts:
        """Counts of m unions of groups, given which groups are in which, (m, k)."""
        add = membership.astype(np.int64)
        return OutcomeCounts(
            add @ self.true_positives,
            add @ self.false_negatives,
            add @ self.false_positives,
            add @ self.true_negatives,
        )


class RowFloor(int):
    """A floor in rows, where a person may stand in several.

    Attributes
    ----------
    people : int
        Fewest persons that so many rows can be of.
    lowest : int
        Floor in rows of the same patients for 11 persons.
    """

    people: int
    lowest: int

    def __new__(cls, rows: int, people: int, lowest: int) -> RowFloor:
        """So many rows, for so many persons."""
        made = super().__new__(cls, rows)
        made.people, made.lowest = people, lowest
        return made


def lowest_floor(floor: int) -> int:
    """The lowest floor that tables of the same patients can have."""
    return floor.lowest if isinstance(floor, RowFloor) else SMALLEST_CELL


def too_few(floor: int) -> str:
    """What a withheld count is, such as ``of fewer than 11 people``."""
    if isinstance(floor, RowFloor):
        return f"of fewer than {int(floor)} rows, which may be fewer than {floor.people} people"
    return f"of fewer than {floor} people"


def check_floor(floor: int) -> int:
    """The floor itself; SettingsError where it is lower than 11, since it only goes upward."""
    if floor < SMALLEST_CELL:
        raise SettingsError(
            f"the smallest count that may be shown is at least {SMALLEST_CELL}",
            value=floor,
            remedy="The floor can be raised, never lowered.",
        )
    return floor


def is_small(counts: IntArray, floor: int = SMALLEST_CELL) -> BoolArray:
    """Whether each count is of 1 to ``floor - 1`` people; 0 is not."""
    return (counts > 0) & (counts < floor)


def round_people(counts: IntArray | int) -> IntArray:
    """Numbers of people to the nearest twenty, at least 20 where there is anybody.

    Each stands for 19 numbers or more, so that a sum or a difference with exact numbers never tells
    that 1 to 10 are left; rounded to tens, it may: "about 30" less 24 is 2 to 10.
    """
    exact = np.asarray(counts, dtype=np.int64)
    nearest = (np.round(exact / ROUNDED_TO) * ROUNDED_TO).astype(np.int64)
    rounded: IntArray = np.where(exact > 0, np.maximum(nearest, ROUNDED_TO), 0)
    return rounded


def shown_count(count: int, floor: int = SMALLEST_CELL) -> str:
    """A count as it may stand in a sentence, such as ``fewer than 11``."""
    small = is_small(np.array([count]), check_floor(floor))[0]
    return f"fewer than {floor}" if small else f"{count:,}"
