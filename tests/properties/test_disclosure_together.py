"""An attacker who reads the groups of a model and the label choice of the same patients.

Both tell how many people a group has, and how many of them have the outcome; each hides some groups
for the sake of others, and label choice puts some together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from explainers.core.subgroup import Slice
from explainers.disclosure import SMALLEST_CELL, OutcomeCounts, decide_suppression
from explainers.subgroups import shown_groups
from explainers.subgroups.merged_groups import merged_members
from explainers.subgroups.released_shares import release_shares
from explainers.subgroups.share_ladder import RankedGroups
from tests.properties.disclosure_attacker import MOST_PEOPLE
from tests.properties.test_disclosure_labels import draw_groups, recorded_order

Told = Iterator[tuple[int, np.ndarray, int]]


def with_few_events(seed: int, n: int) -> RankedGroups:
    """Three bands of one attribute, one of which has few people with the first outcome."""
    ranked = draw_groups(seed, n)["first"]
    rng = np.random.default_rng(seed)
    band = rng.choice(3, n, p=rng.dirichlet([3.0, 3.0, 3.0]))
    labels = np.array(ranked.labels)
    few = np.flatnonzero((band == rng.integers(3)) & (labels[:, 0] == 1.0))
    labels[few[rng.integers(1, 11) :], 0] = 0.0
    places = tuple(Slice((("first", label),)) for label in "abc")
    members = np.column_stack([band == at for at in range(3)])
    return replace(ranked, labels=labels, members=members, places=places, reference=places[0],
                   n_bands=3)  # fmt: skip


def kinds_of(ranked: RankedGroups) -> list[np.ndarray]:
    """Whom is counted: those with and those without each outcome."""
    return [own == value for own in ranked.labels.T for value in (1.0, 0.0)]


def counted(ranked: RankedGroups, kind: int) -> np.ndarray:
    """People of each group, (g,)."""
    return ranked.members[kinds_of(ranked)[kind]].sum(axis=0)


def read_groups(ranked: RankedGroups) -> Told:
    """The table of a model for each outcome: a kind, groups and how many they are."""
    everybody = np.ones(len(ranked.places))
    for outcome in range(ranked.labels.shape[1]):
        events, others = (counted(ranked, 2 * outcome + at) for at in (0, 1))
        none = np.zeros_like(events)
        decision = decide_suppression(
            ranked.places, OutcomeCounts(events, none, others, none), SMALLEST_CELL,
            ranked.reference,
        )  # fmt: skip
        for at, count in enumerate((events, others)):
            if not decision.overall["cases"]:
                yield 2 * outcome + at, everybody, int(count.sum())
            for group in np.flatnonzero(~decision.groups["cases"]):
                yield 2 * outcome + at, np.eye(len(count))[group], int(count[group])


def read_labels(ranked: RankedGroups) -> Told:
    """Groups of label choice, those put together as one, and how many have each outcome."""
    ladder = release_shares(ranked, recorded_order(ranked), ranked.labels[:, 1])
    if ladder is None:
        return
    parts = merged_members(np.eye(len(ranked.places), dtype=bool), ladder.parts)
    for part in parts[:, ~ladder.hidden].T.astype(float):
        for kind in range(len(kinds_of(ranked))):
            yield kind, part, int(part @ counted(ranked, kind))


def attack(ranked: RankedGroups) -> list[tuple[int, int, int]]:
    """Outcome, group and number of people of small counts that are sure to be small."""
    told = [*read_groups(ranked), *read_labels(ranked)]
    found = []
    for kind in range(len(kinds_of(ranked))):
        known = [(who, total) for own, who, total in told if own == kind]
        for group, people in enumerate(counted(ranked, kind)):
            who = np.eye(len(ranked.places))[group]
            if 0 < people < SMALLEST_CELL and is_sure(who, known):
                found.append((kind, group, int(people)))
    return found


def is_sure(who: np.ndarray, known: list[tuple[np.ndarray, int]]) -> bool:
    """Whether these people number 1 to 10 in every table that has what is known."""
    limits = []
    for sign in (1.0, -1.0):
        solved = milp(
            sign * who,
            constraints=[LinearConstraint(row, total, total) for row, total in known],
            bounds=Bounds(0.0, MOST_PEOPLE),
            integrality=np.ones(len(who)),
        )
        assert solved.success, solved.message
        limits.append(round(sign * solved.fun))
    return limits[0] > 0 and limits[1] < SMALLEST_CELL


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from((150, 400, 900)))
@example(34, 900)
@example(35, 150)
def test_no_small_count_follows_from_groups_and_label_choice_together(seed: int, n: int) -> None:
    """Prevents groups put together on one screen from being subtracted from those of another."""
    assert attack(with_few_events(seed, n)) == []


def test_the_attacker_succeeds_where_groups_are_put_together_without_regard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """7 people: those of two groups that label choice put together less one that a table shows."""
    merge = shown_groups.merge_small_groups
    monkeypatch.setattr(shown_groups, "merge_small_groups", lambda *asked: merge(*asked[:4]))
    assert attack(with_few_events(34, 900)) == [(0, 0, 7)]
