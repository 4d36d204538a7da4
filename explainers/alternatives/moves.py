"""Which inputs of a patient may be changed, to what, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explainers.alternatives.relations import Relation
from explainers.alternatives.seen_patients import SeenPatients
from explainers.core.arrays import BoolArray, FloatArray, IntArray, frozen_floats
from explainers.core.schema import Column


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
    followers : tuple of (Relation, int)
        What else changes, and the position of the input that does.
    """

    position: int
    own: float
    low: float
    high: float
    step: float
    is_ladder: bool
    grid: FloatArray
    followers: tuple[tuple[Relation, int], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "grid", frozen_floats(self.grid))


@dataclass(frozen=True)
class MoveSet:
    """All moves of one patient."""

    row: FloatArray
    moves: tuple[Move, ...]
    seen: SeenPatients
    columns: tuple[Column, ...]

    @cached_property
    def own(self) -> FloatArray:
        """The patient's own value of each movable input, (moves,)."""
        return np.array([move.own for move in self.moves])

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

        Also says which rows keep every changed input, followers included, inside what is seen.
        """
        rows = np.tile(self.row, (len(values), 1))
        is_seen = np.ones(len(values), dtype=bool)
        for slot, move in enumerate(self.moves):
            rows[:, move.position] = values[:, slot]
            changed = values[:, slot] != move.own
            is_seen &= ~changed | ((values[:, slot] >= move.low) & (values[:, slot] <= move.high))
            for relation, follower in move.followers:
                column = self.columns[follower]
                solved = np.round(relation.solve(rows, follower), _decimals(column))
                low, high = self.seen.ranges[follower]
                rows[changed, follower] = solved[changed]
                is_seen &= ~changed | ((solved >= low) & (solved <= high))
        return rows, is_seen

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
            follower: self.columns[move.position].name
            for move in self.moves
            for _, follower in move.followers
        }


def list_moves(
    row: FloatArray,
    columns: Sequence[Column],
    seen: SeenPatients,
    *,
    towards_lower: bool,
    allow_unexpected: bool,
) -> MoveSet:
    """The moves of a patient (p,).

    Only measured, actionable inputs move. Of inputs that are worked out from each other the one
    recorded with the fewest distinct values follows and the others lead; where none could follow,
    none moves. Unless ``allow_unexpected``, a value may only change in the direction in which
    clinical knowledge lets the risk go where it shall go.
    """
    followers, frozen = _followers(row, columns, seen.relations)
    moves = []
    for at, column in enumerate(columns):
        is_carried = any(at == carried for pairs in followers.values() for _, carried in pairs)
        if not column.actionable or np.isnan(row[at]) or at in frozen or is_carried:
            continue
        low, high = seen.ranges[at]
        if not allow_unexpected and column.expected_direction:
            must_fall = (column.expected_direction == "higher") == towards_lower
            low, high = (low, min(high, row[at])) if must_fall else (max(low, row[at]), high)
        grid = seen.grids[at]
        grid = grid[(grid >= low) & (grid <= high) & (grid != row[at])]
        if len(grid) == 0:
            continue
        moves.append(
            Move(
                position=at,
                own=float(row[at]),
                low=float(low),
                high=float(high),
                step=10.0 ** -_decimals(column),
                is_ladder=column.is_numeric or column.ordered,
                grid=grid,
                followers=tuple(followers.get(at, ())),
            )
        )
    return MoveSet(row, tuple(moves), seen, tuple(columns))


def _decimals(column: Column) -> int:
    return column.decimals if column.kind == "number" else 0


def _followers(
    row: FloatArray, columns: Sequence[Column], relations: Sequence[Relation]
) -> tuple[dict[int, list[tuple[Relation, int]]], set[int]]:
    """Per leading input what follows it; and the inputs that cannot move at all.

    A relation that the patient's own values already break, or that has a missing member, binds
    nothing.
    """
    followers: dict[int, list[tuple[Relation, int]]] = {}
    frozen: set[int] = set()
    for relation in relations:
        if np.isnan(row[list(relation.members)]).any() or relation.is_broken(row):
            continue
        movable = [at for at in relation.members if columns[at].actionable]
        if len(movable) < 2:
            frozen.update(movable)
            continue
        fineness = dict(zip(relation.members, relation.n_distinct, strict=True))
        carried = min(movable, key=lambda at: fineness[at])
        for at in movable:
            if at != carried:
                followers.setdefault(at, []).append((relation, carried))
    return followers, frozen
