"""Variance and interval of the area under the ROC curve."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from explainers.errors import SettingsError
from explainers.uncertainty import auroc_interval, delong_variance


def delong_by_definition(events: np.ndarray, others: np.ndarray) -> tuple[float, float]:
    """All pairs, as in the paper."""
    wins = (events[:, None] > others) + 0.5 * (events[:, None] == others)
    by_event, by_other = wins.mean(axis=1), wins.mean(axis=0)
    variance = by_event.var(ddof=1) / len(events) + by_other.var(ddof=1) / len(others)
    return float(wins.mean()), float(variance)


@pytest.mark.parametrize("decimals", [1, 15])
def test_equals_the_definition_with_and_without_ties(decimals: int) -> None:
    """Counting ties as wins or losses moves the area; ranks within ties move the variance."""
    rng = np.random.default_rng(1)
    events, others = rng.beta(3, 3, 40).round(decimals), rng.beta(2, 4, 70).round(decimals)
    assert delong_variance(events, others) == pytest.approx(delong_by_definition(events, others))


def test_interval_does_not_leave_zero_and_one() -> None:
    """The plain normal interval of an area of 0.99 reaches above 1."""
    interval = auroc_interval(0.99, 0.0004, 20, 100)
    assert interval.high < 1.0
    assert interval.method == "DeLong, logit scale"


def test_logit_limits_follow_the_delta_method() -> None:
    half = 1.959964 * 0.05 / (0.8 * 0.2)
    interval = auroc_interval(0.8, 0.05**2, 50, 50)
    logits = np.log(
        np.array([interval.low, interval.high]) / (1 - np.array([interval.low, interval.high]))
    )
    assert logits == pytest.approx(np.log(4) + np.array([-half, half]), abs=1e-6)


def test_a_perfect_ranking_is_not_certain() -> None:
    """DeLong's variance is 0 there; an interval of [1, 1] from 12 patients would be absurd."""
    interval = auroc_interval(1.0, 0.0, 12, 300)
    assert interval.high == 1.0
    assert interval.low == pytest.approx(0.025 ** (1 / 12))
    worst = auroc_interval(0.0, 0.0, 12, 300)
    assert (worst.low, worst.high) == (0.0, pytest.approx(1 - interval.low))


def test_one_patient_of_a_kind_has_no_variance() -> None:
    with pytest.raises(SettingsError, match="at least two"):
        delong_variance(np.array([0.3]), np.array([0.1, 0.2]))


def test_no_interval_of_zero_width_inside_the_range() -> None:
    with pytest.raises(SettingsError, match="positive variance"):
        auroc_interval(0.5, 0.0, 20, 20)


def test_coverage_of_the_logit_interval() -> None:
    """30 events and 90 others from two normals with an area of 0.9; nominal is 0.95."""
    rng = np.random.default_rng(7)
    truth, shift = 0.9, float(np.sqrt(2) * norm.ppf(0.9))
    covered = []
    for _ in range(2000):
        area, variance = delong_variance(rng.normal(shift, 1, 30), rng.normal(0, 1, 90))
        interval = auroc_interval(area, variance, 30, 90)
        covered.append(interval.low <= truth <= interval.high)
    assert 0.935 <= np.mean(covered) <= 0.975


def test_cost_does_not_grow_with_the_number_of_pairs() -> None:
    """All pairs would be 3.6 billion, 29 GB of them; null variance is (1/m + 1/n) / 12."""
    rng = np.random.default_rng(2)
    area, variance = delong_variance(rng.random(20_000), rng.random(180_000))
    assert area == pytest.approx(0.5, abs=0.01)
    assert variance == pytest.approx((1 / 20_000 + 1 / 180_000) / 12, rel=0.02)
