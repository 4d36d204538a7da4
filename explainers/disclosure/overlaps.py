"""Whether counts of overlapping sets of patients give a small count away together.

Groups of one table follow each other by subtraction only, and
:func:`~explainers.disclosure.suppression.decide_suppression` hides what would. Sets that overlap
any other way, or that are counted among some of the patients only, can be held against each other
in ways that no list of pairs is complete for. So this asks of every small count directly what a
reader could: of all tables that are equal in what is published, which has the most such patients,
and which the fewest?
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.disclosure.counts import SMALLEST_CELL, check_floor, is_small
from explainers.errors import SettingsError

# Rounding of the solver; counts are whole numbers.
_WHOLE = 1e-6


def gives_away(
    counts: IntArray, published: BoolArray, wanted: BoolArray, floor: int = SMALLEST_CELL
) -> bool:
    """Whether some small count is sure to be one.

    Parameters
    ----------
    counts : ndarray of shape (c,)
        Patients in each of c disjoint cells.
    published : ndarray of shape (k, c)
        Sets of cells whose counts are published.
    wanted : ndarray of shape (t, c)
        Sets of cells whose counts must not be known to lie between 1 and the floor.
    floor : int
        Smallest count that may be shown, 11 or more.

    Returns
    -------
    bool
        False where each of the wanted counts that is small could be none or the floor as well, as
        far as the published ones tell; counts are taken as divisible, as in linear programming.

    Raises
    ------
    SettingsError
        For a floor lower than 11, or sets that are not of these cells.
    """
    check_floor(floor)
    if not published.shape[1:] == wanted.shape[1:] == counts.shape:
        raise SettingsError(
            "sets of cells must be of the cells that are counted",
            value=(published.shape, wanted.shape, counts.shape),
        )
    known, class_of = _classes(published)
    people = np.bincount(class_of, counts, known.shape[1]).astype(np.float64)
    reader = _Reader(known, known @ people, floor)
    sizes = (wanted.astype(np.float64) @ counts).astype(np.int64)
    waiting = _Sets.of(wanted[is_small(sizes, floor)], class_of)
    return reader.is_sure(waiting.where(~reader.clears(waiting, people)))


@dataclass(frozen=True)
class _Sets:
    """Sets of cells, by q classes of cells that nothing published tells apart.

    Whoever is in a class could be in any of its cells.

    Attributes
    ----------
    reached : ndarray of shape (t, q)
        Classes of which some cell is in the set: its people could all be in it.
    held : ndarray of shape (t, q)
        Classes of which every cell is: its people are in it for sure.
    """

    reached: BoolArray
    held: BoolArray

    @classmethod
    def of(cls, sets: BoolArray, class_of: IntArray) -> _Sets:
        """Of sets (t, c), given the class of each cell, (c,)."""
        is_of = class_of[:, None] == np.arange(class_of.max(initial=-1) + 1)
        # Whole numbers this small are exact in single precision, which is twice as fast.
        n_cells = sets.astype(np.float32) @ is_of.astype(np.float32)
        reached, held = n_cells > 0, n_cells == is_of.sum(axis=0)
        both = _each_once(np.hstack([reached, held]))
        return cls(*np.hsplit(both, 2))

    def __len__(self) -> int:
        return len(self.reached)

    def where(self, is_kept: BoolArray) -> _Sets:
        return _Sets(self.reached[is_kept], self.held[is_kept])


@dataclass(frozen=True)
class _Reader:
    """What is published: sets (k, q) of classes of cells, and their sizes (k,)."""

    known: FloatArray
    totals: FloatArray
    floor: int

    def is_sure(self, waiting: _Sets) -> bool:
        """Whether one of the sets can be neither empty nor as large as the floor."""
        together = np.ones(1, dtype=bool)
        while len(waiting) and together.any():
            # A table in which many of them are large at once, or none, clears them in one go.
            together = self._cleared(waiting, waiting, 1.0) | self._cleared(waiting, waiting, -1.0)
            waiting = waiting.where(~together)
        while len(waiting):
            first = waiting.where(np.arange(len(waiting)) == 0)
            cleared = self._cleared(waiting, first, 1.0)
            if not cleared[0]:
                cleared |= self._cleared(waiting, first, -1.0)
            if not cleared[0]:
                return True
            waiting = waiting.where(~cleared)
        return False

    def clears(self, waiting: _Sets, table: FloatArray) -> BoolArray:
        """Which sets (t,) can have nobody or the floor in a table (q,) of classes."""
        most, fewest = waiting.reached @ table, waiting.held @ table
        return np.asarray((most >= self.floor - _WHOLE) | (fewest <= _WHOLE), dtype=np.bool_)

    def _cleared(self, waiting: _Sets, extreme: _Sets, sign: float) -> BoolArray:
        """The same in the table that has the most (1) or the fewest (-1) people in some sets."""
        who = (extreme.reached if sign > 0 else extreme.held).sum(axis=0).astype(np.float64)
        solved = linprog(
            -sign * who, A_eq=self.known, b_eq=self.totals, bounds=(0.0, None), method="highs"
        )
        if solved.x is None:
            raise SettingsError("published counts must be of the cells", value=solved.message)
        return self.clears(waiting, solved.x)


def _classes(published: BoolArray) -> tuple[FloatArray, IntArray]:
    """The published sets (k, q) of classes of cells that none of them parts; each cell's, (c,)."""
    sets = _each_once(published)
    _, first, class_of = np.unique(
        np.packbits(sets, axis=0), axis=1, return_index=True, return_inverse=True
    )
    return sets[:, first].astype(np.float64), class_of.ravel().astype(np.int64)


def _each_once(sets: BoolArray) -> BoolArray:
    """The sets (s, c) without repetition."""
    packed = np.packbits(sets, axis=1)
    kept = {own.tobytes(): at for at, own in enumerate(packed)}
    return sets[list(kept.values())]
