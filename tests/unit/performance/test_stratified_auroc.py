"""Ranking within strata against counting every pair."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.metrics import estimate_metric
from explainers.performance.stratified_auroc import estimate_auroc_within

SETTINGS = MetricSettings(None)


def draw(n: int, seed: int) -> tuple[LabelledRisk, np.ndarray]:
    """Tied risks, three strata of different prevalence."""
    rng = np.random.default_rng(seed)
    strata = rng.integers(0, 3, n)
    is_event = rng.random(n) < 0.2 + 0.3 * (strata == 2)
    risk = np.clip(0.2 + 0.2 * strata + 0.1 * is_event + rng.normal(0, 0.15, n), 0, 1).round(1)
    return LabelledRisk(is_event, risk), strata


def count_pairs(patients: LabelledRisk, strata: np.ndarray) -> float:
    right = total = 0.0
    for event in np.flatnonzero(patients.is_event):
        for other in np.flatnonzero(~patients.is_event & (strata == strata[event])):
            difference = patients.risk[event] - patients.risk[other]
            right += 1.0 if difference > 0 else 0.5 if difference == 0 else 0.0
            total += 1.0
    return right / total


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_share_of_right_pairs_within_strata(seed: int) -> None:
    """Prevents ties, or pairs of two strata, from being counted wrongly."""
    patients, strata = draw(120, seed)
    within, gap = estimate_auroc_within(patients, strata, SETTINGS)
    everybody = np.zeros(120, dtype=np.int64)
    assert within.value == pytest.approx(count_pairs(patients, strata))
    expected = count_pairs(patients, strata) - count_pairs(patients, everybody)
    assert gap.value == pytest.approx(expected)


def test_one_stratum_is_the_auroc_itself() -> None:
    patients, _ = draw(800, 4)
    within, gap = estimate_auroc_within(patients, np.zeros(800, dtype=np.int64), SETTINGS)
    auroc = estimate_metric("auroc", patients.is_event.astype(float), patients.risk, None)
    assert within.value == pytest.approx(auroc.value)
    assert (within.low, within.high) == pytest.approx((auroc.low, auroc.high), abs=0.01)
    assert gap.value == pytest.approx(0.0)


def test_a_model_of_the_stratum_alone_ranks_nobody_within() -> None:
    _, strata = draw(600, 5)
    rng = np.random.default_rng(6)
    patients = LabelledRisk(rng.random(600) < 0.2 + 0.3 * (strata == 2), strata / 4.0)
    within, gap = estimate_auroc_within(patients, strata, SETTINGS)
    assert within.status == "not_estimable"
    assert gap.value is not None
    assert gap.high is not None
    assert gap.value < -0.05
    assert gap.high < 0.0


def test_its_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Prevents a gap between hospitals from being surer than it is: 2,000 patients are the truth,
    samples of 300 of them hold it 19 times in 20."""
    truth, strata = draw(2000, 7)
    targets = [estimate.value for estimate in estimate_auroc_within(truth, strata, SETTINGS)]
    rng = np.random.default_rng(8)
    held = np.zeros(2)
    for _ in range(400):
        rows = rng.integers(0, 2000, 300)
        patients = LabelledRisk(truth.is_event[rows], truth.risk[rows])
        found = estimate_auroc_within(patients, strata[rows], SETTINGS)
        held += [one.low <= target <= one.high for one, target in zip(found, targets, strict=True)]
    assert held / 400 == pytest.approx([0.95, 0.95], abs=0.03)


def test_strata_of_one_outcome_each_cannot_be_ranked_within() -> None:
    is_event = np.array([True, True, False, False])
    patients = LabelledRisk(is_event, np.array([0.9, 0.8, 0.2, 0.1]))
    within, gap = estimate_auroc_within(patients, is_event.astype(np.int64), SETTINGS)
    assert within.status == gap.status == "not_estimable"
