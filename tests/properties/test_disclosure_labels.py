"""An attacker who reads the label choice screen at every share, and by every attribute.

Shares times what they are shares of are counts, and counts at two shares or beside two attributes
can be subtracted. What can be told of the people ranked between two shares must be of nobody or of
11 people or more; of hidden groups an integer program asks for the least and the most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from explainers.core.subgroup import Slice
from explainers.disclosure import SMALLEST_CELL
from explainers.subgroups import released_shares
from explainers.subgroups.released_shares import RankedGroups, ShareLadder, release_shares

ATTRIBUTES = {"first": ("a", "b", "c"), "second": ("u", "v")}
N_OUTCOMES = 2
samples = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from((150, 400, 900, 2500)))


def draw_groups(seed: int, n: int) -> dict[str, RankedGroups]:
    """The same ranked patients by each attribute; groups differ in size and in risk."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((n, N_OUTCOMES)) < rng.choice([0.1, 0.3], N_OUTCOMES)).astype(float)
    chosen = {
        name: rng.choice(len(levels), n, p=rng.dirichlet([0.7] * len(levels)))
        for name, levels in ATTRIBUTES.items()
    }
    tilt = rng.choice([0.0, 1.5]) * chosen["first"]
    scores = rng.choice([0.0, 1.5]) * labels + tilt[:, None] + rng.normal(size=(n, N_OUTCOMES))
    found = {}
    for name, levels in ATTRIBUTES.items():
        # As on the screen: groups without patients are no groups.
        there = [at for at in range(len(levels)) if (chosen[name] == at).any()]
        found[name] = RankedGroups(
            orders=tuple(np.argsort(-own, kind="stable") for own in scores.T),
            labels=labels,
            members=np.column_stack([chosen[name] == at for at in there]),
            places=tuple(Slice(((name, levels[at]),)) for at in there),
            reference=Slice(((name, levels[there[0]]),)),
            floor=SMALLEST_CELL,
        )
    return found


def recorded_order(ranked: RankedGroups) -> np.ndarray:
    return np.lexsort((ranked.orders[1], -ranked.labels[:, 1]))


def selected(order: np.ndarray, n_selected: int) -> np.ndarray:
    """Who (n,) is selected."""
    top = np.zeros(len(order), dtype=bool)
    top[order[:n_selected]] = True
    return top


def published_of_everybody(
    ranked: RankedGroups, ladder: ShareLadder
) -> Iterator[tuple[object, int, np.ndarray]]:
    """Sets of people, each with what it is a set of and at which share it is counted."""
    for n_selected in ladder.n_selected:
        tops = [selected(order, n_selected) for order in ranked.orders]
        for at, top in enumerate(tops):
            yield ("all", at), n_selected, top
            for own in range(N_OUTCOMES):
                if not ladder.hides_events[at, own]:
                    has = ranked.labels[:, own] == 1.0
                    yield ("events", at, own), n_selected, top & has
                    yield ("others", at, own), n_selected, top & ~has
        for first, second in combinations(range(N_OUTCOMES), 2):
            if n_selected in ladder.both[first, second]:
                yield ("both", first, second), n_selected, tops[first] & tops[second]
                yield ("either", first, second), n_selected, tops[first] | tops[second]


def published_of_groups(
    ranked: RankedGroups, ladder: ShareLadder
) -> Iterator[tuple[object, int, np.ndarray]]:
    """The same of each group shown, and of all others together."""
    rest = ranked.members[:, ladder.hidden].any(axis=1)
    for position, own in enumerate([*ranked.members[:, ~ladder.hidden].T, rest]):
        yield from published_of_group(ranked, ladder, (position, own))


def published_of_group(
    ranked: RankedGroups, ladder: ShareLadder, group: tuple[int, np.ndarray]
) -> Iterator[tuple[object, int, np.ndarray]]:
    position, own = group
    for at, order in enumerate([*ranked.orders, recorded_order(ranked)]):
        yield (at, position), ranked.n, own
        for n_selected in ladder.n_selected if at < N_OUTCOMES else ladder.recorded:
            yield (at, position), n_selected, selected(order, n_selected) & own
    for outcome, has in enumerate(ranked.labels.T == 1.0):
        # Of everybody too few are told by nothing, and then the rest is not known either.
        for kind, who in (("events", has), ("others", ~has)):
            if not 0 < who.sum() < SMALLEST_CELL:
                yield (kind, outcome, position), ranked.n, own & who


def few_by_subtraction(
    published: Iterator[tuple[object, int, np.ndarray]],
) -> list[tuple[object, int]]:
    """Sets of 1 to 10 people: published ones, and what is left of two that hold each other."""
    chains: dict[object, dict[int, np.ndarray]] = {}
    for name, n_selected, who in published:
        chains.setdefault(name, {})[n_selected] = who
    found = []
    for name, by_share in chains.items():
        steps = [by_share[at] for at in sorted(by_share)]
        for smaller, larger in pairwise(steps):
            assert not (smaller & ~larger).any(), "sets at a larger share hold the smaller ones"
        sizes = [0, *(int(step.sum()) for step in steps)]
        left = [larger - smaller for smaller, larger in combinations(sizes, 2)]
        found += [(name, few) for few in left if 0 < few < SMALLEST_CELL]
    return found


def ladders(groups: dict[str, RankedGroups]) -> dict[str, ShareLadder]:
    found = {name: release_shares(own, recorded_order(own)) for name, own in groups.items()}
    return {name: ladder for name, ladder in found.items() if ladder is not None}


@settings(max_examples=20, deadline=None)
@given(samples)
def test_no_two_shares_tell_of_few_people(sample: tuple[int, int]) -> None:
    """Prevents the top 10% and the top 11% from being subtracted, in a group or in everybody."""
    groups = draw_groups(*sample)
    for name, ladder in ladders(groups).items():
        assert few_by_subtraction(published_of_groups(groups[name], ladder)) == []


@settings(max_examples=20, deadline=None)
@given(samples)
def test_no_two_attributes_tell_of_few_people(sample: tuple[int, int]) -> None:
    """Prevents figures of everybody beside one attribute and beside another from being subtracted.

    Each attribute has a ladder of its own.
    """
    groups = draw_groups(*sample)
    published = (
        one
        for name, ladder in ladders(groups).items()
        for one in published_of_everybody(groups[name], ladder)
    )
    assert few_by_subtraction(published) == []


@settings(max_examples=8, deadline=None)
@given(samples)
def test_no_small_count_of_a_hidden_group_follows(sample: tuple[int, int]) -> None:
    """Prevents a hidden group from being worked out from all shares together."""
    groups = draw_groups(*sample)
    for name, ladder in ladders(groups).items():
        assert pinned_groups(groups[name], ladder) == []


def pinned_groups(ranked: RankedGroups, ladder: ShareLadder) -> list[tuple[int, int, int]]:
    """Ranking, share and group of hidden counts that are sure to be of 1 to 10 people.

    Unknown are the hidden groups between each two shares, known is what they add up to.
    """
    hidden = np.flatnonzero(ladder.hidden)
    ends = np.array([0, *ladder.n_selected, ranked.n])
    found = []
    for at, order in enumerate(ranked.orders):
        place = np.argsort(order)
        truth = (
            np.stack([np.histogram(place[ranked.members[:, own]], ends - 0.5)[0] for own in hidden])
            if len(hidden)
            else np.zeros((0, len(ends) - 1))
        )
        sums = np.kron(np.ones(len(hidden)), np.eye(len(ends) - 1))
        for group in range(len(hidden)):
            for start, stop in combinations(range(len(ends)), 2):
                count = int(truth[group, start:stop].sum())
                if 0 < count < SMALLEST_CELL:
                    who = np.zeros_like(truth)
                    who[group, start:stop] = 1.0
                    if is_sure(who.ravel(), sums, truth.sum(axis=0)):
                        found.append((at, start, group))
    return found


def is_sure(who: np.ndarray, rows: np.ndarray, totals: np.ndarray) -> bool:
    """Whether these people number 1 to 10 in every table that adds up to the totals."""
    limits = []
    for sign in (1.0, -1.0):
        solved = milp(
            sign * who,
            constraints=LinearConstraint(rows, totals, totals),
            bounds=Bounds(0.0, np.inf),
            integrality=np.ones(len(who)),
        )
        assert solved.success, solved.message
        limits.append(round(sign * solved.fun))
    return limits[0] > 0 and limits[1] < SMALLEST_CELL


def test_the_attacker_succeeds_where_shares_are_not_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An attacker that never succeeds would prove nothing."""
    groups = draw_groups(1, 900)
    every = tuple(range(45, 450, 9))
    for name, ladder in ladders(groups).items():
        free = replace(
            ladder, n_selected=every, recorded=every, both=dict.fromkeys(ladder.both, every)
        )
        assert few_by_subtraction(published_of_groups(groups[name], free)) != []
        assert few_by_subtraction(published_of_everybody(groups[name], free)) != []
    sizes = few_by_subtraction(published_of_groups(groups["first"], ladders(groups)["first"]))
    assert sizes == []
    monkeypatch.setattr(
        released_shares, "_hidden_at", lambda ranked, *_: np.zeros(len(ranked.places), dtype=bool)
    )
    small = [draw_groups(seed, 150)["first"] for seed in range(9)]
    shown = [(own, release_shares(own, recorded_order(own))) for own in small]
    assert any(
        few_by_subtraction(published_of_groups(own, ladder))
        for own, ladder in shown
        if ladder is not None
    )
