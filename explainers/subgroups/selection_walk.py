"""One resample of patients counted: a compiled walk over cells, and over the marginal patients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.compiled import compiled

NEVER, NEAR, ALWAYS = 0, 1, 2
# Rows of persons who are drawn together weigh fractions, whose sums are not exact.
ROUNDING = 1e-6


class Cells(NamedTuple):
    """What is known of m cells of patients, for r rankings, c outcomes and g groups.

    Attributes
    ----------
    state : ndarray of shape (m, r)
        Whether a cell is selected in no resample, in some or in all.
    group : ndarray of shape (m,)
    label : ndarray of shape (m, c)
        Outcomes, 1 and 0.
    level : ndarray of shape (m,)
        Where its need lies: the higher the sicker.
    near : ndarray of shape (q,)
        Cells near the cut, from the highest to the lowest, ranking by ranking.
    start : ndarray of shape (r + 1,)
        Where those of each ranking begin.
    is_bound : ndarray of shape (v, g)
        Whether people of a group are told apart who lie below the upper end of a level and above.
    limits : ndarray of shape (g, 2)
        The levels at whose ends the last swap must lie; -1 and v where nothing is left out.
    favoured, n_selected : int
    """

    state: IntArray
    group: IntArray
    label: FloatArray
    level: IntArray
    near: IntArray
    start: IntArray
    is_bound: BoolArray
    limits: IntArray
    favoured: int
    n_selected: int


class Tally(NamedTuple):
    """Counts of one resample, written by the walk; as of one draw of ``SelectionCounts``."""

    groups: FloatArray
    everybody: FloatArray
    events: FloatArray
    all_events: FloatArray
    need: FloatArray
    both: FloatArray
    swapped: FloatArray


@compiled
def count_draw(cells: Cells, weights: FloatArray, need: FloatArray, tally: Tally) -> bool:
    """Count one resample.

    Parameters
    ----------
    cells : Cells
    weights, need : ndarray of shape (m,)
        How often patients of each cell were drawn, and their need added up.
    tally : Tally
        Zeros, written to.

    Returns
    -------
    bool
        False where a cut, or the last swap, lies outside what the cells tell apart.
    """
    n_cells, n_rankings = cells.state.shape
    top = np.zeros((n_cells, n_rankings))
    for ranking in range(n_rankings):
        if not _select(cells, weights, ranking, top):
            return False
    for cell in range(n_cells):
        if weights[cell] > 0.0:
            _add_cell(cells, cell, weights[cell], need[cell], top, tally)
    return cells.favoured < 0 or _count_swaps(cells, weights, top, tally.swapped)


@compiled
def _select(cells: Cells, weights: FloatArray, ranking: int, top: FloatArray) -> bool:
    """Select from the top until as many are selected as shall be."""
    room = float(cells.n_selected)
    for cell in range(len(weights)):
        if cells.state[cell, ranking] == ALWAYS:
            top[cell, ranking] = weights[cell]
            room -= weights[cell]
    if room < 0.0:
        return False
    for at in range(cells.start[ranking], cells.start[ranking + 1]):
        if room <= 0.0:
            break
        cell = cells.near[at]
        taken = min(room, weights[cell])
        top[cell, ranking] = taken
        room -= taken
    return room <= 0.0


@compiled
def _add_cell(
    cells: Cells, cell: int, weight: float, need: float, top: FloatArray, tally: Tally
) -> None:
    group, label = cells.group[cell], cells.label[cell]
    tally.everybody[group] += weight
    for outcome in range(len(label)):
        tally.all_events[outcome] += weight * label[outcome]
    for ranking in range(top.shape[1]):
        taken = top[cell, ranking]
        if taken == 0.0:
            continue
        tally.groups[ranking, group] += taken
        tally.need[ranking] += need * taken / weight
        for outcome in range(len(label)):
            tally.events[ranking, outcome] += taken * label[outcome]
        for other in range(top.shape[1]):
            tally.both[ranking, other] += min(taken, top[cell, other])


@compiled
def _count_swaps(cells: Cells, weights: FloatArray, top: FloatArray, swapped: FloatArray) -> bool:
    """As ``count_swaps``; at both limits the last swap must be seen to lie between them."""
    n_levels, n_groups = cells.is_bound.shape
    people = np.zeros((n_levels, n_groups))
    for cell in range(len(weights)):
        group = cells.group[cell]
        taken = top[cell, 0]
        moving = taken if group == cells.favoured else weights[cell] - taken
        people[cells.level[cell], group] += moving
    for group in range(n_groups):
        if group == cells.favoured:
            continue
        healthier, sicker = 0.0, people[:, group].sum()
        for level in range(n_levels):
            healthier += people[level, cells.favoured]
            sicker -= people[level, group]
            if cells.is_bound[level, group]:
                swapped[group] = max(swapped[group], min(healthier, sicker))
            if level == cells.limits[group, 0] and healthier > sicker + ROUNDING:
                return False
            if level == cells.limits[group, 1] and healthier + ROUNDING < sicker:
                return False
    return True
