"""Which groups of the half searched are worth bringing, since they will be fit to be shown.

What is shown is decided by :mod:`~explainers.subgroups.discovery.shown`, from both halves.
This looks at one alone: where a group lies inside another set of patients whose counts would be
published, or holds one, the difference must not be of 1 to 10 people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.core.cohort import Cohort
from explainers.disclosure.counts import is_small
from explainers.subgroups.slices import divide_cohort


@dataclass(frozen=True)
class Release:
    """The labelled patients, and which tables of them are published.

    Attributes
    ----------
    is_event : ndarray of shape (n,)
    cells : tuple of ndarray of shape (n,)
        For each published table by one or two attributes, which of its groups each is in.
    floor : int
        Smallest count that may be shown.
    """

    is_event: BoolArray
    cells: tuple[IntArray, ...]
    floor: int

    @classmethod
    def of(cls, cohort: Cohort, is_labelled: BoolArray, is_event: BoolArray, floor: int) -> Release:
        """Every table that the schema's groups allow: by one attribute, and by two crossed."""
        single = []
        for group in cohort.schema.groups:
            position = np.zeros(len(cohort), dtype=np.int64)
            for at, (_, is_member) in enumerate(divide_cohort(cohort, [group.name])):
                position[is_member] = at
            single.append(position[is_labelled])
        crossed = [
            first * (int(second.max(initial=0)) + 1) + second
            for first, second in combinations(single, 2)
        ]
        return cls(is_event, (*single, *crossed), floor)

    def allows(self, is_member: BoolArray, others: Sequence[BoolArray]) -> bool:
        """Whether a group (n,) can be shown beside other groups (n,) that are.

        ``others`` are sets of the same patients whose counts are published.
        """
        return not any(
            self._is_telling(part)
            for known in (*others, *self._unions(is_member))
            for part in self._differences(is_member, known)
        ) and not (self._is_telling(is_member) or self._is_telling(~is_member))

    def foreseen(self, rows: IntArray) -> Release:
        """The same for one half as if its tables by group were published.

        What is fit to be shown beside them will hardly have to be withheld in the other half, and
        nothing of that has to be known to say so.
        """
        return Release(self.is_event[rows], tuple(cell[rows] for cell in self.cells), self.floor)

    def _unions(self, is_member: BoolArray) -> Iterator[BoolArray]:
        """Groups of each table that together just hold the patients, and those inside of them."""
        for cell in self.cells:
            size = np.bincount(cell)
            inside = np.bincount(cell[is_member], minlength=len(size))
            yield (inside > 0)[cell]
            yield ((inside == size) & (size > 0))[cell]

    @staticmethod
    def _differences(first: BoolArray, second: BoolArray) -> Iterator[BoolArray]:
        """What can be worked out by subtraction where one holds the other."""
        overlap = int((first & second).sum())
        if overlap and overlap in (int(first.sum()), int(second.sum())):
            yield first ^ second

    def _is_telling(self, is_member: BoolArray) -> bool:
        n, events = int(is_member.sum()), int(self.is_event[is_member].sum())
        counts = np.array([events, n - events], dtype=np.int64)
        return bool(is_small(counts, self.floor).any())
