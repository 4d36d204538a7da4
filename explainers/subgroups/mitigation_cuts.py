"""Where a group's new cut is counted, when counting it exactly would give a few people away.

Collapse or coarsen first, then suppress: figures are counted at the nearest cut at which nobody is
given away, provided that it does not make the rule look much larger than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.disclosure.counts import is_small

# Up to this many times as many people may change sides at the cut counted as at the one meant.
MOST_STRETCH = 2.0
# Whole tenths of a percent, so that no cut tells the risk of the patient that it was made from.
CUT_DECIMALS = 3


@dataclass(frozen=True, eq=False)
class GroupRisk:
    """Risks and outcomes of one group's n held-out patients, and the flags published of them.

    Attributes
    ----------
    risk, is_event : ndarray of shape (n,)
    published : ndarray of shape (p, 2)
        How many with and how many without the outcome are flagged by cuts on this risk whose
        figures are published, the declared one first.
    known_cuts : sequence of float
        Cuts at which figures are published already: nothing new is told there.
    """

    risk: FloatArray
    is_event: BoolArray
    published: IntArray
    known_cuts: Sequence[float] = ()

    def showable_cut(self, meant: float, floor: int, others: GroupRisk) -> float | None:
        """The cut nearest to the one meant, in people, whose figures give nobody away.

        Parameters
        ----------
        meant : float
        floor : int
            Smallest count that may be shown.
        others : GroupRisk
            All other patients, and the flags of theirs by the same published cuts: everybody is
            counted at many thresholds, and less the group, the others are left.

        Returns
        -------
        float or None
            The cut meant where it will do; None where no other moves those with and those without
            the outcome the same way, from half to twice as many.
        """
        cuts = np.array([meant, *self.known_cuts, *self._candidates()])
        moved = self._flagged(cuts) - self.published[0]
        is_allowed = self._allowed(cuts, floor)
        # Where nobody changes sides, nothing new is told of the others either.
        is_allowed &= others._allowed(cuts, floor) | ~moved.any(axis=1)
        if is_allowed[0]:
            return meant
        # Nobody must not stand where somebody changes sides, nor a crowd where few do.
        is_allowed &= (np.sign(moved) == np.sign(moved[0])).all(axis=1)
        people = np.abs(moved).sum(axis=1)
        wanted = int(people[0])
        is_allowed &= (people <= MOST_STRETCH * wanted) & (people * MOST_STRETCH >= wanted)
        if not is_allowed.any():
            return None
        distance = np.where(is_allowed, np.abs(people - wanted), len(self.risk) + 1)
        return float(cuts[int(distance.argmin())])

    def _candidates(self) -> FloatArray:
        cuts = np.unique(np.ceil(self.risk * 10**CUT_DECIMALS) / 10**CUT_DECIMALS)
        return np.asarray(cuts[(cuts > 0.0) & (cuts < 1.0)], dtype=np.float64)

    def _flagged(self, cuts: FloatArray) -> IntArray:
        """How many with and without the outcome are at or above each cut, (c, 2)."""
        counts = []
        for is_own in (self.is_event, ~self.is_event):
            own = np.sort(self.risk[is_own])
            counts.append(len(own) - np.searchsorted(own, cuts, side="left"))
        return np.column_stack(counts).astype(np.int64)

    def _allowed(self, cuts: FloatArray, floor: int) -> BoolArray:
        """Which cuts (c,) part no small number of people from nobody, everybody or another cut."""
        flagged = self._flagged(cuts)
        totals = np.array([self.is_event.sum(), (~self.is_event).sum()])
        others = [np.zeros(2, dtype=np.int64), totals, *self.published]
        parted = [is_small(np.abs(flagged - other), floor).any(axis=1) for other in others]
        return np.asarray(~np.any(parted, axis=0), dtype=np.bool_)
