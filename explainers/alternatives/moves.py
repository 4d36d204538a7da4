"""Which inputs of a patient may be changed, to what, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explainers.alternatives.concept_ties import ConceptTie
from explainers.alternatives.followers import Follower, plan_followers
from explainers.alternatives.seen_patients import SeenPatients
from explainers.core.arrays import BoolArray, FloatArray, IntArray, frozen_floats
from explainers.core.schema import Column

# How finely the way to a single change is looked at.
_SHARES = np.linspace(0.0, 1.0, 25)
_WAYS = ("higher", "lower")


@dataclass(frozen=True)
class Move:
    """One input that may be changed, with the inputs that are worked out from it.

    Attributes
    ----------
    position : int
        In the encoded matrix.
    own : float
        The patient's value.
    low, high : float
        The values allowed: what is seen, and on the side that clinical knowledge allows.
    step : float
        Smallest change that a clinician would write down; 1 for levels.
    is_ladder : bool
        Whether values between two allowed ones make sense (numbers and ordered levels).
    grid : ndarray
        Values to try first, all allowed and none the patient's own.
    followers : tuple of Follower
        What else changes, in the order in which it is worked out.
    """

    position: int
    own: float
    low: float
    high: float
    step: float
    is_ladder: bool
    grid: FloatArray
    followers: tuple[Follower, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "grid", frozen_floats(self.grid))


@dataclass(frozen=True)
class MoveSet:
    """All moves of one patient.

    Attributes
    ----------
    row : ndarray of shape (p,)
    moves : tuple of Move
    seen : SeenPatients
    columns : tuple of Column, length p
    tied_share : float or None
        Share of real patients whose departure within a concept no answer may exceed; None where
        each input is taken by itself.
    """

    row: FloatArray
    moves: tuple[Move, ...]
    seen: SeenPatients
    columns: tuple[Column, ...]
    tied_share: float | None = None

    @cached_property
    def own(self) -> FloatArray:
        """The patient's own value of each movable input, (moves,)."""
        return np.array([move.own for move in self.moves])

    def singles(self) -> FloatArray:
        """The patient with one input changed (n, moves): every grid value, and evenly between."""
        found = []
        for slot, move in enumerate(self.moves):
            ends = np.array([move.low, move.high])
            way = self.between(np.full(2, slot), np.full(2, move.own), ends, _SHARES)
            values = np.setdiff1d(np.append(way, move.grid), move.own)
            changed = np.tile(self.own, (len(values), 1))
            changed[:, slot] = values
            found.append(changed)
        return np.vstack(found)

    def between(
        self, slots: IntArray, near: FloatArray, far: FloatArray, shares: FloatArray
    ) -> FloatArray:
        """Values (k, s) at shares (s,) of the way from ``near`` (k,) to ``far`` (k,).

        Each row is of the input in its slot (k,). Values lie on the steps of that input; where
        rounding would pass ``near``, and for levels without an order before the end of the way,
        they are ``near``.
        """
        step = np.array([move.step for move in self.moves])[slots, None]
        is_ladder = np.array([move.is_ladder for move in self.moves])[slots, None]
        way = far[:, None] - near[:, None]
        # The outer rounding removes the noise of binary fractions from multiples of 0.1.
        stepped = np.round(np.round((near[:, None] + shares * way) / step) * step, 6)
        inside = is_ladder & ((stepped - near[:, None]) * way > 0)
        inside &= (far[:, None] - stepped) * way >= 0
        return np.where(shares >= 1.0, far[:, None], np.where(inside, stepped, near[:, None]))

    def rows(self, values: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Encoded rows (n, p) with the movable inputs at ``values`` (n, moves).

        Also says which rows keep every changed input, followers included, inside what is seen, and
        tear no concept apart.
        """
        rows = np.tile(self.row, (len(values), 1))
        is_seen = np.ones(len(values), dtype=bool)
        changed = values != self.own
        for slot, move in enumerate(self.moves):
            rows[:, move.position] = values[:, slot]
            inside = (values[:, slot] >= move.low) & (values[:, slot] <= move.high)
            is_seen &= ~changed[:, slot] | inside
        for slot, follower in self._followers:
            at = follower.position
            solved = np.round(follower.solve(rows), _decimals(self.columns[at]))
            low, high = self.seen.ranges[at]
            rows[changed[:, slot], at] = solved[changed[:, slot]]
            is_seen &= ~changed[:, slot] | ((solved >= low) & (solved <= high))
        for tie, largest in self._ties:
            is_seen &= ~(tie.departure(rows) > largest)
        return rows, is_seen

    @cached_property
    def _followers(self) -> tuple[tuple[int, Follower], ...]:
        """Slots of leading inputs with what follows, in the order in which it is worked out."""
        pairs = [(slot, each) for slot, move in enumerate(self.moves) for each in move.followers]
        return tuple(sorted(pairs, key=lambda pair: not pair[1].is_exact))

    @cached_property
    def _ties(self) -> tuple[tuple[ConceptTie, float], ...]:
        """What holds concepts together, and how far this patient may depart from it."""
        if self.tied_share is None:
            return ()
        before = self.row[None, :]
        return tuple(
            (tie, tie.largest_departure(float(tie.departure(before)[0]), self.tied_share))
            for tie in self.seen.ties
        )

    def costs(self, values: FloatArray) -> FloatArray:
        """Sum of the changes in units of the cohort's spread plus their number, (n,)."""
        total = np.zeros(len(values))
        for slot, move in enumerate(self.moves):
            away = np.abs(values[:, slot] - move.own) / self.seen.units[move.position]
            if not self.columns[move.position].is_numeric and not move.is_ladder:
                away = (away > 0).astype(np.float64)
            total += away + (away > 0)
        return total

    def carriers(self) -> dict[int, str]:
        """Position of each follower to the name of the input it is worked out from."""
        return {
            follower.position: self.columns[move.position].name
            for move in self.moves
            for follower in move.followers
        }


def list_moves(
    row: FloatArray,
    columns: Sequence[Column],
    seen: SeenPatients,
    *,
    towards_lower: bool,
    allow_unexpected: bool = False,
    tied_share: float | None = None,
) -> MoveSet:
    """The moves of a patient (p,).

    Only measured, actionable inputs move, and only in the direction that :func:`allowed_range`
    leaves. Of inputs that are worked out from each other the one recorded with the fewest distinct
    values follows and the others lead; where none could follow, none moves. Of closely tied inputs
    of one concept one leads, unless ``tied_share`` is None.
    """
    ties = () if tied_share is None else seen.ties
    plan = plan_followers(row, columns, seen.relations, ties)
    moves = []
    for at, column in enumerate(columns):
        if not column.actionable or np.isnan(row[at]) or at in plan.frozen | plan.carried:
            continue
        low, high = allowed_range(
            column,
            float(row[at]),
            (float(seen.ranges[at, 0]), float(seen.ranges[at, 1])),
            towards_lower=towards_lower,
            allow_unexpected=allow_unexpected,
        )
        grid = seen.grids[at]
        grid = grid[(grid >= low) & (grid <= high) & (grid != row[at])]
        if len(grid) == 0:
            continue
        moves.append(
            Move(
                position=at,
                own=float(row[at]),
                low=low,
                high=high,
                step=10.0 ** -_decimals(column),
                is_ladder=column.is_numeric or column.ordered,
                grid=grid,
                followers=tuple(plan.of.get(at, ())),
            )
        )
    return MoveSet(row, tuple(moves), seen, tuple(columns), tied_share)


def allowed_range(
    column: Column,
    own: float,
    seen: tuple[float, float],
    *,
    towards_lower: bool,
    allow_unexpected: bool,
) -> tuple[float, float]:
    """Smallest and largest value that an actionable input may take; ``own`` twice where none.

    Where the schema says in which direction the input may be changed, that holds always. Otherwise,
    unless ``allow_unexpected``, the value goes where clinical knowledge lets the risk go where it
    shall, and nowhere if the schema says nothing of that: "drink more" is no answer.
    """
    low, high = seen
    if column.actionable_direction:
        may_rise, may_fall = (column.actionable_direction in (way, "either") for way in _WAYS)
    elif allow_unexpected:
        may_rise = may_fall = True
    else:
        may_rise = column.expected_direction == ("lower" if towards_lower else "higher")
        may_fall = column.expected_direction == ("higher" if towards_lower else "lower")
    return (low if may_fall else max(low, own)), (high if may_rise else min(high, own))


def _decimals(column: Column) -> int:
    return column.decimals if column.kind == "number" else 0
