"""Decision curves against their formula written out, and never a step of a few people."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import expit, logit

from explainers.core import Curve
from explainers.errors import SettingsError
from explainers.performance import DecisionCurve, NoCurve, decision_curve, threshold_range
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metrics import estimate_metric
from explainers.performance.risk_bins import RiskBins, count_between, cut_risks, merge_together

RANGE = threshold_range(0.2)


def simulated(n: int, seed: int = 4, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    risk = expit(rng.normal(-1.3, 1.2, n))
    return (rng.random(n) < expit(logit(risk) + shift)).astype(float), risk


def bins_of(labels: np.ndarray, risk: np.ndarray, threshold: float = 0.2) -> RiskBins:
    bins = cut_risks(LabelledRisk.of(labels, risk), threshold=threshold)
    assert bins is not None
    return bins


def curve_of(bins: RiskBins, *, standardized: bool = False) -> DecisionCurve:
    curve = decision_curve(bins, RANGE, is_standardized=standardized)
    assert isinstance(curve, DecisionCurve)
    return curve


def test_counted_points_follow_the_formula_of_vickers_and_elkin() -> None:
    """Written out by hand, person by person: a bin shifted by one would pass a smoother test."""
    labels, risk = simulated(3000)
    curve = curve_of(bins_of(labels, risk))
    assert len(curve.counted) > 10
    assert 0.2 in curve.counted
    for at in np.flatnonzero(curve.is_counted):
        threshold = curve.model.x[at]
        flagged = risk >= threshold
        odds = threshold / (1 - threshold)
        found, alarms = (flagged & (labels == 1)).sum(), (flagged & (labels == 0)).sum()
        expected = found / 3000 - alarms / 3000 * odds
        assert curve.model.y[at] == pytest.approx(expected, abs=1e-12)
        everybody = labels.mean() - (1 - labels.mean()) * odds
        assert curve.treat_all.y[at] == pytest.approx(everybody, abs=1e-12)
        assert curve.gain.y[at] == pytest.approx(expected - max(everybody, 0), abs=1e-12)


def test_standardised_is_net_benefit_over_the_prevalence() -> None:
    """Raw net benefit compares prevalences between groups, not models."""
    labels, risk = simulated(3000)
    bins = bins_of(labels, risk)
    raw, standardized = curve_of(bins), curve_of(bins, standardized=True)
    assert np.allclose(standardized.model.y, raw.model.y / labels.mean())
    assert np.allclose(standardized.gain.y, raw.gain.y / labels.mean())


def test_the_band_is_that_of_the_metric_at_the_threshold() -> None:
    """Two screens with two intervals for one figure would be one wrong interval."""
    labels, risk = simulated(4000)
    curve = curve_of(bins_of(labels, risk))
    at = int(np.flatnonzero(curve.model.x == 0.2)[0])
    metric = estimate_metric("net_benefit", labels, risk, 0.2)
    assert curve.model.low is not None
    assert metric.low is not None
    assert curve.model.low[at] == pytest.approx(metric.low, abs=0.002)


def test_treating_everybody_gains_nothing_at_the_prevalence() -> None:
    """NB(all) is 0 where the threshold is the prevalence: tells odds from risk."""
    labels, risk = simulated(5000)
    prevalence = float(labels.mean())
    bins = bins_of(labels, risk, prevalence)
    curve = decision_curve(bins, threshold_range(prevalence))
    assert isinstance(curve, DecisionCurve)
    at = int(np.argmin(np.abs(curve.treat_all.x - prevalence)))
    assert curve.treat_all.y[at] == pytest.approx(0, abs=1e-12)


def test_the_gain_of_a_useless_model_is_not_above_zero() -> None:
    """The interval is of the difference: a model that ranks nobody must not seem to help."""
    rng = np.random.default_rng(3)
    labels = (rng.random(2000) < 0.2).astype(float)
    curve = curve_of(bins_of(labels, rng.uniform(0.05, 0.5, 2000)))
    assert curve.gain.low is not None
    assert (curve.gain.low <= 0).all()


def test_the_interval_of_the_gain_covers_the_true_gain() -> None:
    """A band from resampling bins wrongly (events and others apart, say) would be too narrow."""
    true_labels, true_risk = simulated(400_000, seed=1)
    flagged = true_risk >= 0.2
    odds = 0.25
    truth = (
        (flagged & (true_labels == 1)).mean() - (flagged & (true_labels == 0)).mean() * odds
    ) - max(true_labels.mean() - (1 - true_labels.mean()) * odds, 0)
    covered = 0
    for seed in range(60):
        curve = curve_of(bins_of(*simulated(1500, seed=100 + seed)))
        at = int(np.flatnonzero(curve.gain.x == 0.2)[0])
        assert curve.gain.low is not None
        assert curve.gain.high is not None
        covered += bool(curve.gain.low[at] <= truth <= curve.gain.high[at])
    assert 53 <= covered <= 60


def test_no_step_is_made_by_fewer_than_eleven_people() -> None:
    labels, risk = simulated(700)
    bins = bins_of(labels, risk)
    for counts in (bins.events, bins.others):
        assert ((counts == 0) | (counts >= 11)).all()
    assert bins.n == 700


def test_bins_of_two_sets_of_patients_are_merged_together() -> None:
    """Edges that fit one group only would show a few people of the other."""
    grid = np.linspace(0, 1, 101)
    parts = [count_between(LabelledRisk.of(*simulated(900, seed)), grid) for seed in (1, 2)]
    starts = merge_together(parts, threshold=0.2)
    assert starts is not None
    for part in parts:
        merged = part.merged(starts)
        assert ((merged.events == 0) | (merged.events >= 11)).all()
        assert merged.n == 900
        assert 0.2 in merged.thresholds


def test_counts_exist_at_edges_only() -> None:
    """A threshold between two edges must not be answered with the counts of a neighbour."""
    labels, risk = simulated(900)
    bins = bins_of(labels, risk)
    assert bins.counts_at(0.2)[0] == ((risk >= 0.2) & (labels == 1)).sum()
    with pytest.raises(SettingsError, match="edges"):
        bins.counts_at(0.2001)


def test_the_range_holds_a_third_and_three_times_the_odds() -> None:
    low, high = threshold_range(0.25)
    assert low / (1 - low) == pytest.approx(1 / 9)
    assert high / (1 - high) == pytest.approx(1.0)
    with pytest.raises(SettingsError):
        threshold_range(0.0)


def test_too_few_thresholds_or_one_class_is_no_curve() -> None:
    """One point is no curve, and a class that is absent no answer."""
    few = RiskBins(np.array([0, 0.2, 1]), np.array([20, 30]), np.array([50, 40]))
    assert isinstance(decision_curve(few, RANGE), NoCurve)
    none = RiskBins(np.array([0, 0.15, 0.2, 1]), np.zeros(3), np.array([50, 40, 40]))
    assert isinstance(decision_curve(none, RANGE), NoCurve)
    with pytest.raises(SettingsError, match="range"):
        decision_curve(few, (0.4, 0.2))


def test_a_curve_reads_back_from_its_json() -> None:
    curve = curve_of(bins_of(*simulated(900)))
    back = DecisionCurve.from_dict(json.loads(json.dumps(curve.to_dict())))
    assert isinstance(back.model, Curve)
    assert np.array_equal(back.model.y, curve.model.y)
    assert (back.counted, back.is_standardized) == (curve.counted, curve.is_standardized)
