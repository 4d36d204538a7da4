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
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from explainers.core.subgroup import Slice
from explainers.disclosure import SMALLEST_CELL
from explainers.disclosure.sums import sum_kinds
from explainers.subgroups import candidate_labels, shown_groups
from explainers.subgroups import need_by_risk as curves
from explainers.subgroups.candidate_labels import NeedMeasure, RecordedNeed
from explainers.subgroups.merged_groups import merged_members
from explainers.subgroups.released_shares import release_shares
from explainers.subgroups.share_ladder import RankedGroups, ShareLadder

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
            n_bands=len(there) if name == "first" else 0,
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
                if n_selected in ladder.events[at][own]:
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
    members = merged_members(ranked.members, ladder.parts)
    rest = members[:, ladder.hidden].any(axis=1)
    for position, own in enumerate([*members[:, ~ladder.hidden].T, rest]):
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
    found = {
        name: release_shares(own, recorded_order(own), own.labels[:, 1])
        for name, own in groups.items()
    }
    return {name: ladder for name, ladder in found.items() if ladder is not None}


@settings(max_examples=8, deadline=None)
@given(samples)
@example((1, 2500))
@example((7, 150))
def test_no_two_shares_tell_of_few_people(sample: tuple[int, int]) -> None:
    """Prevents the top 10% and the top 11% from being subtracted, in a group or in everybody."""
    groups = draw_groups(*sample)
    for name, ladder in ladders(groups).items():
        assert few_by_subtraction(published_of_groups(groups[name], ladder)) == []


@settings(max_examples=8, deadline=None)
@given(samples)
@example((1, 2500))
@example((7, 150))
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


@settings(max_examples=5, deadline=None)
@given(samples)
def test_no_small_count_of_a_hidden_group_follows(sample: tuple[int, int]) -> None:
    """Prevents a hidden group from being worked out from all shares together."""
    groups = draw_groups(*sample)
    for name, ladder in ladders(groups).items():
        assert pinned_groups(groups[name], ladder) == []


def pinned_groups(ranked: RankedGroups, ladder: ShareLadder) -> list[tuple[int, int, int]]:
    """Ranking, share and group of hidden counts that are sure to be of 1 to 10 people.

    Unknown are the hidden groups between each two shares, and those that are shown together only;
    known is what they add up to.
    """
    ends = np.array([0, *ladder.n_selected, ranked.n])
    unknown = [part for part in ladder.parts if len(part) > 1]
    hidden = zip(ladder.parts, ladder.hidden, strict=True)
    unknown.append(tuple(at for part, hides in hidden if hides for at in part))
    found = []
    for at, order in enumerate(ranked.orders):
        place = np.argsort(order)
        for part in unknown:
            truth = np.array(
                [np.histogram(place[ranked.members[:, own]], ends - 0.5)[0] for own in part]
            ).reshape(len(part), len(ends) - 1)
            sums = np.kron(np.ones(len(part)), np.eye(len(ends) - 1))
            for group in range(len(part)):
                for start, stop in combinations(range(len(ends)), 2):
                    count = int(truth[group, start:stop].sum())
                    if 0 < count < SMALLEST_CELL:
                        who = np.zeros_like(truth)
                        who[group, start:stop] = 1.0
                        if is_sure(who.ravel(), sums, truth.sum(axis=0)):
                            found.append((at, start, part[group]))
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
        shown_groups, "_hidden_at", lambda ranked, *_: np.zeros(len(ranked.places), dtype=bool)
    )
    small = [draw_groups(seed, 150)["first"] for seed in range(9)]
    shown = [(own, release_shares(own, recorded_order(own), own.labels[:, 1])) for own in small]
    assert any(
        few_by_subtraction(published_of_groups(own, ladder))
        for own, ladder in shown
        if ladder is not None
    )


CONDITIONS = NeedMeasure("Conditions", "", is_share=False)


def recorded(need: np.ndarray) -> RecordedNeed:
    return RecordedNeed(need, CONDITIONS, np.zeros((len(need), 0)))


def counts_in(need: np.ndarray, most: int) -> list[tuple[int, int]]:
    """Levels of need above which, by a sum and a number of people alone, 1 to 10 people lie."""
    values = np.arange(most + 1, dtype=float)
    rows, totals = np.stack([np.ones(most + 1), values]), np.array([len(need), need.sum()])
    found = []
    for level in range(1, most + 1):
        count = int((need >= level).sum())
        for few, who in ((count, values >= level), (len(need) - count, values < level)):
            if 0 < few < SMALLEST_CELL and is_sure(who.astype(float), rows, totals):
                found.append((level, few))
    return found


def draw_need(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Few conditions, as many as in nobody or in nearly everybody; patients ranked by chance."""
    rng = np.random.default_rng(seed)
    need = rng.poisson(rng.choice([0.02, 0.1, 0.5, 3.0]), n).clip(0, 4).astype(float)
    return (4.0 - need if rng.random() < 0.3 else need), rng.permutation(n)


def told_of_bins(need: np.ndarray, order: np.ndarray) -> list[tuple[int, int]]:
    """What the curve of need by risk gives away: mean times people of each mark is a sum."""
    percentile = curves.risk_percentiles(order)
    curve = curves.need_by_risk(percentile, recorded(need), SMALLEST_CELL)
    if curve is None:
        return []
    by_risk = np.argsort(percentile, kind="stable")
    parts = [by_risk[start:stop] for start, stop in curves.need_bins(recorded(need[by_risk]), 11)]
    assert [need[part].mean() for part in parts] == pytest.approx(list(curve.y))
    return [told for part in parts for told in counts_in(need[part], 4)]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from((15, 40, 150, 400)))
def test_no_mean_need_of_a_mark_tells_of_few_people(seed: int, n: int) -> None:
    """Prevents a mean of 0.1 conditions of 30 people from telling that 1 to 3 have any."""
    assert told_of_bins(*draw_need(seed, n)) == []


def told_of_the_selected(
    need: np.ndarray, order: np.ndarray, told: tuple[int, ...]
) -> list[tuple[int, int]]:
    """What the mean need of the selected gives away at two shares of these."""
    ends = [0, *told, len(order)]
    between = [order[start:stop] for start, stop in pairwise(ends)]
    return [found for people in between for found in counts_in(need[people], 4)]


@settings(max_examples=4, deadline=None)
@given(samples)
def test_no_mean_need_of_the_selected_tells_of_few_people(sample: tuple[int, int]) -> None:
    """Prevents mean needs at two shares from being subtracted, by whatever attribute."""
    need, _ = draw_need(*sample)
    for own in draw_groups(*sample).values():
        ladder = release_shares(own, recorded_order(own), need)
        for order, told in zip(own.orders, () if ladder is None else ladder.needs, strict=False):
            assert not told or told_of_the_selected(need, order, told) == []


def test_the_attacker_succeeds_where_sums_are_not_protected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sum of few conditions of many people is a small count of people."""
    need, order = np.zeros(200), np.arange(200)
    need[[5, 80]] = 1.0
    assert told_of_the_selected(need, order, (20, 100)) != []
    assert told_of_bins(need, order) == []
    monkeypatch.setattr(candidate_labels, "sum_kinds", lambda need: np.full((len(need), 1), 11.0))
    assert told_of_bins(need, order) != []
    assert sum_kinds(need).sum(axis=0).tolist() == [2.0, 198.0, 100.0]
