"""Which shares of the patients may be selected, and which groups are counted at them.

Figures at two shares can be subtracted: what is left are the people ranked between them. So people
are selected at the shares of a ladder only, between two of which nobody or at least the floor of
each counted group, of all other patients together and of those with and without each outcome lie,
by every ranking. Who is hidden at one share is hidden at all, and groups that are put together at
one share are together at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.subgroup import Slice
from explainers.disclosure.bins import merge_small_bins
from explainers.disclosure.counts import CASES, FLAGGED_EVENTS, OutcomeCounts, is_small
from explainers.disclosure.sums import sum_kinds
from explainers.disclosure.suppression import decide_suppression
from explainers.subgroups.merged_groups import (
    Parts,
    each_alone,
    merge_small_groups,
    merged_members,
    merged_name,
)

USUAL_SHARE = 0.10
# The ladder of groups is laid out around the first of these at which two of them may be shown.
ANCHORS = (USUAL_SHARE, 0.20, 0.30, 0.40, 0.50)
_STEPS = 100


@dataclass(frozen=True, eq=False)
class RankedGroups:
    """n patients in the order of each of c rankings, with groups and outcomes.

    Attributes
    ----------
    orders : tuple of ndarray of shape (n,), length c
        Rows from the highest to the lowest, one order for each outcome.
    labels : ndarray of shape (n, c)
        Outcomes, 1 and 0.
    members : ndarray of shape (n, g)
        Whether a patient belongs to a group; each to exactly one.
    places : tuple of Slice, length g
    reference : Slice
        Hidden for the sake of another group only where no other would do.
    floor : int
        Smallest count that may be shown, 11 or more.
    n_bands : int
        How many of the groups, the first ones, are neighbouring bands of a number.
    """

    orders: tuple[IntArray, ...]
    labels: FloatArray
    members: BoolArray
    places: tuple[Slice, ...]
    reference: Slice
    floor: int
    n_bands: int = 0

    @property
    def n(self) -> int:
        """Patients."""
        return len(self.labels)

    def merged(self, parts: Parts) -> RankedGroups:
        """The same patients in groups put together; the reference is the one that holds it."""
        names = [place.label for place in self.places]
        by = self.reference.conditions[0][0]
        places = tuple(Slice(((by, merged_name(names, part)),)) for part in parts)
        return replace(
            self,
            members=merged_members(self.members, parts),
            places=places,
            reference=next(
                (
                    place
                    for place, part in zip(places, parts, strict=True)
                    if self.reference in [self.places[at] for at in part]
                ),
                self.reference,
            ),
            n_bands=0,
        )


@dataclass(frozen=True, eq=False)
class ShareLadder:
    """Shares at which people may be selected.

    Attributes
    ----------
    n : int
        Patients.
    n_selected : tuple of int
        How many are selected at each share, ascending.
    parts : tuple of tuple of int, length p
        Positions of the groups that are counted together, at all of them.
    hidden : ndarray of shape (p,)
        Which of these are shown at none of them.
    hides_events : ndarray of shape (c, c)
        By ranking and outcome: whether who has it among the selected is shown at none of them.
    both : Mapping from (int, int) to tuple of int
        By pair of rankings, the first before the second: how many are selected where it may be
        shown how many both select.
    recorded : tuple of int
        Those of ``n_selected`` at which groups may be shown by recorded need.
    needs : tuple of tuple of int, length c
        By ranking: how many are selected where the mean need of the selected may be shown.
    """

    n: int
    n_selected: tuple[int, ...]
    parts: Parts
    hidden: BoolArray
    hides_events: BoolArray
    both: Mapping[tuple[int, int], tuple[int, ...]]
    recorded: tuple[int, ...]
    needs: tuple[tuple[int, ...], ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """The shares, ascending."""
        return tuple(map(self.share_of, self.n_selected))

    def share_of(self, n_selected: int) -> float:
        """The share of which that many are selected, to a hundredth."""
        return round(_STEPS * n_selected / self.n) / _STEPS

    def nearest(self, wanted: float) -> int:
        """How many to select for a share; of two as near the fewer."""
        return min(self.n_selected, key=lambda own: abs(own - wanted * self.n))


def release_shares(
    ranked: RankedGroups, recorded: IntArray, need: FloatArray
) -> ShareLadder | None:
    """Lay out the ladder.

    First it is laid out for everybody, around the usual share and whatever the attribute, so that
    what is shown of everybody beside one attribute and beside another cannot be subtracted; then
    coarsened for the groups.

    Parameters
    ----------
    ranked : RankedGroups
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
    ends = np.unique(np.round(np.linspace(0, ranked.n, _STEPS + 1)).astype(np.int64))
    positions = [_positions(order) for order in ranked.orders]
    anchor = _nearest(ends[1:-1], USUAL_SHARE * ranked.n) if len(ends) > 2 else 0
    hides_events, cells = _outcome_cells(ranked, positions, anchor)
    ends = _merged(ends, cells, anchor, ranked.floor)
    if len(ends) < 3:
        return None
    both = _pairs(positions, ends, anchor, ranked.floor)
    kinds = sum_kinds(need)
    sums = [_merged(ends, [(at, kinds)], anchor, ranked.floor) for at in positions]
    anchor, parts, hidden = _shown_groups(ranked, positions, ends)
    groups = _with_rest(merged_members(ranked.members, parts), hidden)
    ends = _merged(ends, [(at, groups) for at in positions], anchor, ranked.floor)
    by_need = _merged(ends, [(_positions(recorded), groups)], anchor, ranked.floor)
    return ShareLadder(
        ranked.n,
        tuple(ends[1:-1].tolist()),
        parts,
        hidden,
        hides_events,
        both,
        tuple(by_need[1:-1].tolist()),
        tuple(tuple(own[1:-1].tolist()) for own in sums),
    )


Cells = tuple[IntArray, FloatArray]


def _positions(order: IntArray) -> IntArray:
    """Place (n,) of each patient in an order, 0 for the first."""
    found = np.empty(len(order), dtype=np.int64)
    found[order] = np.arange(len(order))
    return found


def _outcome_cells(
    ranked: RankedGroups, positions: Sequence[IntArray], anchor: int
) -> tuple[BoolArray, list[Cells]]:
    """Which outcomes are hidden by which ranking (c, c), and who has and has not the others."""
    n_outcomes = len(ranked.orders)
    hides = np.zeros((n_outcomes, n_outcomes), dtype=np.bool_)
    cells: list[Cells] = [(positions[0], np.ones((ranked.n, 1)))]
    for at, place in enumerate(positions):
        for own in range(n_outcomes):
            kinds = np.column_stack([ranked.labels[:, own], 1.0 - ranked.labels[:, own]])
            hides[at, own] = _is_told_of_few(place, kinds, anchor, ranked.floor)
            if not hides[at, own]:
                cells.append((place, kinds))
    return hides, cells


def _pairs(
    positions: Sequence[IntArray], ends: IntArray, anchor: int, floor: int
) -> dict[tuple[int, int], tuple[int, ...]]:
    """Ends at which those whom two rankings both select, and those whom neither does, are told."""
    everyone = np.ones((len(positions[0]), 1))
    found = {}
    for first, second in combinations(range(len(positions)), 2):
        pair = (positions[first], positions[second])
        sides = [(np.maximum(*pair), everyone), (np.minimum(*pair), everyone)]
        found[first, second] = tuple(_merged(ends, sides, anchor, floor)[1:-1].tolist())
    return found


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


def _shown_groups(
    ranked: RankedGroups, positions: Sequence[IntArray], ends: IntArray
) -> tuple[int, Parts, BoolArray]:
    """Where the groups' ladder is laid out from, which are put together and which hidden there.

    As they are, if two can be shown; else put together, if that gives two; else from the next
    share on.
    """
    alone = each_alone(len(ranked.places))
    anchors = dict.fromkeys(_nearest(ends[1:-1], share * ranked.n) for share in ANCHORS)
    found = []
    for anchor in anchors:
        found.append((anchor, alone, _hidden_at(ranked, positions, anchor)))
        if (~found[-1][2]).sum() > 1:
            return found[-1]
        parts = _parts_at(ranked, positions, anchor)
        if parts is not None:
            return anchor, parts, np.zeros(len(parts), dtype=np.bool_)
    return found[0]


def _parts_at(ranked: RankedGroups, positions: Sequence[IntArray], n_selected: int) -> Parts | None:
    """Groups put together so that none has a small count by a ranking or an outcome."""
    counts = [own for table in _tables_at(ranked, positions, n_selected) for own in table]
    sizes = ranked.members.sum(axis=0)
    reference = next((at for at, own in enumerate(ranked.places) if own == ranked.reference), -1)
    counted = np.column_stack([sizes, *counts]).astype(np.int64)
    return merge_small_groups(counted, ranked.n_bands, reference, ranked.floor)


def _tables_at(
    ranked: RankedGroups, positions: Sequence[IntArray], n_selected: int
) -> list[tuple[IntArray, IntArray]]:
    """People of each group with and without each outcome, then selected and not, (g,) each."""
    members = ranked.members.astype(np.int64)
    sizes = members.sum(axis=0)
    with_outcome = [members[own == 1.0].sum(axis=0) for own in ranked.labels.T]
    selected = [members[place < n_selected].sum(axis=0) for place in positions]
    return [(own, sizes - own) for own in (*with_outcome, *selected)]


def _hidden_at(ranked: RankedGroups, positions: Sequence[IntArray], n_selected: int) -> BoolArray:
    """Groups hidden for a small count by a ranking or an outcome, or for the sake of one."""
    tables = _tables_at(ranked, positions, n_selected)
    nobody = np.zeros(len(ranked.places), dtype=np.int64)
    n_outcomes = ranked.labels.shape[1]
    hidden = np.zeros(len(ranked.places), dtype=np.bool_)
    for at, (first, second) in enumerate(tables):
        counts = (
            OutcomeCounts(first, nobody, second, nobody)
            if at < n_outcomes
            else OutcomeCounts(first, second, nobody, nobody)
        )
        decision = decide_suppression(ranked.places, counts, ranked.floor, ranked.reference)
        hidden |= decision.groups[CASES] | decision.groups[FLAGGED_EVENTS]
    return hidden


def _with_rest(members: BoolArray, hidden: BoolArray) -> FloatArray:
    """Who is in each group shown, and in all others together."""
    rest = members[:, hidden].any(axis=1)
    return np.column_stack([members[:, ~hidden], rest]).astype(np.float64)


def _nearest(ends: IntArray, wanted: float) -> int:
    return int(ends[np.argmin(np.abs(ends - wanted))])
