"""What must stay hidden, on tables small enough to reason out."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.core import Estimate, Slice, SubgroupTable
from explainers.disclosure import (
    OutcomeCounts,
    decide_suppression,
    is_small,
    shown_count,
    suppress_table,
)
from explainers.disclosure.counts import CASES, FLAGGED_EVENTS, FLAGGED_OTHERS
from explainers.errors import SettingsError


def by_one(*names: str) -> list[Slice]:
    return [Slice((("group", name),)) for name in names]


def crossed(*names: tuple[str, str]) -> list[Slice]:
    return [Slice((("first", one), ("second", two))) for one, two in names]


def counts_of(*rows: tuple[int, int, int, int]) -> OutcomeCounts:
    """Rows of TP, FN, FP, TN."""
    table = np.array(rows, dtype=np.int64)
    return OutcomeCounts(table[:, 0], table[:, 1], table[:, 2], table[:, 3])


def test_large_groups_are_all_shown() -> None:
    decision = decide_suppression(by_one("a", "b"), counts_of((50, 50, 50, 50), (60, 60, 60, 60)))
    assert not any(hidden.any() for hidden in decision.groups.values())
    assert not any(decision.overall.values())


def test_zero_is_shown() -> None:
    """0 says nothing about anybody; hiding it would hide that nobody was found."""
    decision = decide_suppression(by_one("a", "b"), counts_of((0, 50, 0, 50), (60, 60, 60, 60)))
    assert not decision.groups[FLAGGED_EVENTS].any()
    empty = decide_suppression(by_one("a", "b"), counts_of((0, 0, 0, 0), (60, 60, 60, 60)))
    assert not empty.groups[CASES].any()


def test_one_small_group_takes_the_next_smallest_count_with_it() -> None:
    """Hiding it alone would leave it to be subtracted from the total."""
    decision = decide_suppression(
        by_one("a", "b", "c"),
        counts_of((2, 3, 40, 60), (60, 60, 60, 60), (40, 40, 60, 60)),
    )
    assert decision.groups[CASES].tolist() == [True, False, True]


def test_two_hidden_groups_of_ten_together_take_a_third() -> None:
    """5 and 4 are safe from each other, but 9 people in both would follow from the total."""
    decision = decide_suppression(
        by_one("a", "b", "c", "d"),
        counts_of((2, 3, 60, 60), (2, 2, 60, 60), (60, 60, 60, 60), (50, 50, 60, 60)),
    )
    assert decision.groups[CASES].tolist() == [True, True, False, True]


def test_two_hidden_groups_that_protect_each_other_are_enough() -> None:
    decision = decide_suppression(
        by_one("a", "b", "c"),
        counts_of((4, 4, 60, 60), (3, 4, 60, 60), (60, 60, 60, 60)),
    )
    assert decision.groups[CASES].tolist() == [True, True, False]


def test_the_reference_group_is_hidden_last() -> None:
    """Without it no gap can be shown; it goes only where nothing else would do."""
    table = counts_of((2, 3, 60, 60), (15, 15, 60, 60), (50, 50, 60, 60))
    kept = decide_suppression(by_one("a", "b", "c"), table, reference=Slice((("group", "b"),)))
    assert kept.groups[CASES].tolist() == [True, False, True]
    two = counts_of((2, 3, 60, 60), (15, 15, 60, 60))
    forced = decide_suppression(by_one("a", "b"), two, reference=Slice((("group", "b"),)))
    assert forced.groups[CASES].tolist() == [True, True]


def test_few_missed_hides_sensitivity_but_not_specificity() -> None:
    """TP 40 and FN 5: 89% of 45 gives the five away; the non-events have nothing to hide."""
    decision = decide_suppression(
        by_one("a", "b", "c"),
        counts_of((40, 5, 50, 50), (60, 60, 60, 60), (70, 70, 70, 70)),
    )
    assert decision.groups[CASES].tolist() == [False, False, False]
    assert decision.groups[FLAGGED_EVENTS].tolist() == [True, True, False]
    assert decision.groups[FLAGGED_OTHERS].tolist() == [False, False, False]
    assert decision.hides_group(0, (CASES, FLAGGED_EVENTS, FLAGGED_OTHERS))
    assert not decision.hides_group(0, (CASES, FLAGGED_OTHERS))


def test_hidden_cases_hide_everything_of_the_group() -> None:
    decision = decide_suppression(
        by_one("a", "b", "c"),
        counts_of((3, 0, 60, 60), (20, 20, 60, 60), (60, 60, 60, 60)),
    )
    for family in (FLAGGED_EVENTS, FLAGGED_OTHERS):
        assert (decision.groups[family] >= decision.groups[CASES]).all()


def test_too_few_events_among_everybody_hides_the_total() -> None:
    decision = decide_suppression(by_one("a", "b"), counts_of((3, 2, 60, 60), (0, 0, 60, 60)))
    assert decision.overall[CASES]
    assert decision.groups[CASES].tolist() == [True, False]


def test_crossing_is_safe_from_its_own_margins() -> None:
    """A hidden cell needs a hidden partner in its row and its column, so a rectangle goes."""
    names = [(row, column) for row in "xyz" for column in "uvw"]
    rows = [(30, 30, 60, 60)] * 9
    rows[0] = (2, 3, 60, 60)
    decision = decide_suppression(crossed(*names), counts_of(*rows))
    hidden = decision.groups[CASES].reshape(3, 3)
    assert hidden[0, 0]
    assert hidden.sum() == 4
    assert set(hidden.sum(axis=0)) == set(hidden.sum(axis=1)) == {0, 2}


def test_crossing_does_not_undo_what_a_margin_hides() -> None:
    """Group x is small and hidden with y; y's cells in full would give x away again."""
    names = [("x", "u"), ("x", "v"), ("y", "u"), ("y", "v"), ("z", "u"), ("z", "v")]
    rows = [(2, 0, 60, 60), (0, 3, 60, 60), *[(20, 20, 60, 60)] * 2, *[(50, 50, 60, 60)] * 2]
    decision = decide_suppression(crossed(*names), counts_of(*rows))
    hidden = decision.groups[CASES]
    assert hidden[:2].all()
    assert hidden[2:4].any()


def test_order_of_the_groups_does_not_matter() -> None:
    table = [(2, 3, 60, 60), (60, 60, 60, 60), (40, 40, 60, 60)]
    forward = decide_suppression(by_one("a", "b", "c"), counts_of(*table))
    backward = decide_suppression(by_one("c", "b", "a"), counts_of(*table[::-1]))
    assert forward.groups[CASES].tolist() == backward.groups[CASES].tolist()[::-1]


@pytest.mark.parametrize("floor", [0, 1, 10, -3])
def test_the_floor_goes_upward_only(floor: int) -> None:
    with pytest.raises(SettingsError, match="never lowered"):
        decide_suppression(by_one("a"), counts_of((50, 50, 50, 50)), floor)


def test_a_higher_floor_hides_more() -> None:
    table = counts_of((20, 20, 60, 60), (60, 60, 60, 60), (70, 70, 70, 70))
    assert not decide_suppression(by_one("a", "b", "c"), table).groups[CASES].any()
    assert decide_suppression(by_one("a", "b", "c"), table, 50).groups[CASES].tolist() == [
        True,
        True,
        False,
    ]


def test_a_withheld_estimate_keeps_no_number_and_no_clue() -> None:
    """Telling the small group from its partner would say which one to solve for."""
    places = by_one("a", "b", "c")
    table = counts_of((2, 3, 40, 60), (60, 60, 60, 60), (40, 40, 60, 60))
    estimates = [
        Estimate("prevalence", 0.1, 0.05, 0.2, n, e, "Wilson")
        for n, e in ((105, 5), (240, 120), (200, 80))
    ]
    overall = Estimate("prevalence", 0.3, 0.2, 0.4, 545, 205, "Wilson")
    shown = suppress_table(
        SubgroupTable("prevalence", overall, tuple(zip(places, estimates, strict=True)), "b"),
        decide_suppression(places, table),
        (CASES,),
    )
    first, second, third = (estimate for _, estimate in shown.groups)
    assert first == third
    assert (first.value, first.low, first.n, first.n_events) == (None, None, None, None)
    assert second == estimates[1]
    assert shown.overall == overall
    assert shown.reference_group == "b"


def test_small_means_one_to_ten() -> None:
    assert is_small(np.array([0, 1, 10, 11])).tolist() == [False, True, True, False]
    assert [shown_count(count) for count in (0, 1, 10, 11, 1200)] == [
        "0",
        "fewer than 11",
        "fewer than 11",
        "11",
        "1,200",
    ]
