"""Making the changes of a counterfactual as few and as small as they can be.

All patients invented in one round are scored in one call, since for most models the cost of a call
exceeds that of a hundred rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.alternatives.moves import MoveSet
from explainers.core.arrays import FloatArray, IntArray
from explainers.core.study import Study

_SECTIONS = np.linspace(0.0, 1.0, 17)
_ROUNDS = 3


@dataclass(frozen=True)
class Goal:
    """Which side of the threshold the risk shall come to."""

    study: Study
    towards_lower: bool

    def gaps(self, rows: FloatArray) -> FloatArray:
        """How far encoded rows (n, p) still are from the other side, (n,); below 0 when there.

        A risk equal to the threshold counts as above it, as everywhere.
        """
        risk = self.study.predict(rows, "risk")
        if self.towards_lower:
            return np.where(risk < self.study.threshold, -1.0, risk - self.study.threshold)
        return np.where(risk >= self.study.threshold, -1.0, self.study.threshold - risk)


def shrink(goal: Goal, options: MoveSet, values: FloatArray) -> FloatArray:
    """Every change as small as it can be while the goal is still reached.

    First all changes of an answer together, so that they share the saving; then one at a time,
    the costliest first.
    """
    values = _shrink_together(goal, options, values)
    units = np.array([options.seen.units[move.position] for move in options.moves])
    order = np.argsort(-np.abs(values - options.own) / units, axis=1, kind="stable")
    for turn in range(int((values != options.own).sum(axis=1).max())):
        values = _shrink_one(goal, options, values, order[:, turn])
    return values


def _shrink_together(goal: Goal, options: MoveSet, values: FloatArray) -> FloatArray:
    n, n_moves = values.shape
    slots = np.tile(np.arange(n_moves), n)
    scaled = options.between(slots, np.tile(options.own, n), values.ravel(), _SECTIONS)
    tried = scaled.reshape(n, n_moves, -1).swapaxes(1, 2)
    first = _first_reached(goal, options, tried)
    return np.asarray(tried[np.arange(n), first], dtype=np.float64)


def _shrink_one(goal: Goal, options: MoveSet, values: FloatArray, slots: IntArray) -> FloatArray:
    """Shrink the change in one slot (n,) of each answer by repeated sectioning."""
    values, who = values.copy(), np.arange(len(values))
    near, far = options.own[slots], values[who, slots]
    for _ in range(_ROUNDS):
        sections = options.between(slots, near, far, _SECTIONS)
        tried = np.repeat(values[:, None, :], sections.shape[1], axis=1)
        tried[who, :, slots] = sections
        first = _first_reached(goal, options, tried)
        near, far = sections[who, np.maximum(first - 1, 0)], sections[who, first]
        values[who, slots] = far
    return values


def _first_reached(goal: Goal, options: MoveSet, tried: FloatArray) -> IntArray:
    """Which of s versions (n, s, moves) first reaches the goal, (n,); the last one always does."""
    n, s, n_moves = tried.shape
    rows, is_seen = options.rows(tried.reshape(-1, n_moves))
    reached = ((goal.gaps(rows) < 0) & is_seen).reshape(n, s)
    reached[:, -1] = True
    return np.asarray(reached.argmax(axis=1), dtype=np.int64)


def prune(goal: Goal, options: MoveSet, values: FloatArray) -> FloatArray:
    """Undo every change without which the goal is still reached, until none is left."""
    values = values.copy()
    for _ in range(len(options.moves)):
        answers, slots = np.nonzero(values != options.own)
        undone = values[answers]
        undone[np.arange(len(slots)), slots] = options.own[slots]
        rows, is_seen = options.rows(undone)
        idle = np.flatnonzero((goal.gaps(rows) < 0) & is_seen)
        if len(idle) == 0:
            break
        # One per answer and round: two changes may each be idle only while the other is there.
        _, first = np.unique(answers[idle], return_index=True)
        values[answers[idle[first]], slots[idle[first]]] = options.own[slots[idle[first]]]
    return values
