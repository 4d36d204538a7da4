"""Metrics from sums: those of the patients, or as near as the bins say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from explainers.errors import SettingsError
from explainers.performance import METRICS
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.risk_sums import RiskSums, standard_edges, sum_risks
from explainers.performance.summed_metrics import estimate_from_sums

SETTINGS = MetricSettings(0.2)
BY_COUNTS = (
    "prevalence", "sensitivity", "specificity", "ppv", "npv", "net_benefit",
    "standardized_net_benefit",
)  # fmt: skip
BY_SUMS = ("oe_ratio", "brier", "scaled_brier")
# How far 579 bins may be off on these patients, and no further.
BY_BINS = {
    "auroc": 3e-4,
    "average_precision": 3e-3,
    "calibration_intercept": 1e-3,
    "calibration_slope": 1e-3,
}


def draw(n: int, middle: float = -2.0) -> LabelledRisk:
    rng = np.random.default_rng(4)
    log_odds = rng.normal(middle, 1.2, n)
    return LabelledRisk(rng.random(n) < expit(0.8 * log_odds + 0.2), expit(log_odds))


def summed(patients: LabelledRisk) -> RiskSums:
    position = np.zeros(len(patients), dtype=np.int64)
    (own,) = sum_risks(patients, position, 1, standard_edges([0.2]))
    return own


def test_every_metric_can_be_had_from_sums() -> None:
    assert {*BY_COUNTS, *BY_SUMS, *BY_BINS} == {metric.slug for metric in METRICS}


@pytest.mark.parametrize("middle", [-4.0, -2.0, 0.0])
def test_equal_those_of_the_patients(middle: float) -> None:
    """A bin closed on the wrong side moves whoever lies on the threshold; a sum of squared errors
    of the wrong outcome moves the Brier scores and their intervals."""
    patients = draw(12_000, middle)
    patients.risk[:50] = 0.2
    sums = summed(patients)
    for metric in METRICS:
        exact = metric.estimate(patients, SETTINGS)
        found = estimate_from_sums(metric.slug, sums, SETTINGS)
        if metric.slug in BY_COUNTS:
            assert found == exact
        elif metric.slug in BY_SUMS:
            assert found.interval_method == exact.interval_method
            numbers = (found.value, found.low, found.high)
            assert numbers == pytest.approx((exact.value, exact.low, exact.high), abs=1e-12)
        else:
            assert found.value == pytest.approx(exact.value, abs=BY_BINS[metric.slug])
            assert "579 bins" in found.interval_method


def test_an_interval_from_bins_contains_that_of_the_patients() -> None:
    """Ties within bins hide pairs; an interval that ignores them promises too much."""
    patients = draw(15_000)
    sums = summed(patients)
    coarse = sums.known_bins.coarsened(np.array([0.0, *sums.known_bins.edges[100:-100:30], 1.0]))
    for metric in METRICS:
        if metric.slug in ("auroc", "average_precision", "calibration_intercept"):
            exact = metric.estimate(patients, SETTINGS)
            binned = RiskSums(sums.events, sums.others, coarse)
            found = estimate_from_sums(metric.slug, binned, SETTINGS)
            assert found.low < exact.low + 2e-3
            assert found.high > exact.high - 2e-3
            assert found.low <= exact.value <= found.high
            assert "widened" in found.interval_method


def test_what_sums_cannot_tell_is_not_estimable() -> None:
    """One class, nobody, or everybody in one bin must not become 0.5."""
    patients = draw(400)
    events = summed(patients.select(patients.is_event))
    nobody = summed(patients.select(np.zeros(400, dtype=bool)))
    one_bin = summed(LabelledRisk(patients.is_event, np.full(400, 0.31)))
    for slug in BY_BINS:
        assert (
            estimate_from_sums(slug, events, SETTINGS).reason == "Everybody here has the outcome."
        )
        assert estimate_from_sums(slug, nobody, SETTINGS).status == "not_estimable"
        if slug != "calibration_intercept":
            assert "one bin" in estimate_from_sums(slug, one_bin, SETTINGS).reason
    apart = LabelledRisk(np.arange(40) < 20, np.where(np.arange(40) < 20, 0.8, 0.1))
    assert "separate" in estimate_from_sums("calibration_slope", summed(apart), SETTINGS).reason
    assert estimate_from_sums("auroc", summed(apart), SETTINGS).value == 1.0


def test_bins_that_hold_others_are_refused() -> None:
    """Bins of one hospital with the sums of another would give a quiet mixture."""
    one, other = summed(draw(100)), summed(draw(120))
    with pytest.raises(SettingsError, match="must hold the patients"):
        RiskSums(one.events, one.others, other.bins)
    with pytest.raises(SettingsError, match="all their edges"):
        one.known_bins + other.known_bins.coarsened(np.array([0.0, 1.0]))
    with pytest.raises(SettingsError, match="wider bins"):
        one.known_bins.coarsened(np.array([0.0, 0.123, 1.0]))


def test_flags_between_edges_are_refused() -> None:
    """A threshold inside a bin would be answered by the nearest one."""
    with pytest.raises(SettingsError, match="edges"):
        estimate_from_sums("sensitivity", summed(draw(100)), MetricSettings(0.21))
