"""Venn-Abers intervals hold the true risk on average, also where the model does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.uncertainty.risk_intervals import estimate_risk_intervals
from explainers.uncertainty.venn_abers import VennAbers, merged_risk
from explainers.workspace import Workspace


@pytest.fixture(scope="module")
def diabetes() -> Study:
    return Workspace().open_study("diabetes-xgboost", n_reference=10)


def test_a_miscalibrated_score_is_corrected() -> None:
    """The model says 3 times the truth; an interval around the model's word would miss it."""
    rng = np.random.default_rng(3)
    held = []
    for _ in range(60):
        truth = rng.uniform(0.02, 0.3, 1500)
        labels = (rng.random(1500) < truth).astype(np.float64)
        low, high = VennAbers.fit(3 * truth[:1000], labels[:1000]).limits(3 * truth[1000:])
        events = labels[1000:].mean()
        slack = 2 * np.sqrt(events * (1 - events) / 500)
        held.append(low.mean() - slack <= events <= high.mean() + slack)
    assert np.mean(held) > 0.93


def test_one_of_the_two_is_calibrated_exactly() -> None:
    """Validity theorem: the limit chosen by the true label has mean equal to the event rate."""
    rng = np.random.default_rng(4)
    chosen, happened = [], []
    for _ in range(4000):
        scores = rng.random(31)
        labels = (rng.random(31) < scores**2).astype(np.float64)
        low, high = VennAbers.fit(scores[:30], labels[:30]).limits(scores[30:])
        chosen.append(float(high[0] if labels[30] else low[0]))
        happened.append(labels[30])
    assert np.mean(chosen) == pytest.approx(np.mean(happened), abs=0.02)


def test_intervals_narrow_with_patients() -> None:
    rng = np.random.default_rng(5)
    widths = []
    for n in (100, 1000, 10_000):
        truth = rng.random(n)
        labels = (rng.random(n) < truth).astype(np.float64)
        low, high = VennAbers.fit(truth, labels).limits(np.linspace(0.1, 0.9, 50))
        assert (high >= low).all()
        widths.append((high - low).mean())
    assert widths[0] > 2 * widths[1] > 4 * widths[2]


def test_merged_risk_lies_between(diabetes: Study) -> None:
    intervals = estimate_risk_intervals(diabetes)
    assert (intervals.low <= intervals.merged).all()
    assert (intervals.merged <= intervals.high).all()
    assert merged_risk(np.array([0.2]), np.array([0.2]))[0] == pytest.approx(0.2)
    events = diabetes.labels.mean()
    assert intervals.low.mean() - 0.02 < events < intervals.high.mean() + 0.02


def test_a_patient_does_not_calibrate_their_own_interval(diabetes: Study) -> None:
    """With their own outcome in it, an interval would lean to what already happened."""
    before = estimate_risk_intervals(diabetes)
    turned = diabetes.labels.copy()
    turned[7] = 1 - turned[7]
    other = replace(diabetes)
    other.__dict__["labels"] = turned
    name = diabetes.cohort.patient_ids[7]
    assert estimate_risk_intervals(other).patient(name) == before.patient(name)


def test_patients_without_an_outcome_get_an_interval_too(diabetes: Study) -> None:
    unlabelled = diabetes.labels.copy()
    unlabelled[:100] = np.nan
    other = replace(diabetes)
    other.__dict__["labels"] = unlabelled
    intervals = estimate_risk_intervals(other)
    assert np.isfinite(intervals.low).all()
    assert intervals.n_calibration == (len(unlabelled) - 100) // 2
    assert len(intervals.to_frame()) == len(unlabelled)


def test_impossible_requests_are_refused(diabetes: Study) -> None:
    with pytest.raises(SettingsError, match="0 or 1"):
        VennAbers.fit(np.array([0.1]), np.array([np.nan]))
    with pytest.raises(SettingsError, match="do not cover"):
        estimate_risk_intervals(diabetes).patient("nobody")
