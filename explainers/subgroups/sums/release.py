"""What of the sums by group may leave the place where the patients are.

Files that were released of the same patients by other attributes, thresholds or floors can be held
against each other. So the edges of everybody's bins depend on the patients and the declared
threshold only, those of every attribute are among them, and groups by two attributes have people
counted at the declared threshold alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.disclosure.counts import (
    CASES,
    FLAGGED_EVENTS,
    FLAGGED_OTHERS,
    SMALLEST_CELL,
    check_floor,
)
from explainers.disclosure.suppression import Decision
from explainers.performance.risk_bins import RiskBins, merge_together
from explainers.performance.risk_sums import RiskSums, standard_edges
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


def release_groups(summed: Summed, edges: FloatArray, declared: float, floor: int) -> Released:
    """Withhold what is small, or would give away what is small.

    Parameters
    ----------
    summed : Summed
    edges : ndarray of shape (b + 1,)
    declared : float
        The threshold declared for the model; it stays an edge where the counts allow it.
    floor : int

    Raises
    ------
    SettingsError
        When the floor is lower than 11.
    """
    fine: FloatArray | None = _universal(edges, declared)
    coarse = fine
    # What a higher floor shows must be some of what the lowest one does.
    for own in dict.fromkeys((SMALLEST_CELL, check_floor(floor))):
        decision = summed.decide(declared, own)
        is_binned = _binned(summed, decision)
        fine = None if fine is None else _ladder(summed.everybody, fine, declared, own)
        coarse = _shared_edges(summed, is_binned, _both(coarse, fine), declared, own)
    groups = tuple(
        (
            place,
            _WITHHELD
            if decision.hides_group(at, (CASES,))
            else _released(own_sums, coarse if is_binned[at] else None),
        )
        for at, (place, own_sums) in enumerate(summed.groups)
    )
    whole = edges[[0, -1]]
    return Released(
        whole if fine is None else fine,
        whole if coarse is None else coarse,
        _everybody(summed, decision, fine),
        groups,
    )


def _binned(summed: Summed, decision: Decision) -> list[bool]:
    """Which groups have their people counted by risk."""
    return [
        _is_large(own.known_risk, decision.floor) and not decision.hides_group(at, _ALL)
        for at, (_, own) in enumerate(summed.groups)
    ]


def _both(first: FloatArray | None, second: FloatArray | None) -> FloatArray | None:
    return None if first is None or second is None else np.intersect1d(first, second)


def _everybody(summed: Summed, decision: Decision, edges: FloatArray | None) -> GroupSums:
    if decision.hides_overall((CASES,)):
        return _WITHHELD
    return _released(summed.everybody, None if decision.hides_overall(_ALL) else edges)


def _released(group: GroupSums, edges: FloatArray | None) -> GroupSums:
    rounded = group.rounded(_RELEASED_BITS)
    return rounded.without_bins() if edges is None else rounded.coarsened(edges)


def _is_large(risk: RiskSums, floor: int) -> bool:
    """One small group would leave all others with hardly a bin, since all share the same ones."""
    return min(risk.n_events, risk.n_others) >= FLOORS_FOR_CURVE * floor


def _universal(edges: FloatArray, declared: float) -> FloatArray:
    """Of our edges those that every file of these patients starts from.

    Bins that somebody made wider would be merged otherwise than those of the next one; then there
    is the declared threshold alone.
    """
    standard = standard_edges([declared])
    if np.isin(standard, edges).all():
        return standard
    return edges[[0, *np.flatnonzero(edges == declared), -1]]


def _ladder(
    everybody: GroupSums, edges: FloatArray, declared: float, floor: int
) -> FloatArray | None:
    """Edges between which nobody or enough people lie, whatever groups are asked for."""
    bins = everybody.known_risk.known_bins.coarsened(edges)
    starts = merge_together([bins], floor, declared)
    return None if starts is None else edges[starts]


def _shared_edges(
    summed: Summed,
    is_binned: Sequence[bool],
    edges: FloatArray | None,
    declared: float,
    floor: int,
) -> FloatArray | None:
    """Edges at which no binned group, nor all others together, shows a few people."""
    if edges is None or not any(is_binned):
        return None
    if any(len(place.conditions) > 1 for place, _ in summed.groups):
        # Such a group and the one of a single attribute that it is part of share no other edge.
        edges = edges[np.isin(edges, [edges[0], declared, edges[-1]])]
    # The threshold may be no edge of everybody's, but figures of groups are published at it.
    known = summed.everybody.known_risk.known_bins.edges
    fine = np.union1d(edges, known[known == declared])
    nobody = np.zeros(len(fine) - 1)
    parts, rest = [], RiskBins(fine, nobody, nobody)
    for (_, group), one in zip(summed.groups, is_binned, strict=True):
        own = group.known_risk.known_bins.coarsened(fine)
        if one:
            parts.append(own)
        else:
            rest = rest + own
    starts = merge_together([*parts, rest], floor, declared)
    return None if starts is None else np.intersect1d(fine[starts], edges)
