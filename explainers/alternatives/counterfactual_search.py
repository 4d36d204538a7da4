"""The search behind counterfactuals: widen by beam, then shrink every change as far as it goes.

All patients invented in one round are scored in one call, since for most models the cost of a call
exceeds that of a hundred rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from explainers.alternatives.moves import MoveSet
from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.study import Study

BEAM_WIDTH = 30
# Invented patients of one set of changed inputs that go on to the next round.
_PER_SET = 2
_MOST_SHRUNK = 40
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


def search(goal: Goal, options: MoveSet, max_changed: int, enough: int) -> FloatArray:
    """Values (k, moves) of the movable inputs that reach the goal, each minimal.

    Undoing any one change of an answer leaves the goal; each set of changed inputs occurs once.

    Parameters
    ----------
    goal : Goal
    options : MoveSet
    max_changed : int
        Most inputs changed at once, not counting those worked out from them.
    enough : int
        Sets of changed inputs after which no further input is added.
    """
    found = _widen(goal, options, max_changed, enough)
    if len(found) == 0:
        return found
    values = _prune(goal, options, _shrink(goal, options, found))
    return _cheapest_per_set(values, options, 1)


def _widen(goal: Goal, options: MoveSet, max_changed: int, enough: int) -> FloatArray:
    """Values that reach the goal, with one input changed, then two, and so on."""
    n_moves = len(options.moves)
    beam = options.own[None, :]
    found = np.empty((0, n_moves))
    for n_changed in range(1, min(max_changed, n_moves) + 1):
        # Pairs are made from all single changes, in one order only; later rounds from the best.
        tried = np.vstack(list(_extensions(beam, options, only_later=n_changed <= 2)))
        rows, is_seen = options.rows(tried)
        tried, gaps = tried[is_seen], goal.gaps(rows[is_seen])
        reached = gaps < 0
        found = _cheapest_per_set(np.vstack([found, tried[reached]]), options, _PER_SET)
        if len(_sets(found, options)) >= enough:
            break
        beam, left = tried[~reached], gaps[~reached]
        if n_changed > 1:
            beam = _closest(beam, left, options)
        if len(beam) == 0:
            break
    return found[np.argsort(options.costs(found), kind="stable")][:_MOST_SHRUNK]


def _extensions(beam: FloatArray, options: MoveSet, *, only_later: bool) -> Iterator[FloatArray]:
    """The beam (b, moves) with one more input changed to each of its values to try."""
    changed = beam != options.own
    last = np.where(changed.any(axis=1), changed.shape[1] - 1 - changed[:, ::-1].argmax(axis=1), -1)
    yield np.empty((0, beam.shape[1]))
    for slot, move in enumerate(options.moves):
        free = ~changed[:, slot] & ((last < slot) | (not only_later))
        widened = np.repeat(beam[free], len(move.grid), axis=0)
        widened[:, slot] = np.tile(move.grid, int(free.sum()))
        yield widened


def _closest(beam: FloatArray, gaps: FloatArray, options: MoveSet) -> FloatArray:
    """The patients nearest to the goal, few of each set of changed inputs."""
    order = np.argsort(gaps, kind="stable")
    return _few_per_set(beam[order], options, _PER_SET)[:BEAM_WIDTH]


def _cheapest_per_set(values: FloatArray, options: MoveSet, n: int) -> FloatArray:
    return _few_per_set(values[np.argsort(options.costs(values), kind="stable")], options, n)


def _few_per_set(values: FloatArray, options: MoveSet, n: int) -> FloatArray:
    """The first n of each set of changed inputs, in the order given."""
    if len(values) == 0:
        return values
    _, owner = np.unique(values != options.own, axis=0, return_inverse=True)
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], owner[order])
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values)) - starts
    return values[rank < n]


def _sets(values: FloatArray, options: MoveSet) -> BoolArray:
    """The distinct sets of changed inputs, (s, moves)."""
    return np.unique(values != options.own, axis=0)


def _shrink(goal: Goal, options: MoveSet, values: FloatArray) -> FloatArray:
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


def _prune(goal: Goal, options: MoveSet, values: FloatArray) -> FloatArray:
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
