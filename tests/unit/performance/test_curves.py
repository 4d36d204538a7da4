"""ROC, calibration and risk distribution without a mark for a single patient."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit, logit

from explainers.core import Curve
from explainers.errors import SettingsError
from explainers.performance.curves import (
    NoCurve,
    calibration_curve,
    risk_distribution,
    roc_curve,
)
from explainers.performance.metrics import estimate_metric
from explainers.performance.spline import natural_spline


def simulated(n: int, slope: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(9)
    risk = expit(rng.normal(-1.2, 1.1, n))
    return (rng.random(n) < expit(slope * logit(risk))).astype(float), risk


def test_no_bin_shows_a_few_people_and_none_is_lost() -> None:
    labels, risk = simulated(900)
    shown = risk_distribution(labels, risk)
    for counts in (shown.events, shown.non_events):
        assert ((counts == 0) | (counts >= 11)).all()
    assert shown.events.sum() == labels.sum()
    assert shown.non_events.sum() == (1 - labels).sum()
    assert shown.is_shown
    assert (shown.edges[0], shown.edges[-1]) == (0.0, 1.0)


def test_bins_above_the_threshold_add_up_to_the_flagged() -> None:
    """Bins that straddle it would give a second, subtractable count of the flagged."""
    labels, risk = simulated(5000)
    shown = risk_distribution(labels, risk, threshold=0.173)
    at = int(np.flatnonzero(shown.edges == 0.173)[0])
    assert shown.events[at:].sum() == ((risk >= 0.173) & (labels == 1)).sum()


def test_roc_points_are_cut_where_the_histogram_is() -> None:
    """Two cuts a few people apart give those people away by subtraction."""
    labels, risk = simulated(3000)
    n_events = labels.sum()
    roc = roc_curve(labels, risk, threshold=0.2)
    shown = risk_distribution(labels, risk, threshold=0.2)
    assert isinstance(roc, Curve)
    above = np.concatenate([[0.0], np.cumsum(shown.events[::-1])]) / n_events
    assert np.isclose(above[:, None], roc.y).any(axis=1).all()
    steps = np.diff(roc.y) * n_events
    assert ((steps < 1e-6) | (steps > 10.5)).all()


def test_roc_runs_from_corner_to_corner_with_about_the_right_area() -> None:
    labels, risk = simulated(20_000)
    roc = roc_curve(labels, risk)
    assert isinstance(roc, Curve)
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(roc.y, roc.x) == pytest.approx(
        estimate_metric("auroc", labels, risk, None).value, abs=0.003
    )


@pytest.mark.parametrize("slope", [1.0, 0.6])
def test_calibration_curve_recovers_the_truth_inside_its_band(slope: float) -> None:
    labels, risk = simulated(20_000, slope)
    curve = calibration_curve(labels, risk)
    assert isinstance(curve, Curve)
    truth = expit(slope * logit(curve.x))
    assert ((curve.low <= truth) & (truth <= curve.high)).mean() > 0.9
    assert np.abs(curve.y - truth).max() < 0.05


def test_calibration_curve_stays_within_the_observed_range() -> None:
    labels, risk = simulated(3000)
    curve = calibration_curve(labels, risk)
    assert isinstance(curve, Curve)
    assert (risk < curve.x[0]).sum() == (risk > curve.x[-1]).sum() == 10


def test_calibration_curve_refuses_what_it_cannot_carry() -> None:
    labels, risk = simulated(500)
    refused = calibration_curve(labels, risk)
    assert isinstance(refused, NoCurve)
    assert "at least 200" in refused.reason
    labels, risk = simulated(3000)
    flat = calibration_curve(labels, np.where(risk > 0.3, 0.4, 0.1))
    assert isinstance(flat, NoCurve)
    assert "Too few different" in flat.reason


def test_too_few_patients_get_a_reason_instead_of_a_picture() -> None:
    labels = np.array([1.0] * 5 + [0.0] * 50)
    risk = np.linspace(0.9, 0.1, 55)
    shown, roc = risk_distribution(labels, risk), roc_curve(labels, risk)
    assert isinstance(roc, NoCurve)
    assert not shown.is_shown
    assert (
        shown.reason
        == roc.reason
        == ("Withheld: fewer than 11 patients with or without the outcome.")
    )
    assert shown.to_frame().empty


def test_one_class_and_nobody_have_reasons() -> None:
    one_class = roc_curve(np.ones(30), np.linspace(0, 1, 30))
    assert one_class == NoCurve("Everybody here has the outcome.")
    assert not risk_distribution(np.full(3, np.nan), np.full(3, 0.5)).is_shown


@pytest.mark.parametrize("make", [risk_distribution, roc_curve, calibration_curve])
def test_the_floor_only_goes_upward(make: Callable[..., object]) -> None:
    with pytest.raises(SettingsError, match="at least 11"):
        make(*simulated(900), floor=5)


def test_distribution_round_trip_to_plain_values() -> None:
    shown = risk_distribution(*simulated(900))
    record = shown.to_dict()
    assert record["events"] == shown.to_frame()["events"].tolist()
    assert len(record["edges"]) == len(record["events"]) + 1


def test_spline_is_straight_beyond_the_outer_knots() -> None:
    """An unrestricted cubic swings wildly where there are few patients."""
    basis = natural_spline(np.array([5.0, 6.0, 7.0, -5.0, -6.0, -7.0]), np.array([-1, 0, 1.0, 2]))
    assert np.diff(basis[:3], n=2, axis=0) == pytest.approx(0.0, abs=1e-9)
    assert np.diff(basis[3:], n=2, axis=0) == pytest.approx(0.0, abs=1e-9)
