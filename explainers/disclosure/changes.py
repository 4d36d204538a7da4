"""What may be shown of who changes sides between two ways of flagging the same patients.

Where a group's flags follow a cut on one and the same risk, figures at two cuts can be subtracted,
and what is left is the people between the cuts. So figures at a new cut are shown only where the
people between it and every cut whose figures are published are none, or at least the floor, with
and without the outcome. Models that were trained anew move patients both ways: what is left of
their subtracted figures belongs to nobody, and only the numbers of those who moved are withheld
where they are small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.disclosure.counts import FLAGGED_EVENTS, FLAGGED_OTHERS, Family, is_small
from explainers.disclosure.suppression import Decision

_OUTCOMES: tuple[Family, ...] = (FLAGGED_OTHERS, FLAGGED_EVENTS)


@dataclass(frozen=True)
class Crossing:
    """Patients of k groups by outcome, by a flag whose figures are published, and by the new flag.

    Attributes
    ----------
    counts : ndarray of shape (k, 2, 2, 2)
        By outcome, earlier flag and new flag; no before yes on each axis.
    hidden : Mapping from Family to ndarray of shape (k,)
        Groups whose earlier figures are not published.
    """

    counts: IntArray
    hidden: Mapping[Family, BoolArray]

    def of(self, family: Family) -> IntArray:
        """Counts (k, 2, 2) of those with, or of those without the outcome."""
        return self.counts[:, _OUTCOMES.index(family)]

    def moved(self, family: Family) -> BoolArray:
        """Groups (k,) in which somebody changes sides."""
        own = self.of(family)
        return np.asarray((own[:, 0, 1] + own[:, 1, 0]) > 0, dtype=np.bool_)


@dataclass(frozen=True)
class ChangeDecision:
    """What must stay hidden.

    Attributes
    ----------
    figures : Decision
        Of the statistics under the new flags.
    people : Decision
        Of the numbers of those who change sides, and of all that is made from them.
    """

    figures: Decision
    people: Decision


def decide_changes(
    before: Decision, after: Decision, crossings: Sequence[Crossing], *, is_cut: bool
) -> ChangeDecision:
    """Decide what may be shown of new flags beside the old.

    Parameters
    ----------
    before, after : Decision
        For each of the two flags on its own, of the same k groups.
    crossings : sequence of Crossing
        With the old flags first, then with every other flag made by a cut on the old risk.
    is_cut : bool
        Whether the new flags, too, are made by cuts on the old risk, one in each group.
    """
    floor = after.floor
    figures, people = after, after
    for family in _OUTCOMES:
        hidden = before.groups[family] | after.groups[family]
        everybody = before.overall[family] or after.overall[family]
        few = [
            _is_few(crossing, family, floor) & ~crossing.hidden[family] for crossing in crossings
        ]
        old = crossings[0]
        total = old.of(family).sum(axis=0)
        shown = hidden | np.any(few, axis=0) if is_cut else hidden
        # Everybody less the groups shown would give away the people of the others who moved.
        everybody_shown = everybody or (
            is_cut and bool((shown & old.moved(family)).any() or is_small(total, floor).any())
        )
        counted = shown | few[0]
        everybody_counted = everybody_shown or bool(
            (counted & old.moved(family)).any() or is_small(total, floor).any()
        )
        figures = _hide(figures, family, shown, everybody=everybody_shown)
        people = _hide(people, family, counted, everybody=everybody_counted)
    return ChangeDecision(figures, people)


def _is_few(crossing: Crossing, family: Family, floor: int) -> BoolArray:
    """Groups (k,) in which one of the four counts is too small to show."""
    return np.asarray(is_small(crossing.of(family), floor).any(axis=(1, 2)), dtype=np.bool_)


def _hide(decision: Decision, family: Family, groups: BoolArray, *, everybody: bool) -> Decision:
    return replace(
        decision,
        overall={**decision.overall, family: everybody},
        groups={**decision.groups, family: groups},
    )
