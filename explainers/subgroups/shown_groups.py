"""Which groups are counted at the shares of a ladder: as they are, put together, or hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.disclosure.counts import CASES, FLAGGED_EVENTS, OutcomeCounts
from explainers.disclosure.suppression import decide_suppression
from explainers.subgroups.merged_groups import Parts, each_alone, merge_small_groups
from explainers.subgroups.share_ladder import RankedGroups, ShareLadder


def shown_groups(
    ranked: RankedGroups,
    positions: Sequence[IntArray],
    anchors: Sequence[int],
    start: ShareLadder,
) -> tuple[int, ShareLadder]:
    """Where the groups' ladder is laid out from, and which are put together and hidden there.

    As they are, if two can be shown; else put together, if that gives two; else from the next
    anchor on. Nothing is put together with what is hidden already: less the part that is shown
    elsewhere, it would be told.

    Parameters
    ----------
    ranked : RankedGroups
    positions : sequence of ndarray of shape (n,), length c
        Place of each patient in each ranking, 0 for the first.
    anchors : sequence of int
        How many people are selected, the first choice first.
    start : ShareLadder
        Whose groups stay together, and hidden.

    Returns
    -------
    tuple of int and ShareLadder
        The anchor, and the ladder to start from with these groups.
    """
    groups = ranked.merged(start.parts)
    alone = each_alone(len(groups.places))
    found = []
    for anchor in anchors:
        hidden = start.hidden | _hidden_at(groups, positions, anchor)
        found.append((anchor, alone, hidden))
        if (~hidden).sum() > 1:
            break
        parts = None if start.hidden.any() else _parts_at(groups, positions, anchor)
        if parts is not None:
            found.append((anchor, parts, np.zeros(len(parts), dtype=np.bool_)))
            break
    is_found = (~found[-1][2]).sum() > 1
    anchor, parts, hidden = found[-1 if is_found else 0]
    return anchor, replace(start, parts=_of_parts(start.parts, parts), hidden=hidden)


def _of_parts(parts: Parts, together: Parts) -> Parts:
    """Positions in the groups that were put together first, of those put together then."""
    return tuple(tuple(sorted(at for own in part for at in parts[own])) for part in together)


def _parts_at(ranked: RankedGroups, positions: Sequence[IntArray], n_selected: int) -> Parts | None:
    """Groups put together so that none has a small count by a ranking or an outcome."""
    counts = [own for table in _tables_at(ranked, positions, n_selected) for own in table]
    sizes = ranked.members.sum(axis=0)
    reference = next((at for at, own in enumerate(ranked.places) if own == ranked.reference), -1)
    counted = np.column_stack([sizes, *counts]).astype(np.int64)
    # A part of those that the table by group hides, beside one that it shows, would be told.
    hidden = _hidden_by(ranked, _tables_at(ranked, (), n_selected))
    return merge_small_groups(counted, ranked.n_bands, reference, ranked.floor, hidden)


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
    return _hidden_by(ranked, _tables_at(ranked, positions, n_selected))


def _hidden_by(ranked: RankedGroups, tables: Sequence[tuple[IntArray, IntArray]]) -> BoolArray:
    """The same by tables of which those of the outcomes come first."""
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
