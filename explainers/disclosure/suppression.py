"""What may be shown of a table by group: the one place that decides.

Primary suppression hides a group's counts where one of them is of 1 to 10 people. Complementary
suppression hides further groups until no hidden count is forced to be that small by what is
published: the other groups, everybody, and the tables of each attribute on its own where
attributes are crossed. The decision depends on the patients and the threshold only, never on which
metrics were asked for, so that two tables of the same groups never contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from explainers.core.arrays import BoolArray
from explainers.core.estimate import Estimate
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.disclosure.counts import (
    CASES,
    FLAGGED_EVENTS,
    FLAGGED_OTHERS,
    SMALLEST_CELL,
    Family,
    OutcomeCounts,
    check_floor,
    is_small,
    lowest_floor,
    too_few,
)
from explainers.disclosure.crossings import follows_from_margins
from explainers.disclosure.protection import Published

__all__ = ["SMALLEST_CELL", "Decision", "decide_suppression", "suppress_table", "withheld"]

_FAMILIES: tuple[Family, ...] = (CASES, FLAGGED_EVENTS, FLAGGED_OTHERS)
_CROSSED = 2
Hidden = Mapping[Family, BoolArray]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """Which counts must stay hidden, for everybody and for each group.

    Attributes
    ----------
    overall : Mapping from Family to bool
    groups : Mapping from Family to ndarray of shape (k,)
    floor : int
        Smallest count that may be shown.
    """

    overall: Mapping[Family, bool]
    groups: Hidden
    floor: int

    @property
    def reason(self) -> str:
        """One wording for every hidden value: which kind it is would be a clue."""
        return (
            "Withheld: a count behind it, or behind a group that it would give away, is"
            f" {too_few(self.floor)}."
        )

    def hides_overall(self, reveals: Sequence[Family]) -> bool:
        """Whether a statistic that reveals these counts is withheld for everybody."""
        return any(self.overall[family] for family in reveals)

    def hiding_flags(self, *, groups: BoolArray, overall: bool) -> Decision:
        """The same, with who was flagged hidden of these groups, (k,), and maybe of everybody.

        For a threshold beside another whose figures are published: the people between the two
        follow by subtraction.
        """
        flags = (FLAGGED_EVENTS, FLAGGED_OTHERS)
        return replace(
            self,
            overall={**self.overall, **{own: self.overall[own] or overall for own in flags}},
            groups={**self.groups, **{own: self.groups[own] | groups for own in flags}},
        )

    def hiding_cases_of(self, other: Decision) -> Decision:
        """The same, with hidden which cases another decision on these groups hides.

        For a threshold beside another one: cases are the same at both, and the table at one must
        not show what the other hides for the sake of a third.
        """
        return replace(
            self,
            overall={**self.overall, CASES: self.overall[CASES] or other.overall[CASES]},
            groups={**self.groups, CASES: self.groups[CASES] | other.groups[CASES]},
        )

    def hides_group(self, position: int, reveals: Sequence[Family]) -> bool:
        """Whether it is withheld for the group at that position."""
        return any(bool(self.groups[family][position]) for family in reveals)


@dataclass(frozen=True)
class _Finest:
    """The groups asked about, by all attributes at once."""

    keys: tuple[Key, ...]
    counts: OutcomeCounts
    reference: Key
    floor: int


@dataclass(frozen=True)
class _Level:
    """The groups by one set of attributes, with what is hidden of them."""

    attributes: tuple[int, ...]
    keys: tuple[Key, ...]
    counts: OutcomeCounts
    is_reference: BoolArray
    hidden: Hidden

    def membership(self, finer: tuple[Key, ...], at: Sequence[int]) -> BoolArray:
        """Which of the finer groups (k) belong to each group of this level (m), (m, k)."""
        position = {key: row for row, key in enumerate(self.keys)}
        inside = np.zeros((len(self.keys), len(finer)), dtype=bool)
        for column, key in enumerate(finer):
            inside[position[tuple(key[part] for part in at)], column] = True
        return inside


def decide_suppression(
    slices: Sequence[Slice],
    counts: OutcomeCounts,
    floor: int = SMALLEST_CELL,
    reference: Slice | None = None,
) -> Decision:
    """Decide what to hide.

    Parameters
    ----------
    slices : sequence of Slice, length k
        Groups that together hold every patient once; all by the same attributes.
    counts : OutcomeCounts
        Their counts, (k,) each.
    floor : int
        Smallest count that may be shown, 11 or more.
    reference : Slice, optional
        The group that others are compared with; hidden for the sake of another group only where
        no other would do.

    Raises
    ------
    SettingsError
        When the floor is lower than 11.
    """
    decision = _decide_at(slices, counts, check_floor(floor), reference)
    lowest = lowest_floor(floor)
    if floor == lowest:
        return decision
    return _nested(decision, _decide_at(slices, counts, lowest, reference))


def _nested(decision: Decision, lowest: Decision) -> Decision:
    """The decision, with hidden what the lowest floor hides.

    Tables at two floors can be held against each other: one could show the group that the other
    hides for the sake of a third.
    """
    return replace(
        decision,
        overall={own: decision.overall[own] or lowest.overall[own] for own in _FAMILIES},
        groups={own: decision.groups[own] | lowest.groups[own] for own in _FAMILIES},
    )


def _decide_at(
    slices: Sequence[Slice], counts: OutcomeCounts, floor: int, reference: Slice | None
) -> Decision:
    """The decision at one floor without regard to any other."""
    keys = tuple(tuple(label for _, label in place.conditions) for place in slices)
    kept = () if reference is None else tuple(label for _, label in reference.conditions)
    finest = _Finest(keys, counts, kept, floor)
    n_attributes = len(keys[0]) if keys else 0
    levels: list[_Level] = []
    for size in range(n_attributes + 1):
        for attributes in combinations(range(n_attributes), size):
            levels.append(_decide_level(attributes, finest, levels))
    order = {key: row for row, key in enumerate(levels[-1].keys)}
    rows = [order[key] for key in keys]
    return Decision(
        overall={family: bool(levels[0].hidden[family].any()) for family in _FAMILIES},
        groups={family: levels[-1].hidden[family][rows] for family in _FAMILIES},
        floor=floor,
    )


def suppress_table(
    table: SubgroupTable, decision: Decision, reveals: Sequence[Family]
) -> SubgroupTable:
    """The table with every estimate replaced that may not be shown."""
    overall = table.overall
    if decision.hides_overall(reveals):
        overall = withheld(table.metric, decision)
    groups = tuple(
        (place, withheld(table.metric, decision) if hides else estimate)
        for (place, estimate), hides in zip(
            table.groups,
            (decision.hides_group(at, reveals) for at in range(len(table.groups))),
            strict=True,
        )
    )
    return SubgroupTable(table.metric, overall, groups, table.reference_group)


def withheld(metric: str, decision: Decision) -> Estimate:
    """An estimate that is not shown."""
    return Estimate.suppressed(metric, decision.reason)


def _decide_level(
    attributes: tuple[int, ...], finest: _Finest, decided: Sequence[_Level]
) -> _Level:
    """Decide for the groups by some of the attributes, given all coarser tables."""
    of_finest = [tuple(key[at] for at in attributes) for key in finest.keys]
    keys = tuple(dict.fromkeys(of_finest))
    inside = np.array([[own == key for own in of_finest] for key in keys], dtype=bool)
    counts = finest.counts.summed(inside.reshape(len(keys), len(of_finest)))
    reference = tuple(finest.reference[at] for at in attributes) if finest.reference else None
    level = _Level(attributes, keys, counts, np.array([key == reference for key in keys]), {})
    coarser = [
        (other, other.membership(keys, [attributes.index(at) for at in other.attributes]))
        for other in decided
        if set(other.attributes) < set(attributes)
    ]
    for family in _FAMILIES:
        hidden = _decide_family(family, level, coarser, finest.floor)
        if hidden is not None and _tells_of_margins(family, level, hidden):
            hidden = np.ones(len(keys), dtype=np.bool_) if family != CASES else None
        if hidden is None:
            # No choice of groups protects every count: nothing of this table is shown.
            everything = np.ones(len(keys), dtype=bool)
            return replace(level, hidden=dict.fromkeys(_FAMILIES, everything))
        level = replace(level, hidden={**level.hidden, family: hidden})
    return level


def _decide_family(
    family: Family,
    level: _Level,
    coarser: Sequence[tuple[_Level, BoolArray]],
    floor: int,
) -> BoolArray | None:
    """Hidden groups (k,) of one family, or None where no choice would protect it."""
    pair = level.counts.pair(family)
    hidden = np.asarray(is_small(pair, floor).any(axis=1), dtype=np.bool_)
    each = np.eye(len(pair), dtype=bool)
    sums_known = each[:0]
    if family != CASES:
        hidden |= level.hidden[CASES]
        # Who has the outcome is published wherever cases are, even if who was flagged is not.
        of_unions = [
            unions[other.hidden[family] & ~other.hidden[CASES]] for other, unions in coarser
        ]
        sums_known = np.vstack([each[~level.hidden[CASES]], *of_unions])
    if not coarser:
        return hidden
    pairs_known = np.vstack([unions[~other.hidden[family]] for other, unions in coarser])
    targets = np.vstack([each, *(unions[other.hidden[family]] for other, unions in coarser)])
    published = Published(pair, level.is_reference, pairs_known, sums_known)
    return _protect(published, hidden, targets, floor)


def _tells_of_margins(family: Family, level: _Level, hidden: BoolArray) -> bool:
    """Whether crossed groups that hold nobody let others follow at every threshold.

    Groups by each attribute alone are counted at many thresholds, and by mitigations at others.
    """
    if len(level.attributes) != _CROSSED:
        return False
    positions = [
        np.unique([key[part] for key in level.keys], return_inverse=True)[1]
        for part in range(_CROSSED)
    ]
    may_hold = (level.counts.pair(family) > 0) | hidden[:, None]
    return any(follows_from_margins(positions[0], positions[1], own) for own in may_hold.T)


def _protect(
    published: Published, hidden: BoolArray, targets: BoolArray, floor: int
) -> BoolArray | None:
    """Hide further groups until every small count among the targets (m, k) is protected."""
    for target in targets:
        small = is_small(target.astype(np.int64) @ published.counts, floor)
        for kind in np.flatnonzero(small):
            further = published.groups_to_hide(hidden, target, int(kind), floor)
            if further is None:
                return None
            hidden = hidden | further
    return hidden
