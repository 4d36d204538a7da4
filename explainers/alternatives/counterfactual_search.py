"""The search behind counterfactuals: all changes of one input, then of two, and so on by beam."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from explainers.alternatives.minimal_changes import Goal, prune, shrink
from explainers.alternatives.moves import MoveSet
from explainers.core.arrays import BoolArray, FloatArray

BEAM_WIDTH = 30
# Invented patients of one set of changed inputs that go on to the next round.
_PER_SET = 2
_MOST_SHRUNK = 40


def search(
    goal: Goal, options: MoveSet, max_changed: int, enough: int, farthest: float
) -> tuple[FloatArray, bool]:
    """Values (k, moves) of the movable inputs that reach the goal, each minimal and usual.

    Also says whether the goal was reached at all, be it by changes that lead too far out.

    Every change of one input is looked at before any of two. Undoing any one change of an answer
    leaves the goal; no answer changes all the inputs that another one does.

    Parameters
    ----------
    goal : Goal
    options : MoveSet
    max_changed : int
        Most inputs changed at once, not counting those worked out from them.
    enough : int
        Answers after which no further input is added.
    farthest : float
        Largest distance of an answer to its k-th nearest real patient.
    """
    found = np.empty((0, len(options.moves)))
    tried, beam = options.singles(), options.own[None, :]
    has_reached = False
    for n_changed in range(1, min(max_changed, len(options.moves)) + 1):
        if n_changed > 1:
            # Pairs are made from all single changes, in one order only; later rounds from the best.
            tried = np.vstack(list(_extensions(beam, options, only_later=n_changed == 2)))
            tried = tried[~_covers(tried, found, options)]
        rows, is_allowed = options.rows(tried)
        tried, gaps = tried[is_allowed], goal.gaps(rows[is_allowed])
        reached = gaps < 0
        has_reached |= bool(reached.any())
        fresh = np.vstack([found, _usual_answers(goal, options, tried[reached], farthest)])
        found = _without_supersets(fresh, options)
        beam = _next_beam(tried[~reached], gaps[~reached], options, n_changed)
        if len(found) >= enough or len(beam) == 0:
            break
    return found, has_reached


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


def _next_beam(left: FloatArray, gaps: FloatArray, options: MoveSet, n_changed: int) -> FloatArray:
    """What is widened next: single changes to a value of the grid, else those nearest to the goal.

    Of those nearest to the goal few have the same set of changed inputs.
    """
    if n_changed > 1:
        return _few_per_set(left[np.argsort(gaps, kind="stable")], options, _PER_SET)[:BEAM_WIDTH]
    is_coarse = np.zeros(len(left), dtype=bool)
    for slot, move in enumerate(options.moves):
        is_coarse |= np.isin(left[:, slot], move.grid)
    return left[is_coarse]


def _usual_answers(
    goal: Goal, options: MoveSet, reached: FloatArray, farthest: float
) -> FloatArray:
    """For each set of changed inputs the cheapest minimal answer that is not too far out.

    The smallest changes are tried first; where they lead too far from real patients, larger ones.
    """
    if len(reached) == 0:
        return reached
    kept = _few_per_set(_cheapest_first(reached, options), options, _PER_SET)[:_MOST_SHRUNK]
    both = prune(goal, options, np.vstack([shrink(goal, options, kept), kept]))
    both = _cheapest_first(np.unique(both, axis=0), options)
    rows, _ = options.rows(both)
    chosen: dict[bytes, int] = {}
    for at, row in enumerate(rows):
        changed = (both[at] != options.own).tobytes()
        if changed not in chosen and options.seen.kth_distance(row) <= farthest:
            chosen[changed] = at
    return both[list(chosen.values())]


def _cheapest_first(values: FloatArray, options: MoveSet) -> FloatArray:
    return values[np.argsort(options.costs(values), kind="stable")]


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


def _covers(values: FloatArray, answers: FloatArray, options: MoveSet) -> BoolArray:
    """Whether rows (n, moves) change all that any of the answers (k, moves) changes, (n,)."""
    return np.asarray(_inclusion(values, answers, options).any(axis=1), dtype=bool)


def _without_supersets(answers: FloatArray, options: MoveSet) -> FloatArray:
    """Answers that do not change all inputs that another one changes, and more."""
    included = _inclusion(answers, answers, options)
    np.fill_diagonal(included, val=False)
    return answers[~included.any(axis=1)]


def _inclusion(values: FloatArray, answers: FloatArray, options: MoveSet) -> BoolArray:
    """Whether all that an answer (k,) changes is also changed by a row (n,), (n, k)."""
    changed, sets = ((rows != options.own).astype(np.float64) for rows in (values, answers))
    return np.asarray(changed @ sets.T == sets.sum(axis=1), dtype=bool)
