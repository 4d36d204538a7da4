"""Intervals by cluster."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.errors import SettingsError
from explainers.uncertainty import (
    Clusters,
    bootstrap_interval,
    cluster_bootstrap_interval,
    cluster_interval,
    cluster_proportion_interval,
    wilson_interval,
)


def test_doubled_patients_tell_nothing_new() -> None:
    """Each patient twice: an interval by patient shrinks by the root of 2, this one does not."""
    rng = np.random.default_rng(0)
    once = (rng.random(400) < 0.3).astype(float)
    alone = cluster_proportion_interval(once, Clusters.of(np.arange(400)))
    twice = cluster_proportion_interval(np.repeat(once, 2), Clusters.of(np.repeat(range(400), 2)))
    assert (twice.low, twice.high) == pytest.approx((alone.low, alone.high), abs=1e-3)
    by_patient = wilson_interval(int(once.sum()), 400)
    assert (alone.low, alone.high) == pytest.approx((by_patient.low, by_patient.high), abs=1e-3)


def test_a_share_of_nobody_rests_on_the_clusters() -> None:
    """No success has a variance of 0; 1,000 visits of ten people are not 1,000 people."""
    interval = cluster_proportion_interval(np.zeros(1000), Clusters.of(np.repeat(range(10), 100)))
    assert interval.low == 0.0
    assert interval.high > 0.25


def test_the_bootstrap_draws_whole_clusters() -> None:
    """Patients drawn alone lose what their cluster has in common."""
    rng = np.random.default_rng(1)
    values = np.repeat(rng.normal(size=60), 20) + rng.normal(0, 0.1, 1200)
    clusters = Clusters.of(np.repeat(range(60), 20))

    def mean(weights: np.ndarray) -> np.ndarray:
        return weights @ values / weights.sum(axis=1)

    drawn = cluster_bootstrap_interval(mean, clusters, 2000, seed=3)
    value = float(values.mean())
    closed = cluster_interval(value, (values - value) / len(values), clusters)
    assert (drawn.low, drawn.high) == pytest.approx((closed.low, closed.high), abs=0.03)
    by_patient = bootstrap_interval(mean, 1200, 1000)
    assert by_patient.high - by_patient.low < 0.4 * (drawn.high - drawn.low)
    assert drawn == cluster_bootstrap_interval(mean, clusters, 2000, seed=3)


def test_what_cannot_be_told_is_refused() -> None:
    with pytest.raises(SettingsError, match="two clusters"):
        Clusters.of(["a"] * 9)
    with pytest.raises(SettingsError, match="needs a cluster"):
        Clusters.of(np.array(["a", None, "b"], dtype=object))
