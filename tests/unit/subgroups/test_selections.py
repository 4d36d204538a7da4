"""Who is among the top, and the swap, worked out by hand and by another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainers.subgroups.candidate_labels import NeedMeasure, RecordedNeed
from explainers.subgroups.need_by_risk import need_bins, need_by_risk, risk_percentiles
from explainers.subgroups.selection_sample import SelectionSample
from explainers.subgroups.selections import Ranked, count_swaps, rank_patients, select_top

NUMBER = NeedMeasure("Conditions", "conditions", is_share=False)
SHARE = NeedMeasure("Ill", "", is_share=True)


def test_the_top_is_cut_within_a_patient_drawn_more_than_once() -> None:
    """A patient drawn three times may be selected twice; else more than the top would be."""
    order = np.array([2, 0, 1, 3])
    weights = np.array([[3.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
    assert select_top(order, weights, 3).tolist() == [[2, 0, 1, 0], [1, 1, 1, 0]]


def test_equal_scores_are_ordered_by_the_draw_and_not_by_the_file() -> None:
    """A file sorted by group would else decide who is selected."""
    assert rank_patients(np.zeros(3), np.array([2, 0, 1])).tolist() == [1, 2, 0]


def test_the_swap_of_a_small_case_worked_out_by_hand() -> None:
    """Selected of the favoured group need 1, 3, 5; not selected of the other 4, 4, 2.

    1 gives way to 4, 3 to 4; 5 does not give way to 2: two swaps.
    """
    need = np.array([1.0, 3.0, 5.0, 4.0, 4.0, 2.0])
    selected = np.array([[1.0, 1, 1, 0, 0, 0]])
    others = np.array([[0.0, 0, 0, 1, 1, 1]])
    assert count_swaps(selected, others, need).tolist() == [2.0]


def test_equal_need_is_not_swapped() -> None:
    """Swapping the equally sick would raise a share without any gain in need."""
    need = np.full(4, 2.0)
    assert count_swaps(np.array([[1.0, 1, 0, 0]]), np.array([[0.0, 0, 1, 1]]), need)[0] == 0
    assert count_swaps(np.zeros((1, 2)), np.zeros((1, 2)), np.array([1.0, 2.0]))[0] == 0


def swaps_one_by_one(going: list[int], coming: list[int]) -> int:
    pairs = zip(sorted(going), sorted(coming, reverse=True), strict=False)
    n = 0
    for healthier, sicker in pairs:
        if sicker <= healthier:
            break
        n += 1
    return n


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=9),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=9),
)
def test_swaps_counted_at_once_are_those_made_one_by_one(
    going: list[tuple[int, int]], coming: list[tuple[int, int]]
) -> None:
    """The formula with weights against the procedure as it is told."""
    need = np.array([level for level, _ in (*going, *coming)], dtype=float)
    weights = np.array([times for _, times in (*going, *coming)], dtype=float)
    is_going = np.arange(len(need)) < len(going)
    counted = count_swaps((weights * is_going)[None], (weights * ~is_going)[None], need)
    expected = swaps_one_by_one(
        [level for level, times in going for _ in range(times)],
        [level for level, times in coming for _ in range(times)],
    )
    assert counted[0] == expected


def ranked_patients(rng: np.random.Generator, n: int) -> Ranked:
    """A group that is the more frequent the higher the score."""
    score = rng.normal(size=n)
    other = rng.random(n) < 1 / (1 + np.exp(-score))
    members = np.column_stack([other, ~other]).astype(float)
    return Ranked(
        orders=(rank_patients(score, np.arange(n)),),
        members=members,
        labels=other[:, None].astype(float),
        need=score,
        favoured=-1,
        n_selected=n // 5,
    )


def test_the_interval_of_a_share_holds_the_truth_as_often_as_it_says() -> None:
    """An interval that held the threshold fixed, or counted patients twice, would miss more."""
    truth_of = ranked_patients(np.random.default_rng(1), 400_000)
    top = truth_of.orders[0][: truth_of.n_selected]
    truth = truth_of.members[top, 0].mean()
    n_held, n_trials = 0, 200
    for trial in range(n_trials):
        ranked = ranked_patients(np.random.default_rng([2, trial]), 500)
        sample = SelectionSample.of(ranked, floor=11, level=0.95, n_resamples=200, seed=trial)
        found = sample.share(
            "selected_share",
            lambda counts: counts.groups[:, 0, 0],
            lambda counts: counts.groups[:, 0].sum(axis=1),
        )
        n_held += (found.low or 0.0) <= truth <= (found.high or 0.0)
    assert 0.90 <= n_held / n_trials <= 0.99


def test_a_share_of_nobody_has_an_interval_with_width() -> None:
    """Every resample of nobody is nobody: the bootstrap alone would claim certainty."""
    ranked = ranked_patients(np.random.default_rng(3), 100)
    sample = SelectionSample.of(ranked, floor=11, level=0.95, n_resamples=100, seed=0)
    none = sample.share(
        "overlap", lambda counts: 0.0 * counts.need[:, 0], lambda counts: counts.everybody.sum(1)
    )
    assert none.value == 0.0
    assert none.high == pytest.approx(0.037, abs=0.001)


def recorded(need: np.ndarray, measure: NeedMeasure) -> RecordedNeed:
    return RecordedNeed(need, measure, np.zeros((len(need), 0)))


@pytest.mark.parametrize("measure", [NUMBER, SHARE])
@pytest.mark.parametrize("n", [11, 35, 400])
def test_every_mark_of_need_by_risk_stands_for_enough_people(measure: NeedMeasure, n: int) -> None:
    rng = np.random.default_rng(n)
    percentile = risk_percentiles(rng.permutation(n))
    need = rng.integers(0, 2, n).astype(float)
    curve = need_by_risk(percentile, recorded(need, measure), 11)
    if curve is None:
        # Too few with or without the outcome; a sum of fewer than 22 numbers would tell as much.
        assert measure.is_share or n < 22
        return
    assert curve.low is not None
    assert curve.high is not None
    assert len(curve.x) <= max(1, n // 30)
    assert (np.diff(curve.x) > 0).all()
    assert (curve.low <= curve.y).all()
    assert (curve.y <= curve.high).all()
    assert need_by_risk(percentile[:10], recorded(need[:10], measure), 11) is None


def test_marks_tell_of_nobody_few_beside_another_outcome_or_a_higher_floor() -> None:
    """Prevents two curves from being subtracted: of two outcomes, or with two floors."""
    rng = np.random.default_rng(2)
    told = (rng.random(600) < 0.4).astype(float)
    beside = np.column_stack([rng.random(600) < 0.05]).astype(float)
    usual = recorded(told, SHARE)
    for start, stop in need_bins(RecordedNeed(told, SHARE, beside), 11):
        assert beside[start:stop].sum() >= 11
    assert len(need_bins(usual, 11)) > len(need_bins(usual, 40)) > 1
    assert set(need_bins(usual, 40)[0]) <= {edge for bins in need_bins(usual, 11) for edge in bins}


def test_the_highest_risk_is_at_the_hundredth_percentile() -> None:
    assert risk_percentiles(np.array([1, 0])).tolist() == [50.0, 100.0]
