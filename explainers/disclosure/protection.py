"""Which further groups must be hidden so that the hidden counts cannot be worked out.

A reader who knows the published counts can bound every hidden one by linear programming. For each
small count this asks the same question the other way round: is there a table, the same in all
that is published, in which this count would have been large enough to show? If only by changing
groups that are still shown, the cheapest such groups are hidden as well (Kelly, Golden and Assad
1992, Networks 22:397; Fischetti and Salazar-Gonzalez 2000, J Am Stat Assoc 95:916).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from explainers.core.arrays import BoolArray, FloatArray, IntArray

# Changes smaller than this are rounding of the solver; counts are whole numbers.
_WHOLE = 1e-6
_LAST_RESORT = 10.0


@dataclass(frozen=True)
class Published:
    """What a reader knows of the two counts of a family, for k groups.

    Attributes
    ----------
    counts : ndarray of shape (k, 2)
        The true counts.
    is_reference : ndarray of shape (k,)
        The group that others are compared with, hidden only where no other would do.
    known_pairs : ndarray of shape (a, k)
        Unions of groups of which both counts are published.
    known_sums : ndarray of shape (b, k)
        Unions of which only the sum of both counts is published.
    """

    counts: IntArray
    is_reference: BoolArray
    known_pairs: BoolArray
    known_sums: BoolArray

    def groups_to_hide(
        self, hidden: BoolArray, target: BoolArray, kind: int, floor: int
    ) -> BoolArray | None:
        """Groups to hide so that one small count could be as large as the floor.

        Parameters
        ----------
        hidden : ndarray of shape (k,)
            Groups that are hidden already.
        target : ndarray of shape (k,)
            The union of groups whose count is to be protected.
        kind : {0, 1}
            Which of the two counts.
        floor : int
            The size it must be able to reach.

        Returns
        -------
        ndarray of shape (k,) or None
            Which further groups to hide; None where hiding all of them would not do.
        """
        change = self._cheapest_change(hidden, target, kind, floor)
        if change is None:
            return None
        moved = (np.abs(change).reshape(2, -1) > _WHOLE).any(axis=0)
        return np.asarray(moved & ~hidden, dtype=np.bool_)

    def _cheapest_change(
        self, hidden: BoolArray, target: BoolArray, kind: int, floor: int
    ) -> FloatArray | None:
        """Change (2k,) of both counts, first of kind 0 then of kind 1, or None."""
        k = len(self.counts)
        none = np.zeros(k)
        same = self._unchanged()
        wanted = np.concatenate([target, none] if kind == 0 else [none, target])
        counts = self.counts.T.ravel().astype(np.float64)
        cost = np.where(hidden, 0.0, self._cost_of_hiding(kind))
        solved = linprog(
            np.tile(cost, 4),
            A_ub=-np.concatenate([wanted, -wanted])[None, :],
            b_ub=[counts @ wanted - floor],
            A_eq=np.hstack([same, -same]),
            b_eq=np.zeros(len(same)),
            bounds=[(0.0, None)] * (2 * k) + [(0.0, count) for count in counts],
            method="highs",
        )
        if not solved.success or solved.x is None:
            return None
        up, down = solved.x[: 2 * k], solved.x[2 * k :]
        change: FloatArray = up - down
        return change

    def _unchanged(self) -> FloatArray:
        """Which changes (c, 2k) must add up to 0, because their sum is published."""
        pairs, sums = self.known_pairs.astype(np.float64), self.known_sums.astype(np.float64)
        blank = np.zeros_like(pairs)
        return np.vstack(
            [np.hstack([pairs, blank]), np.hstack([blank, pairs]), np.hstack([sums, sums])]
        )

    def _cost_of_hiding(self, kind: int) -> FloatArray:
        """Cost (k,) per person moved: the next smallest count goes first, the reference last."""
        own = self.counts[:, kind].astype(np.float64)
        # A tiny cost by position makes the choice among equals the same on every machine.
        by_position = np.arange(len(own)) * 1e-6
        last_resort = self.is_reference * _LAST_RESORT * (1.0 + own.sum())
        cost: FloatArray = 1.0 + own + by_position + last_resort
        return cost
