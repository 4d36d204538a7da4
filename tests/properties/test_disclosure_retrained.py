"""An attacker who reads a mitigation that trained anew: before, after, and who changed sides.

Two models move patients both ways, so their figures are two tables of the same groups with each
patient in one cell of both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from explainers.core import Slice
from explainers.disclosure import SMALLEST_CELL, Decision, Family, OutcomeCounts, decide_suppression
from explainers.disclosure.changes import ChangeDecision, Crossing, decide_changes

FAMILIES: tuple[Family, ...] = ("flagged_others", "flagged_events")
Side = int | None


def draw_cells(seed: int) -> np.ndarray:
    """Patients of 2 to 5 groups by outcome, earlier flag and new flag; few change sides."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 6))
    sides = np.array([[0.6, 0.08], [0.05, 0.27]]) * rng.uniform(0.3, 1.8, (k, 2, 2, 2))
    shares = rng.dirichlet([0.7] * k)[:, None] * rng.dirichlet([3, 2])
    expected = shares[:, :, None, None] * sides
    return np.asarray(rng.poisson(expected / expected.sum() * rng.choice([200, 500, 1200])))


def decide(cells: np.ndarray) -> tuple[Decision, ChangeDecision]:
    """Of the earlier flags, and of the new ones beside them."""
    places = [Slice((("group", str(at)),)) for at in range(len(cells))]
    before, after = (
        decide_suppression(
            places, OutcomeCounts(own[:, 1, 1], own[:, 1, 0], own[:, 0, 1], own[:, 0, 0])
        )
        for own in (cells.sum(axis=3), cells.sum(axis=2))
    )
    hidden = {family: before.groups[family] | before.groups["cases"] for family in FAMILIES}
    return before, decide_changes(before, after, [Crossing(cells, hidden)], is_cut=False)


@dataclass
class Reader:
    """Equations on one outcome's patients by group and both flags."""

    own: np.ndarray
    known: dict[bytes, tuple[np.ndarray, float]] = field(default_factory=dict)

    def people(self, group: Side, was: Side = None, now: Side = None) -> np.ndarray:
        who = np.zeros(self.own.shape)
        who[tuple(slice(None) if at is None else at for at in (group, was, now))] = 1.0
        return who.ravel()

    def learn(self, who: np.ndarray) -> None:
        self.known[who.tobytes()] = (who, float(who @ self.own.ravel()))

    def is_sure(self, who: np.ndarray) -> bool:
        rows, totals = (np.array(part) for part in zip(*self.known.values(), strict=True))
        ends = []
        for sign in (1.0, -1.0):
            solved = milp(
                sign * who,
                constraints=LinearConstraint(rows, totals, totals),
                bounds=Bounds(0.0, 5000.0),
                integrality=np.ones(len(who)),
            )
            assert solved.success, solved.message
            ends.append(round(sign * solved.fun))
        return ends[0] > 0 and ends[1] < SMALLEST_CELL


def hides(decision: Decision, group: Side, family: Family) -> bool:
    asked = ("cases", family)
    if group is None:
        return decision.hides_overall(asked)
    return decision.hides_group(group, asked)


def read(
    reader: Reader,
    family: Family,
    decisions: tuple[Decision, ChangeDecision],
    *,
    tells_all_changes: bool,
) -> None:
    before, after = decisions
    for group in (None, *range(len(reader.own))):
        if not hides(before, group, "cases"):
            reader.learn(reader.people(group))
        for flag in (0, 1):
            if not hides(before, group, family):
                reader.learn(reader.people(group, flag))
            if not hides(after.figures, group, family):
                reader.learn(reader.people(group, None, flag))
            if tells_all_changes or not hides(after.people, group, family):
                reader.learn(reader.people(group, flag, 1 - flag))


def attack(seed: int, *, tells_all_changes: bool = False) -> list[tuple[object, ...]]:
    cells = draw_cells(seed)
    decisions, found = decide(cells), []
    for outcome, family in enumerate(FAMILIES):
        reader = Reader(cells[:, outcome])
        read(reader, family, decisions, tells_all_changes=tells_all_changes)
        for asked in product((None, *range(len(cells))), (None, 0, 1), (None, 0, 1)):
            who = reader.people(*asked)
            is_few = 0 < who @ reader.own.ravel() < SMALLEST_CELL
            if reader.known and is_few and reader.is_sure(who):
                found.append((family, *asked))
    return found


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_small_count_follows_from_a_model_that_was_trained_anew(seed: int) -> None:
    """Prevents those who changed sides, or a withheld group's, from being what two tables leave."""
    assert attack(seed) == []


def test_the_attacker_succeeds_where_all_who_change_sides_are_told() -> None:
    """An attacker that never succeeds would prove nothing."""
    assert attack(0, tells_all_changes=True) != []
