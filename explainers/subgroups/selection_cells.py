"""Many patients as few cells: resamples are counted at a cost that hardly grows with patients.

A resample of n patients moves the cut of a ranking by some multiple of the square root of n ranks.
Far from it a patient is selected in every resample or in none, so those who are alike in what is
counted form one cell, and how many of a cell are drawn is multinomial. The patients near a cut keep
a cell each. The last swap moves no further, in need, so levels of need are kept apart near it only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.subgroups.selection_walk import ALWAYS, NEAR, NEVER, Cells
from explainers.subgroups.selections import Ranked

# Up to so many patients every one keeps a cell of its own.
FEWEST_IN_CELLS = 10_000
# Standard deviations of the cut, and of where the last swap is, that cells are kept apart for; both
# are looked at in each resample, and doubled where one was too few.
_CUT_WIDTH, _SWAP_WIDTH = 6.0, 4.0
_FEW_LEVELS = 64
# Shares of the patients at which levels of need begin where there are more.
_NEED_STEPS = (0.001, 0.01, *(at / 16 for at in range(1, 16)), 0.99, 0.999)


@dataclass(frozen=True, eq=False)
class CellsOfPatients:
    """Cells, and which of them each of n patients is in.

    Attributes
    ----------
    cells : Cells
    of_patient : ndarray of shape (n,)
    need : ndarray of shape (n,)
    """

    cells: Cells
    of_patient: IntArray
    need: FloatArray

    @property
    def n_cells(self) -> int:
        """How many cells."""
        return len(self.cells.group)

    def added(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Draws and need of each cell, (m,) each, given how often each patient was drawn, (n,)."""
        n_cells = self.n_cells
        drawn = np.bincount(self.of_patient, weights, n_cells).astype(np.float64)
        need = np.bincount(self.of_patient, weights * self.need, n_cells)
        return drawn, need.astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Levels:
    """Level of need (n,) of each patient, and what ``Cells`` holds of levels."""

    of_patient: IntArray
    is_bound: BoolArray
    limits: IntArray


def make_cells(ranked: Ranked, width: float = 1.0) -> CellsOfPatients:
    """Put patients into cells, kept apart ``width`` times as far from the cuts as is usual."""
    n = len(ranked.need)
    states = np.column_stack([_states(order, ranked, width) for order in ranked.orders])
    group = np.argmax(ranked.members, axis=1).astype(np.int64)
    levels = _levels(ranked, group, states[:, 0], width)
    of_patient = _numbered(states, (levels.of_patient, group, *ranked.labels.T.astype(np.int64)))
    first = np.empty(int(of_patient.max()) + 1, dtype=np.int64)
    first[of_patient[::-1]] = np.arange(n)[::-1]
    near = [order[states[order, at] == NEAR] for at, order in enumerate(ranked.orders)]
    cells = Cells(
        state=states[first],
        group=group[first],
        label=np.ascontiguousarray(ranked.labels[first], dtype=np.float64),
        level=levels.of_patient[first],
        near=of_patient[np.concatenate(near)],
        start=np.cumsum([0, *map(len, near)]),
        is_bound=levels.is_bound,
        limits=levels.limits,
        favoured=ranked.favoured,
        n_selected=ranked.n_selected,
    )
    return CellsOfPatients(cells, of_patient, np.asarray(ranked.need, dtype=np.float64))


def _states(order: IntArray, ranked: Ranked, width: float) -> IntArray:
    """Whether each patient (n,) is selected never, in some resamples or always."""
    n, chosen = len(order), ranked.n_selected
    far = n if n <= FEWEST_IN_CELLS else int(np.ceil(width * _CUT_WIDTH * _deviation(chosen, n)))
    states = np.full(n, NEAR, dtype=np.int64)
    states[order[: max(chosen - far, 0)]] = ALWAYS
    states[order[chosen + far :]] = NEVER
    return states


def _deviation(count: int, n: int) -> float:
    """Standard deviation of how many of n draws are of ``count`` patients."""
    return float(np.sqrt(count * (n - count) / n))


def _numbered(states: IntArray, kinds: tuple[IntArray, ...]) -> IntArray:
    """Cell (n,) of each patient, from 0: by states and kinds; one each for those near a cut."""
    is_near = (states == NEAR).any(axis=1)
    key = np.zeros(len(states), dtype=np.int64)
    for kind in (*states.T, *kinds):
        key = key * (int(kind.max()) + 1) + kind
    alike = np.unique(key[~is_near], return_inverse=True)[1]
    found = np.empty(len(key), dtype=np.int64)
    found[is_near] = np.arange(is_near.sum())
    found[~is_near] = is_near.sum() + alike
    return found


def _levels(ranked: Ranked, group: IntArray, state: IntArray, width: float) -> _Levels:
    """Levels of need, as fine as the swap of each group asks for."""
    distinct, code = np.unique(ranked.need, return_inverse=True)
    n_bounds, n_groups = len(distinct) - 1, ranked.members.shape[1]
    usual = _usual_bounds(code, n_bounds)
    bounds = np.repeat(usual[:, None], n_groups, axis=1)
    limits = np.tile(np.array([-1, n_bounds]), (n_groups, 1))
    # Who can take no part in a swap needs no finer level than the usual ones.
    takes_part = np.where(group == ranked.favoured, state != NEVER, state != ALWAYS)
    if ranked.favoured >= 0 and not usual.all():
        for at in range(n_groups):
            if at != ranked.favoured:
                pair = takes_part & ((group == at) | (group == ranked.favoured))
                limits[at] = _limits(ranked, code, (n_bounds, at), width)
                first, last = limits[at]
                bounds[:, at] |= _bounds_between(first, last, code[pair], n_bounds)
    told = bounds.any(axis=1)
    bounds[:, ranked.favoured] = told
    number = np.concatenate([np.cumsum(told) - told, [told.sum()]])
    level = _level_of(code, usual, number)
    for at in range(n_groups):
        own = takes_part & (group == at)
        level[own] = _level_of(code[own], bounds[:, at], number)
    is_bound = np.vstack([bounds[told], np.zeros((1, n_groups), dtype=np.bool_)])
    return _Levels(level, is_bound, np.where(limits < 0, -1, number[limits]))


def _usual_bounds(code: IntArray, n_bounds: int) -> BoolArray:
    """Bounds between distinct needs (d,) that are kept for all: every one of few."""
    if n_bounds < _FEW_LEVELS or len(code) <= FEWEST_IN_CELLS:
        return np.ones(n_bounds, dtype=np.bool_)
    up_to = np.cumsum(np.bincount(code))
    kept = np.zeros(n_bounds, dtype=np.bool_)
    kept[np.minimum(np.searchsorted(up_to, np.array(_NEED_STEPS) * len(code)), n_bounds - 1)] = True
    return kept


def _bounds_between(first: int, last: int, code: IntArray, n_bounds: int) -> BoolArray:
    """Both limits, and between them the bounds (d,) above the need of anybody of these."""
    found = np.bincount(code, minlength=n_bounds + 1)[:-1] > 0
    found[: max(first, 0)] = False
    found[last + 1 :] = False
    found[[at for at in (first, last) if 0 <= at < n_bounds]] = True
    return found


def _limits(ranked: Ranked, code: IntArray, at: tuple[int, int], width: float) -> tuple[int, int]:
    """First and last bound between which the last swap of a group lies in every resample."""
    n_bounds, group = at
    selected = np.zeros(len(code), dtype=np.bool_)
    selected[ranked.orders[0][: ranked.n_selected]] = True
    going = selected & (ranked.members[:, ranked.favoured] > 0)
    coming = ~selected & (ranked.members[:, group] > 0)
    healthier = np.cumsum(np.bincount(code[going], minlength=n_bounds + 1))[:-1]
    sicker = coming.sum() - np.cumsum(np.bincount(code[coming], minlength=n_bounds + 1))[:-1]
    cut = _deviation(ranked.n_selected, len(code))
    far = width * _SWAP_WIDTH * (np.sqrt(healthier + sicker) + cut)
    early = np.flatnonzero(healthier - sicker < -far)
    late = np.flatnonzero(healthier - sicker > far)
    return (
        int(early[-1]) if len(early) else -1,
        int(late[0]) if len(late) else n_bounds,
    )


def _level_of(code: IntArray, bounds: BoolArray, number: IntArray) -> IntArray:
    """Level of each patient: that which ends at the first of these bounds above their need."""
    ends = np.append(np.flatnonzero(bounds), len(bounds))
    level: IntArray = number[ends[np.searchsorted(ends, code)]]
    return level
