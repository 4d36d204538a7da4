"""What may be shown of the groups that a search found, beside one another and every table.

Groups that were found overlap and nest, with one another and with the groups of the tables. Their
figures are those of the confirmation half, and those of both halves together stand in the tables:
what is left is the other half. All of that is held against each other at once, for the tables by
each one and two of the attributes that the groups are made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.core.study import Study
from explainers.core.subgroup import Slice
from explainers.disclosure.counts import (
    CASES,
    FLAGGED_EVENTS,
    FLAGGED_OTHERS,
    Family,
    is_small,
)
from explainers.disclosure.overlaps import gives_away
from explainers.disclosure.suppression import decide_suppression
from explainers.performance.labelled_risk import LabelledRisk
from explainers.subgroups.outcome_counts import count_outcomes, reference_slice
from explainers.subgroups.slices import make_slices

# What may be shown of a group, the most first; nothing at all where it is withheld.
Shown = frozenset[Family]
CHOICES: tuple[Shown, ...] = (
    frozenset({CASES, FLAGGED_EVENTS, FLAGGED_OTHERS}),
    frozenset({CASES, FLAGGED_EVENTS}),
    frozenset({CASES}),
    frozenset(),
)
Part = tuple[int | None, int | None, int | None]
# Half, outcome and flag of a patient; those whom a count is of, by None where it is of both.
_PARTS = tuple(product((0, 1), repeat=3))
_SOME = (None, 0, 1)
_LOOKED_AT: tuple[Part, ...] = tuple(product(_SOME, _SOME, _SOME))
_FAMILY_PARTS: dict[Family, tuple[tuple[int | None, int | None], ...]] = {
    CASES: ((1, None), (0, None)),
    FLAGGED_EVENTS: ((1, 1), (1, 0)),
    FLAGGED_OTHERS: ((0, 1), (0, 0)),
}


@dataclass(frozen=True)
class Patients:
    """The n labelled patients of a study.

    Attributes
    ----------
    study : Study
    is_confirming, is_event, is_flagged : ndarray of shape (n,)
    floor : int
    """

    study: Study
    is_confirming: BoolArray
    is_event: BoolArray
    is_flagged: BoolArray
    floor: int


def decide_slices(
    patients: Patients, members: Sequence[BoolArray], attributes: Sequence[str]
) -> tuple[Shown, ...]:
    """What of each group may be shown, in the order in which they were brought.

    Parameters
    ----------
    patients : Patients
    members : sequence of ndarray of shape (n,)
        Who is in each group, in both halves.
    attributes : sequence of str
        Groupings of the schema that the groups are made of.
    """
    pairs: list[tuple[str, ...]] = [*combinations(attributes, 2)] or [tuple(attributes)]
    tables = [_Tables.of(patients, by) for by in pairs]
    possible = [_possible(patients, own) for own in members]
    best = [choices[0] for choices in possible]
    if not _gives_away(tables, members, best):
        return tuple(best)
    decided: list[Shown] = []
    for at, choices in enumerate(possible):
        # Nothing more of a group is always safe.
        best_left = next(
            choice
            for choice in choices
            if not choice or not _gives_away(tables, members[: at + 1], [*decided, choice])
        )
        decided.append(best_left)
    return tuple(decided)


def _possible(patients: Patients, is_member: BoolArray) -> list[Shown]:
    """What of a group has no small count of its own, nor of everybody else's; the most first."""
    sides = [own & patients.is_confirming for own in (is_member, ~is_member)]
    small = {
        family
        for family, parts in _FAMILY_PARTS.items()
        for own in sides
        for kind, flag in parts
        if _is_small(patients, own, kind, flag)
    }
    return [choice for choice in CHOICES if not choice & small]


def _is_small(patients: Patients, is_member: BoolArray, kind: int | None, flag: int | None) -> bool:
    for wanted, own in ((kind, patients.is_event), (flag, patients.is_flagged)):
        if wanted is not None:
            is_member = is_member & (own == bool(wanted))
    return bool(is_small(np.array([is_member.sum()]), patients.floor)[0])


def _gives_away(
    tables: Sequence[_Tables], members: Sequence[BoolArray], shown: Sequence[Shown]
) -> bool:
    kept = [(own, of) for own, of in zip(members, shown, strict=True) if of]
    return any(one.gives_away(kept) for one in tables)


@dataclass(frozen=True)
class _Tables:
    """The tables by one or two attributes, by each alone and of everybody.

    Attributes
    ----------
    groups : ndarray of shape (g, n)
        Who is in each of their groups.
    shown : tuple of Shown, length g
        What is published of it.
    cell : ndarray of shape (n,)
        The group by all attributes at once that each patient is in.
    """

    patients: Patients
    groups: BoolArray
    shown: tuple[Shown, ...]
    cell: IntArray

    @classmethod
    def of(cls, patients: Patients, by: tuple[str, ...]) -> _Tables:
        # Everybody is the table by nothing; the last table is the finest.
        every = [names for size in range(len(by) + 1) for names in combinations(by, size)]
        tables = [_Table.of(patients, names) for names in every]
        groups = np.vstack([table.members for table in tables])
        shown = tuple(own for table in tables for own in table.shown)
        return cls(patients, groups, shown, np.argmax(tables[-1].members, axis=0))

    def gives_away(self, slices: Sequence[tuple[BoolArray, Shown]]) -> bool:
        """Whether these groups beside the tables give a small count away."""
        cells = self.cell
        for own, _ in slices:
            cells = 2 * cells + own
        _, first, of = np.unique(cells, return_index=True, return_inverse=True)
        half, kind, flag = (
            own.astype(np.int64)
            for own in (
                self.patients.is_confirming,
                self.patients.is_event,
                self.patients.is_flagged,
            )
        )
        counts = np.bincount(
            len(_PARTS) * of + 4 * half + 2 * kind + flag, minlength=len(_PARTS) * len(first)
        )
        groups = self.groups[:, first]
        sides = [side for own, _ in slices for side in (own[first], ~own[first])]
        published = [*self._published(groups), *_published_slices(slices, sides)]
        everybody = np.ones(len(first), dtype=bool)
        published += [_crossed(everybody, (side, None, None)) for side in (0, 1)]
        wanted = _wanted(_looked_at(groups, sides), counts, self.patients.floor)
        return gives_away(counts, np.array(published), wanted, self.patients.floor)

    def _published(self, groups: BoolArray) -> Iterator[BoolArray]:
        for own, shown in zip(groups, self.shown, strict=True):
            for family in shown:
                for kind, flag in _FAMILY_PARTS[family]:
                    yield _crossed(own, (None, kind, flag))


@dataclass(frozen=True)
class _Table:
    """One table: its groups (k, n), and what is published of each."""

    members: BoolArray
    shown: tuple[Shown, ...]

    @classmethod
    def of(cls, patients: Patients, by: tuple[str, ...]) -> _Table:
        study = patients.study
        everyone = ((Slice(), np.ones(len(study.cohort), dtype=bool)),)
        slices = make_slices(study, by) if by else everyone
        is_labelled = study.is_labelled
        members = np.array([own[is_labelled] for _, own in slices])
        everybody = LabelledRisk.of_study(study)
        counts = count_outcomes([everybody.select(own) for own in members], study.threshold)
        places = [place for place, _ in slices]
        decision = decide_suppression(places, counts, patients.floor, reference_slice(study, by))
        shown = tuple(
            frozenset(one for one in CHOICES[0] if not decision.hides_group(at, (CASES, one)))
            for at in range(len(members))
        )
        return cls(members, shown)


def _published_slices(
    slices: Sequence[tuple[BoolArray, Shown]], sides: Sequence[BoolArray]
) -> Iterator[BoolArray]:
    for at, (_, shown) in enumerate(slices):
        for side in sides[2 * at : 2 * at + 2]:
            for family in shown:
                for kind, flag in _FAMILY_PARTS[family]:
                    yield _crossed(side, (1, kind, flag))


def _wanted(sets: BoolArray, counts: IntArray, floor: int) -> BoolArray:
    """The sets (s, c) by half, outcome and flag that are small, as cells (t, 8 c)."""
    parts = np.array([_inside(part) for part in _LOOKED_AT])
    by_part = counts.reshape(-1, len(_PARTS)) @ parts.T.astype(np.int64)
    sizes = (sets.astype(np.float64) @ by_part).astype(np.int64)
    at, of = np.nonzero(is_small(sizes, floor))
    found: BoolArray = (sets[at][:, :, None] & parts[of][:, None, :]).reshape(-1, len(counts))
    return found


def _looked_at(groups: BoolArray, sides: Sequence[BoolArray]) -> BoolArray:
    """Groups, slices, what is in one and outside of another, and what three slices share."""
    found = [*groups, *sides]
    found += [own & side for own in groups for side in sides]
    for size in (2, 3):
        found += [np.logical_and.reduce(some) for some in combinations(sides, size)]
    return np.unique(np.array(found), axis=0)


def _crossed(who: BoolArray, part: Part) -> BoolArray:
    """Those (c,) of some halves, outcomes and flags, as cells (8 c,)."""
    return (who[:, None] & _inside(part)).ravel()


def _inside(part: Part) -> BoolArray:
    """Which of the eight kinds of patients a part holds."""
    fits = [
        all(want is None or want == own for want, own in zip(part, one, strict=True))
        for one in _PARTS
    ]
    return np.array(fits)
