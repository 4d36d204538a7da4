"""Adjustments for many comparisons against statsmodels and a simulation."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from explainers.errors import SettingsError
from explainers.uncertainty.interval import normal_quantile
from explainers.uncertainty.multiplicity import benjamini_hochberg, simultaneous_level


def test_adjusted_p_values_are_those_of_statsmodels() -> None:
    """The running minimum taken from the wrong end would not be monotone."""
    rng = np.random.default_rng(0)
    for m in (1, 2, 7, 40):
        p_values = rng.uniform(0, 1, m) ** 3
        p_values[: m // 3] = p_values[0]
        expected = multipletests(p_values, method="fdr_bh")[1]
        assert benjamini_hochberg(p_values) == pytest.approx(expected)
    assert len(benjamini_hochberg(np.array([]))) == 0


def test_all_intervals_hold_at_once_with_the_level() -> None:
    """At 95% each, ten independent intervals would all hold in 60% of cohorts only."""
    rng = np.random.default_rng(1)
    quantile = normal_quantile(simultaneous_level(0.95, 10))
    held = (np.abs(rng.normal(size=(20_000, 10))) <= quantile).all(axis=1)
    assert held.mean() == pytest.approx(0.95, abs=0.006)


def test_one_contrast_keeps_its_level_and_odd_settings_are_refused() -> None:
    assert simultaneous_level(0.95, 1) == pytest.approx(0.95)
    with pytest.raises(SettingsError):
        simultaneous_level(0.95, 0)
    with pytest.raises(SettingsError):
        simultaneous_level(1.0, 3)
    with pytest.raises(SettingsError):
        benjamini_hochberg(np.array([1.2]))
