"""Differences between two models on the same patients keep what both have in common."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.errors import SettingsError
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.metrics import estimate_metric
from explainers.performance.paired_differences import (
    estimate_auroc_difference,
    estimate_benefit_difference,
    estimate_benefit_over_default,
)
from explainers.uncertainty.delong import delong_variance

SETTINGS = MetricSettings(0.3)


def two_models(n: int = 400, seed: int = 0, noise: float = 0.1) -> tuple[LabelledRisk, ...]:
    """Risks of a model and of a noisy copy, rounded so that there are ties."""
    rng = np.random.default_rng(seed)
    risk = rng.random(n)
    labels = (rng.random(n) < risk).astype(float)
    other = np.clip(risk + noise * rng.standard_normal(n), 0, 1)
    return tuple(LabelledRisk.of(labels, np.round(each, 2)) for each in (risk, other))


def test_the_difference_is_that_of_both_areas() -> None:
    """Prevents ties or sides from being counted differently than in the AUROC itself."""
    first, second = two_models()
    areas = [delong_variance(each.event_risk, each.other_risk)[0] for each in (first, second)]
    difference = estimate_auroc_difference(first, second, SETTINGS)
    assert difference.value == pytest.approx(areas[0] - areas[1], abs=1e-12)


def test_the_variance_is_delongs_with_the_covariance() -> None:
    """Prevents the variances of two correlated areas from simply being added."""
    first, second = two_models()
    events, others = [], []
    for each in (first, second):
        above = (each.event_risk[:, None] > each.other_risk).astype(float)
        above += 0.5 * (each.event_risk[:, None] == each.other_risk)
        events.append(above.mean(axis=1))
        others.append(above.mean(axis=0))
    covariance = np.cov(events) / len(events[0]) + np.cov(others) / len(others[0])
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    difference = estimate_auroc_difference(first, second, SETTINGS)
    assert difference.width == pytest.approx(2 * 1.959964 * np.sqrt(variance), rel=1e-6)
    assert (
        difference.width
        < 0.6 * estimate_metric("auroc", first.is_event.astype(float), first.risk, None).width
    )


def test_the_intervals_cover_the_truth() -> None:
    """Prevents intervals that are too narrow: 95% intervals must hold 0 for equal models."""
    held, held_benefit = 0, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth = rng.random(300)
        labels = (rng.random(300) < truth).astype(float)
        pair = [
            LabelledRisk.of(labels, np.clip(truth + 0.2 * rng.standard_normal(300), 0, 1))
            for _ in range(2)
        ]
        for name, estimate in (
            ("auroc", estimate_auroc_difference(pair[0], pair[1], SETTINGS)),
            ("benefit", estimate_benefit_difference(pair[0], pair[1], SETTINGS)),
        ):
            covers = (estimate.low or 0.0) <= 0.0 <= (estimate.high or 0.0)
            held += covers and name == "auroc"
            held_benefit += covers and name == "benefit"
    assert 181 <= held <= 199
    assert 181 <= held_benefit <= 199


def test_the_benefit_difference_is_that_of_both_net_benefits() -> None:
    """Prevents a sign or a weight from being mixed up among the eight kinds of patient."""
    first, second = two_models(noise=0.3)
    labels = first.is_event.astype(float)
    values = [
        estimate_metric("net_benefit", labels, each.risk, 0.3).value for each in (first, second)
    ]
    difference = estimate_benefit_difference(first, second, SETTINGS)
    assert difference.value == pytest.approx((values[0] or 0) - (values[1] or 0), abs=1e-12)
    assert (difference.low or 0) <= (difference.value or 0) <= (difference.high or 0)


def test_a_model_that_flags_everybody_gains_nothing() -> None:
    """Prevents treating everybody from counting as a gain over treating everybody."""
    first, _ = two_models()
    everybody = LabelledRisk(first.is_event, np.full(len(first), 0.9))
    gain = estimate_benefit_over_default(everybody, SETTINGS)
    assert gain.value == 0.0
    nobody = LabelledRisk(first.is_event, np.full(len(first), 0.1))
    missed = estimate_benefit_over_default(nobody, SETTINGS)
    assert missed.value is not None
    assert missed.value < 0.0
    assert (estimate_benefit_over_default(first, SETTINGS).low or 0.0) > 0.0


def test_what_cannot_be_compared_is_refused_or_says_why() -> None:
    first, second = two_models()
    with pytest.raises(SettingsError, match="same patients"):
        estimate_auroc_difference(first, two_models(seed=1)[1], SETTINGS)
    nobody_ill = LabelledRisk(np.zeros(len(first), dtype=bool), first.risk)
    assert estimate_auroc_difference(nobody_ill, nobody_ill, SETTINGS).status == "not_estimable"
    empty = LabelledRisk(np.zeros(0, dtype=bool), np.empty(0))
    assert estimate_benefit_difference(empty, empty, SETTINGS).status == "not_estimable"
    assert estimate_benefit_over_default(empty, SETTINGS).status == "not_estimable"
    with pytest.raises(SettingsError, match="threshold"):
        estimate_benefit_difference(first, second, MetricSettings(None))
