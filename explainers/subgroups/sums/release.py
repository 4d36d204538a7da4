"""What of the sums by group may leave the place where the patients are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from explainers.core.arrays import FloatArray, IntArray
from explainers.disclosure.bins import merge_small_bins
from explainers.disclosure.counts import CASES, FLAGGED_EVENTS, FLAGGED_OTHERS, check_floor
from explainers.disclosure.suppression import Decision
from explainers.performance.risk_sums import RiskSums
from explainers.subgroups.sums.groups import GroupSums, NamedSums
from explainers.subgroups.sums.tables import Summed
from explainers.subgroups.threshold_counts import FLOORS_FOR_CURVE

_ALL = (CASES, FLAGGED_EVENTS, FLAGGED_OTHERS)
# Sums are released to the nearest 2^-16, about 0.000015 of a patient: all their digits together
# would tell who is behind them to somebody who holds a list of risks.
_RELEASED_BITS = 16
_WITHHELD = GroupSums(None)


@dataclass(frozen=True)
class Released:
    """What may leave: edges of bins of everybody and of the groups, and their sums."""

    edges: FloatArray
    group_edges: FloatArray
    everybody: GroupSums
    groups: NamedSums


def release_groups(
    summed: Summed, edges: FloatArray, thresholds: Sequence[float], floor: int
) -> Released:
    """Withhold what is small, or would give away what is small.

    Parameters
    ----------
    summed : Summed
    edges : ndarray of shape (b + 1,)
    thresholds : sequence of float
        At which people can be counted now; the first stays an edge where any can.
    floor : int

    Raises
    ------
    SettingsError
        When the floor is lower than 11.
    """
    check_floor(floor)
    decisions = [summed.decide(threshold, floor) for threshold in thresholds]
    is_binned = [
        _is_large(own.known_risk, floor)
        and not any(decision.hides_group(at, _ALL) for decision in decisions)
        for at, (_, own) in enumerate(summed.groups)
    ]
    own = summed.everybody.known_risk.known_bins
    finest = _merge_within([own.events, own.others], edges, thresholds, floor)
    fine = None if finest is None else edges[finest]
    coarse = None if fine is None else _shared_edges(summed, is_binned, fine, thresholds, floor)
    groups = tuple(
        (
            place,
            _WITHHELD
            if any(decision.hides_group(at, (CASES,)) for decision in decisions)
            else _released(own, coarse if is_binned[at] else None),
        )
        for at, (place, own) in enumerate(summed.groups)
    )
    whole = edges[[0, -1]]
    return Released(
        whole if fine is None else fine,
        whole if coarse is None else coarse,
        _everybody(summed, decisions, fine),
        groups,
    )


def _everybody(
    summed: Summed, decisions: Sequence[Decision], edges: FloatArray | None
) -> GroupSums:
    if any(decision.hides_overall((CASES,)) for decision in decisions):
        return _WITHHELD
    hides_flags = any(decision.hides_overall(_ALL) for decision in decisions)
    return _released(summed.everybody, None if hides_flags else edges)


def _released(group: GroupSums, edges: FloatArray | None) -> GroupSums:
    rounded = group.rounded(_RELEASED_BITS)
    return rounded.without_bins() if edges is None else rounded.coarsened(edges)


def _is_large(risk: RiskSums, floor: int) -> bool:
    """One small group would leave all others with hardly a bin, since all share the same ones."""
    return min(risk.n_events, risk.n_others) >= FLOORS_FOR_CURVE * floor


def _shared_edges(
    summed: Summed,
    is_binned: Sequence[bool],
    edges: FloatArray,
    thresholds: Sequence[float],
    floor: int,
) -> FloatArray | None:
    """Edges at which no binned group, nor all others together, shows a few people."""
    bins = [own.known_risk.known_bins.coarsened(edges) for _, own in summed.groups]
    parts = [own for own, one in zip(bins, is_binned, strict=True) if one]
    rest = [own for own, one in zip(bins, is_binned, strict=True) if not one]
    if not parts:
        return None
    columns = [kind for own in parts for kind in (own.events, own.others)]
    if rest:
        columns += [np.sum([own.events for own in rest], axis=0)]
        columns += [np.sum([own.others for own in rest], axis=0)]
    starts = _merge_within(columns, edges, thresholds, floor)
    return None if starts is None else edges[starts]


def _merge_within(
    columns: Sequence[FloatArray], edges: FloatArray, thresholds: Sequence[float], floor: int
) -> IntArray | None:
    """Merge bins of every kind (b,) each, across thresholds only where nothing else would do."""
    counts = np.column_stack(columns).astype(np.int64)
    for kept in (thresholds, thresholds[:1], ()):
        starts = _merge_between(counts, np.flatnonzero(np.isin(edges, kept)), floor)
        if starts is not None:
            return starts
    return None


def _merge_between(counts: IntArray, cuts: IntArray, floor: int) -> IntArray | None:
    """Merge bins (b, c) without merging across the cuts, or None."""
    bounds = [0, *cuts.tolist(), len(counts)]
    merged = [
        (first, merge_small_bins(counts[first:last], floor)) for first, last in pairwise(bounds)
    ]
    if any(starts is None for _, starts in merged):
        return None
    parts = [first + starts[:-1] for first, starts in merged if starts is not None]
    return np.array([*np.concatenate(parts), len(counts)], dtype=np.int64)
