"""Shares at which people may be selected, and the ranked patients that they are laid out for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, takewhile

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.subgroup import Slice
from explainers.subgroups.merged_groups import (
    Parts,
    each_alone,
    merged_members,
    merged_name,
)

# A share is told to a hundredth.
STEPS = 100
USUAL_SHARE = 0.10


@dataclass(frozen=True, eq=False)
class RankedGroups:
    """n patients in the order of each of c rankings, with groups and outcomes.

    Attributes
    ----------
    orders : tuple of ndarray of shape (n,), length c
        Rows from the highest to the lowest, one order for each outcome.
    labels : ndarray of shape (n, c)
        Outcomes, 1 and 0; those that a schema makes of others stand behind them.
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
            n_bands=sum(1 for _ in takewhile(lambda part: part[-1] < self.n_bands, parts)),
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
    events : tuple of tuple of tuple of int, length c, each of length c
        By ranking and outcome: how many are selected where it may be shown who has it.
    in_need : tuple of bool, length c
        By outcome: whether the groups' shares of the people with it may be shown.
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
    events: tuple[tuple[tuple[int, ...], ...], ...]
    in_need: tuple[bool, ...]
    both: Mapping[tuple[int, int], tuple[int, ...]]
    recorded: tuple[int, ...]
    needs: tuple[tuple[int, ...], ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """The shares, ascending."""
        return tuple(map(self.share_of, self.n_selected))

    def share_of(self, n_selected: int) -> float:
        """The share of which that many are selected, to a hundredth."""
        return round(STEPS * n_selected / self.n) / STEPS

    @classmethod
    def free(cls, ranked: RankedGroups, n_selected: tuple[int, ...]) -> ShareLadder:
        """Everything shown at each of these, with no group hidden; for a ladder to start from."""
        n_labels = len(ranked.orders)
        each = (n_selected,) * n_labels
        return cls(
            n=ranked.n,
            n_selected=n_selected,
            parts=each_alone(len(ranked.places)),
            hidden=np.zeros(len(ranked.places), dtype=np.bool_),
            events=(each,) * n_labels,
            in_need=(True,) * n_labels,
            both=dict.fromkeys(combinations(range(n_labels), 2), n_selected),
            recorded=n_selected,
            needs=each,
        )

    def of_labels(self, chosen: Sequence[int]) -> ShareLadder:
        """The same shares and groups, for some of the rankings and outcomes in another order."""
        return replace(
            self,
            events=tuple(tuple(self.events[at][own] for own in chosen) for at in chosen),
            in_need=tuple(self.in_need[own] for own in chosen),
            both={
                (first, second): self.both[_ascending(chosen[first], chosen[second])]
                for first, second in combinations(range(len(chosen)), 2)
            },
            needs=tuple(self.needs[at] for at in chosen),
        )

    def nearest(self, wanted: float) -> int:
        """How many to select for a share; of two as near the fewer."""
        return min(self.n_selected, key=lambda own: abs(own - wanted * self.n))


def _ascending(first: int, second: int) -> tuple[int, int]:
    return min(first, second), max(first, second)
