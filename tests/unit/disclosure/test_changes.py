"""Who changes sides must not be worked out from what is shown."""

from __future__ import annotations

import numpy as np

from explainers.core import Slice
from explainers.disclosure import OutcomeCounts, decide_suppression
from explainers.disclosure.changes import ChangeDecision, Crossing, decide_changes

# Outcome, flag before, flag after; no before yes.
LARGE = [[[200, 40], [0, 60]], [[30, 20], [0, 70]]]
FEW_FOUND = [[[200, 40], [0, 60]], [[46, 4], [0, 70]]]
FEW_ALARMED = [[[236, 4], [0, 60]], [[30, 20], [0, 70]]]
STILL = [[[240, 0], [0, 60]], [[50, 0], [0, 70]]]
NOWHERE = np.zeros(2, dtype=bool)


def by_flag(counts: np.ndarray, axis: int) -> OutcomeCounts:
    cells = counts.sum(axis=axis)
    return OutcomeCounts(cells[:, 1, 1], cells[:, 1, 0], cells[:, 0, 1], cells[:, 0, 0])


def decided(*groups: object, is_cut: bool) -> ChangeDecision:
    counts = np.array(groups)
    places = [Slice((("g", str(at)),)) for at in range(len(counts))]
    before, after = (decide_suppression(places, by_flag(counts, axis)) for axis in (3, 2))
    return decide_changes(before, after, [Crossing(counts, before.groups)], is_cut=is_cut)


def test_large_numbers_are_shown() -> None:
    decision = decided(LARGE, LARGE, is_cut=True)
    for part in (decision.figures, decision.people):
        assert not any(part.overall.values())
        assert not any(hidden.any() for hidden in part.groups.values())


def test_four_people_between_two_cuts_hide_the_group_and_the_total() -> None:
    """Total and other group would give the four away by subtraction."""
    decision = decided(FEW_FOUND, LARGE, is_cut=True)
    assert decision.figures.groups["flagged_events"].tolist() == [True, False]
    assert decision.figures.overall["flagged_events"]
    assert decision.people.overall["flagged_events"]
    assert not decision.figures.groups["flagged_others"].any()
    assert not decision.figures.overall["flagged_others"]


def test_each_outcome_is_judged_by_itself() -> None:
    decision = decided(FEW_ALARMED, LARGE, is_cut=True)
    assert decision.figures.groups["flagged_others"].tolist() == [True, False]
    assert not decision.figures.groups["flagged_events"].any()


def test_a_model_trained_again_keeps_its_figures_but_not_its_movers() -> None:
    """Its people move both ways: what is left after subtraction is not a number of people."""
    decision = decided(FEW_FOUND, LARGE, is_cut=False)
    assert not decision.figures.groups["flagged_events"].any()
    assert decision.people.groups["flagged_events"].tolist() == [True, False]
    assert decision.people.overall["flagged_events"]


def test_groups_in_which_nobody_moves_hide_nothing() -> None:
    decision = decided(STILL, LARGE, is_cut=True)
    assert not any(decision.figures.overall.values())


def test_another_published_cut_counts_as_much_as_the_declared_one() -> None:
    """The difference of two new rules gives as much away as that of one from the old."""
    counts = np.array([LARGE, LARGE])
    before = decide_suppression([Slice((("g", "0"),)), Slice((("g", "1"),))], by_flag(counts, 3))
    after = decide_suppression([Slice((("g", "0"),)), Slice((("g", "1"),))], by_flag(counts, 2))
    other = Crossing(np.array([FEW_FOUND, LARGE]), dict.fromkeys(before.groups, NOWHERE))
    unpublished = Crossing(other.counts, dict.fromkeys(before.groups, ~NOWHERE))
    first = Crossing(counts, before.groups)
    held = decide_changes(before, after, [first, other], is_cut=True)
    free = decide_changes(before, after, [first, unpublished], is_cut=True)
    assert held.figures.groups["flagged_events"].tolist() == [True, False]
    assert not free.figures.groups["flagged_events"].any()
