"""The interval of two proportions of the same patients."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.errors import SettingsError
from explainers.uncertainty.newcombe import newcombe_interval
from explainers.uncertainty.paired import paired_interval


def test_it_covers_where_few_change_sides() -> None:
    """A bootstrap or McNemar's standard error covers far too seldom when hardly anybody moves."""
    rng = np.random.default_rng(0)
    shares = np.array([0.65, 0.01, 0.06, 0.28])
    draws = rng.multinomial(100, shares, size=2000)
    inside = []
    for both, first, second, neither in draws.tolist():
        interval = paired_interval(both, first, second, neither)
        inside.append(interval.low <= shares[1] - shares[2] <= interval.high)
    assert 0.935 <= np.mean(inside) <= 0.985


def test_it_is_far_narrower_than_as_if_of_different_patients() -> None:
    paired = paired_interval(70, 2, 8, 20)
    apart = newcombe_interval((72, 100), (78, 100))
    assert paired.high - paired.low < 0.65 * (apart.high - apart.low)


def test_exchanging_the_two_mirrors_it() -> None:
    one, other = paired_interval(40, 12, 3, 45), paired_interval(40, 3, 12, 45)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_nobody_moving_still_leaves_doubt() -> None:
    """No change among 30 patients does not prove that nobody ever changes."""
    interval = paired_interval(20, 0, 0, 10)
    assert interval.low < 0 < interval.high


@pytest.mark.parametrize("counts", [(10, 0, 0, 0), (0, 0, 0, 10), (0, 10, 0, 0)])
def test_extremes_stay_in_range(counts: tuple[int, int, int, int]) -> None:
    interval = paired_interval(*counts)
    assert -1.0 <= interval.low <= (counts[1] - counts[2]) / 10 <= interval.high <= 1.0 + 1e-12


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (5, -1, 2, 3)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(SettingsError, match="at least one patient"):
        paired_interval(*counts)
