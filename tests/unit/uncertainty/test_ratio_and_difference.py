"""Intervals of observed over expected, and of differences."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.errors import SettingsError
from explainers.uncertainty import (
    newcombe_interval,
    oe_interval,
    square_and_add,
    wald_interval,
    wilson_interval,
)


def test_oe_interval_by_hand() -> None:
    """60 observed, 50 expected, 400 patients; O/E, and not E/O."""
    reach = np.exp(1.959964 * np.sqrt((1 - 60 / 400) / 60))
    interval = oe_interval(60, 50.0, 400)
    assert (interval.low, interval.high) == pytest.approx((1.2 / reach, 1.2 * reach), rel=1e-6)


@pytest.mark.parametrize(("n_events", "expected"), [(0, 5.0), (40, 5.0), (10, 0.0)])
def test_oe_interval_refuses_what_has_no_width(n_events: int, expected: float) -> None:
    """No event has no logarithm; events only would give a width of zero."""
    with pytest.raises(SettingsError, match="strictly between"):
        oe_interval(n_events, expected, 40)


def test_coverage_of_the_oe_interval() -> None:
    """600 patients of mixed risk, 8% on average, whom the model under-predicts by a fifth."""
    rng = np.random.default_rng(3)
    truth = np.clip(rng.beta(1.2, 14, 600), 0, 1)
    events = (rng.random((4000, 600)) < truth).sum(axis=1)
    expected = 0.8 * truth.sum()
    limits = [oe_interval(int(own), float(expected), 600) for own in events]
    covered = [limit.low <= 1.25 <= limit.high for limit in limits]
    assert 0.94 <= np.mean(covered) <= 0.98


def test_newcombe_reproduces_the_published_example() -> None:
    """Newcombe 1998 (Stat Med 17:873, table II a): 56/70 - 48/80 is 0.0524 to 0.3339."""
    interval = newcombe_interval((56, 70), (48, 80))
    assert (interval.low, interval.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_square_and_add_of_wilson_intervals_is_newcombe() -> None:
    first, second = wilson_interval(9, 50), wilson_interval(30, 60)
    combined = square_and_add((9 / 50, first.low, first.high), (0.5, second.low, second.high))
    expected = newcombe_interval((9, 50), (30, 60))
    assert (combined.low, combined.high) == pytest.approx((expected.low, expected.high))


def test_square_and_add_of_symmetric_intervals_adds_variances() -> None:
    """Two disjoint groups: variances add; standard errors do not."""
    first, second = wald_interval(0.8, 0.03), wald_interval(0.7, 0.04)
    combined = square_and_add((0.8, first.low, first.high), (0.7, second.low, second.high))
    expected = wald_interval(0.1, 0.05)
    assert (combined.low, combined.high) == pytest.approx((expected.low, expected.high))
