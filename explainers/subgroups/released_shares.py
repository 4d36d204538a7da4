"""Which shares of the patients may be selected, and which groups are counted at them.

Figures at two shares can be subtracted: what is left are the people ranked between them. So people
are selected at the shares of a ladder only, between two of which nobody or at least the floor of
each counted group, of all other patients together and of those with and without each outcome lie,
by every ranking. Who is hidden at one share is hidden at all, and groups that are put together at
one share are together at all. Which outcomes somebody asks to see changes none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.disclosure.bins import merge_small_bins
from explainers.disclosure.counts import (
    SMALLEST_CELL,
    RowFloor,
    is_small,
    lowest_floor,
)
from explainers.disclosure.sums import sum_kinds
from explainers.subgroups.merged_groups import merged_members
from explainers.subgroups.related_outcomes import cells_told_apart, related_pairs
from explainers.subgroups.share_ladder import STEPS, USUAL_SHARE, RankedGroups, ShareLadder
from explainers.subgroups.shown_groups import shown_groups

# The ladder of groups is laid out around the first of these at which two of them may be shown.
ANCHORS = (USUAL_SHARE, 0.20, 0.30, 0.40, 0.50)


def release_shares(
    ranked: RankedGroups, recorded: IntArray, need: FloatArray
) -> ShareLadder | None:
    """Lay out the ladder.

    First it is laid out for everybody, around the usual share and whatever the attribute, so that
    what is shown of everybody beside one attribute and beside another cannot be subtracted; then
    coarsened for the groups. With a higher floor it is a coarser one of that for 11 people, so that
    nothing is shown that could be held against what is shown there.

    Parameters
    ----------
    ranked : RankedGroups
        With every outcome that could be asked for.
    recorded : ndarray of shape (n,)
        Rows from the most recorded need to the least. It coarsens a part of the ladder only: which
        shares there are does not depend on what need is measured by.
    need : ndarray of shape (n,)
        Recorded need. Its sums of the people between two shares are protected as counts are.

    Returns
    -------
    ShareLadder or None
        None where the floor allows no share at all.
    """
    steps = np.round(np.linspace(0, ranked.n, STEPS + 1)).astype(np.int64)
    free = ShareLadder.free(ranked, tuple(np.unique(steps)[1:-1].tolist()))
    lowest = lowest_floor(ranked.floor)
    if ranked.floor == lowest:
        return _coarser(ranked, free, recorded, need)
    is_rows = isinstance(ranked.floor, RowFloor)
    floor = RowFloor(lowest, SMALLEST_CELL, lowest) if is_rows else lowest
    start = _coarser(replace(ranked, floor=floor), free, recorded, need)
    return None if start is None else _coarser(ranked, start, recorded, need)


def _coarser(
    ranked: RankedGroups, start: ShareLadder, recorded: IntArray, need: FloatArray
) -> ShareLadder | None:
    """The ladder for a floor, with no share and no group that the one to start from has not."""
    floor = ranked.floor
    positions = [_positions(order) for order in ranked.orders]
    ends = _ends(start.n, start.n_selected)
    if len(ends) < 3:
        return None
    anchor = _nearest(ends[1:-1], USUAL_SHARE * ranked.n)
    cells, is_told = _outcome_cells(ranked, positions, anchor)
    ends = _merged(ends, cells, anchor, floor)
    if len(ends) < 3:
        return None
    told = (start, ends, anchor)
    start = replace(
        start,
        events=_events(ranked, positions, is_told, told),
        both=_both(positions, told, floor),
        needs=_needs(positions, need, told, floor),
    )
    anchors = dict.fromkeys(_nearest(ends[1:-1], share * ranked.n) for share in ANCHORS)
    anchor, start = shown_groups(ranked, positions, tuple(anchors), start)
    groups = _with_rest(merged_members(ranked.members, start.parts), start.hidden)
    ends = _merged(ends, [(place, groups) for place in positions], anchor, floor)
    if len(ends) < 3:
        return None
    by_need = [(_positions(recorded), groups)]
    return replace(
        start,
        n_selected=tuple(ends[1:-1].tolist()),
        in_need=_in_need(ranked, groups, start),
        recorded=_told(start.recorded, by_need, (start, ends, anchor), floor),
    )


Cells = tuple[IntArray, FloatArray]
# A ladder to start from, shares of it between which to tell, and the one to lay out from.
Start = tuple[ShareLadder, IntArray, int]


def _events(
    ranked: RankedGroups, positions: Sequence[IntArray], is_told: BoolArray, told: Start
) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """By ranking and outcome: ends at which is told who has it, alone or beside the others."""
    start = told[0]
    related = related_pairs(ranked.labels)
    kinds = {own: cells_told_apart(ranked.labels, pairs) for own, pairs in related.items()}
    found = []
    for at, place in enumerate(positions):
        by_outcome: list[tuple[int, ...]] = []
        for own, earlier in enumerate(start.events[at]):
            cells = [(place, kinds[own])] if own in kinds else []
            kept = _told(earlier, cells, told, ranked.floor) if is_told[at, own] else ()
            by_outcome.append(kept)
        found.append(tuple(by_outcome))
    return tuple(found)


def _both(
    positions: Sequence[IntArray], told: Start, floor: int
) -> dict[tuple[int, int], tuple[int, ...]]:
    """Ends at which those whom two rankings both select, and those whom neither does, are told."""
    everyone = np.ones((len(positions[0]), 1))
    found = {}
    for (first, second), earlier in told[0].both.items():
        pair = (positions[first], positions[second])
        sides = [(np.maximum(*pair), everyone), (np.minimum(*pair), everyone)]
        found[first, second] = _told(earlier, sides, told, floor)
    return found


def _needs(
    positions: Sequence[IntArray], need: FloatArray, told: Start, floor: int
) -> tuple[tuple[int, ...], ...]:
    """By ranking: ends at which the mean need of the selected is told."""
    kinds = sum_kinds(need)
    return tuple(
        _told(earlier, [(place, kinds)], told, floor)
        for place, earlier in zip(positions, told[0].needs, strict=True)
    )


def _in_need(ranked: RankedGroups, groups: FloatArray, start: ShareLadder) -> tuple[bool, ...]:
    """By outcome: whether it tells, beside the others, of enough people of each group (n, g)."""
    related = related_pairs(ranked.labels)
    found = []
    for own, was_told in enumerate(start.in_need):
        cells = cells_told_apart(ranked.labels, related.get(own, ()))
        counts = (cells.T @ groups).astype(np.int64)
        found.append(was_told and not is_small(counts, ranked.floor).any())
    return tuple(map(bool, found))


def _positions(order: IntArray) -> IntArray:
    """Place (n,) of each patient in an order, 0 for the first."""
    found = np.empty(len(order), dtype=np.int64)
    found[order] = np.arange(len(order))
    return found


def _ends(n: int, n_selected: tuple[int, ...]) -> IntArray:
    return np.array([0, *n_selected, n], dtype=np.int64)


def _told(
    earlier: tuple[int, ...], cells: Sequence[Cells], told: Start, floor: int
) -> tuple[int, ...]:
    """Those of the ends at which it was told before, and between which no cell is too small."""
    start, ends, anchor = told
    kept = np.intersect1d(ends, _ends(start.n, earlier))
    if cells:
        kept = _merged(kept, cells, anchor, floor)
    return tuple(kept[1:-1].tolist())


def _outcome_cells(
    ranked: RankedGroups, positions: Sequence[IntArray], anchor: int
) -> tuple[list[Cells], BoolArray]:
    """Who has and has not each outcome by each ranking, and whether it is told at all, (c, c)."""
    n_outcomes = len(ranked.orders)
    is_told = np.zeros((n_outcomes, n_outcomes), dtype=np.bool_)
    cells: list[Cells] = [(positions[0], np.ones((ranked.n, 1)))]
    for at, place in enumerate(positions):
        for own in range(n_outcomes):
            kinds = np.column_stack([ranked.labels[:, own], 1.0 - ranked.labels[:, own]])
            is_told[at, own] = not _is_told_of_few(place, kinds, anchor, ranked.floor)
            if is_told[at, own]:
                cells.append((place, kinds))
    return cells, is_told


def _is_told_of_few(place: IntArray, kinds: FloatArray, n_selected: int, floor: int) -> bool:
    """Whether few people of a kind (n, k) are selected, or few are not."""
    selected = kinds[place < n_selected].sum(axis=0)
    counts = np.concatenate([selected, kinds.sum(axis=0) - selected]).astype(np.int64)
    return bool(is_small(counts, floor).any())


def _merged(ends: IntArray, cells: Sequence[Cells], anchor: int, floor: int) -> IntArray:
    """Those of the ends (b + 1,) between which every cell has nobody or enough people.

    Merged from the anchor outwards where both its sides may be told.
    """
    counts = np.column_stack([_counted(ends, place, kinds) for place, kinds in cells])
    at = int(np.searchsorted(ends, anchor))
    below, above = merge_small_bins(counts[:at][::-1], floor), merge_small_bins(counts[at:], floor)
    if below is not None and above is not None:
        starts = np.concatenate([(at - below)[::-1][:-1], at + above])
    else:
        whole = merge_small_bins(counts, floor)
        starts = np.array([0, len(ends) - 1]) if whole is None else whole
    merged: IntArray = ends[starts]
    return merged


def _counted(ends: IntArray, place: IntArray, kinds: FloatArray) -> IntArray:
    """People of each kind (n, k) between each two ends, (b, k)."""
    between = np.searchsorted(ends, place, side="right") - 1
    columns = [np.bincount(between, own, len(ends) - 1) for own in kinds.T]
    return np.column_stack(columns).astype(np.int64)


def _with_rest(members: BoolArray, hidden: BoolArray) -> FloatArray:
    """Who is in each group shown, and in all others together."""
    rest = members[:, hidden].any(axis=1)
    return np.column_stack([members[:, ~hidden], rest]).astype(np.float64)


def _nearest(ends: IntArray, wanted: float) -> int:
    return int(ends[np.argmin(np.abs(ends - wanted))])
