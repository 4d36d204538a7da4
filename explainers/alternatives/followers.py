"""What else changes when one input of a patient does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np

from explainers.alternatives.concept_ties import ConceptTie
from explainers.alternatives.relations import Relation
from explainers.core.arrays import FloatArray
from explainers.core.schema import Column


class Follower(Protocol):
    """An input that is worked out from those that changed."""

    @property
    def position(self) -> int:
        """In the encoded matrix."""
        ...

    @property
    def is_exact(self) -> bool:
        """Whether real patients have no other value; exact ones are worked out first."""
        ...

    def solve(self, rows: FloatArray) -> FloatArray:
        """Its value (n,) in encoded rows (n, p)."""
        ...


@dataclass(frozen=True)
class ExactFollower:
    """An input that follows from the others of a relation, such as body mass index."""

    is_exact: ClassVar[bool] = True

    relation: Relation
    position: int

    def solve(self, rows: FloatArray) -> FloatArray:
        """Its value (n,) in encoded rows (n, p)."""
        return self.relation.solve(rows, self.position)


@dataclass(frozen=True)
class TiedFollower:
    """An input that stays as far from what its concept lets expect as it is in the patient.

    ``departure`` is the patient's own, in the input's unit.
    """

    is_exact: ClassVar[bool] = False

    tie: ConceptTie
    departure: float

    @property
    def position(self) -> int:
        """In the encoded matrix."""
        return self.tie.position

    def solve(self, rows: FloatArray) -> FloatArray:
        """Its value (n,) in encoded rows (n, p)."""
        return self.tie.expected(rows) + self.departure


@dataclass
class FollowerPlan:
    """Per leading input what follows it, in the order of working out; and who cannot move."""

    of: dict[int, list[Follower]] = field(default_factory=dict)
    frozen: set[int] = field(default_factory=set)

    @property
    def carried(self) -> set[int]:
        """Inputs that never change by themselves."""
        return {follower.position for each in self.of.values() for follower in each}


def plan_followers(
    row: FloatArray,
    columns: Sequence[Column],
    relations: Sequence[Relation],
    ties: Sequence[ConceptTie],
) -> FollowerPlan:
    """Who leads and who follows among the inputs of a patient (p,).

    A relation that the patient's own values already break, or that has a missing member, binds
    nothing; nor does a tie with a missing member.
    """
    plan = FollowerPlan()
    for relation in relations:
        _add_exact(plan, row, columns, relation)
    _add_tied(plan, row, columns, ties)
    return plan


def _add_exact(
    plan: FollowerPlan, row: FloatArray, columns: Sequence[Column], relation: Relation
) -> None:
    """Of a relation the input recorded with the fewest distinct values follows."""
    if np.isnan(row[list(relation.members)]).any() or relation.is_broken(row):
        return
    movable = [at for at in relation.members if columns[at].actionable]
    if len(movable) < 2:
        plan.frozen.update(movable)
        return
    fineness = dict(zip(relation.members, relation.n_distinct, strict=True))
    carried = min(movable, key=lambda at: fineness[at])
    for at in movable:
        if at != carried:
            plan.of.setdefault(at, []).append(ExactFollower(relation, carried))


def _add_tied(
    plan: FollowerPlan, row: FloatArray, columns: Sequence[Column], ties: Sequence[ConceptTie]
) -> None:
    """Of closely tied inputs one leads: one that others follow exactly, else the first."""
    close = {tie.position: tie for tie in ties if tie.is_close and tie.is_known(row)}
    free = [
        at
        for at, column in enumerate(columns)
        if column.actionable and at not in plan.frozen | plan.carried and not np.isnan(row[at])
    ]
    leads: list[int] = []
    for at in sorted(free, key=lambda at: at not in plan.of):
        leading = [lead for lead in leads if at in close and lead in close[at].others]
        if not leading:
            leads.append(at)
        for lead in leading:
            own = float(row[at] - close[at].expected(row[None, :])[0])
            plan.of.setdefault(lead, []).append(TiedFollower(close[at], own))
