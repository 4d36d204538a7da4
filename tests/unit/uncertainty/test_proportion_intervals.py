"""Intervals of one proportion."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom

from explainers.errors import SettingsError
from explainers.uncertainty import Interval, exact_interval, proportion_interval, wilson_interval


def test_wilson_reproduces_a_published_interval_and_not_the_wald_one() -> None:
    """Newcombe 1998 (Stat Med 17:857, table I): 81 of 263 is 0.2553 to 0.3662."""
    interval = wilson_interval(81, 263)
    assert (interval.low, interval.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_small_samples_get_the_exact_interval_and_say_so() -> None:
    assert proportion_interval(3, 39).method == "Exact (Clopper-Pearson)"
    assert proportion_interval(3, 40).method == "Wilson"


@pytest.mark.parametrize("maker", [wilson_interval, exact_interval])
def test_limits_stay_inside_zero_and_one_at_the_edges(
    maker: Callable[[int, int], Interval],
) -> None:
    """A limit of -1e-17 or a width of zero at 0 of n would both be wrong."""
    none, everybody = maker(0, 25), maker(25, 25)
    assert none.low == 0.0
    assert everybody.high == 1.0
    assert 0.05 < none.high < 0.2
    assert none.high == pytest.approx(1.0 - everybody.low)


def test_rule_of_three_for_no_events() -> None:
    """0 of n: the exact upper limit is 1 - (alpha/2)^(1/n)."""
    assert exact_interval(0, 30).high == pytest.approx(1 - 0.025 ** (1 / 30))


@pytest.mark.parametrize(("successes", "n"), [(1, 0), (5, 4), (-1, 4)])
def test_impossible_counts_are_refused(successes: int, n: int) -> None:
    with pytest.raises(SettingsError, match="at least one patient"):
        proportion_interval(successes, n)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_in_per_cent_is_refused(level: float) -> None:
    with pytest.raises(SettingsError, match="level must lie between"):
        wilson_interval(5, 50, level)


@pytest.mark.parametrize("n", [15, 39, 40, 120, 1000])
@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_coverage_is_nominal_where_the_wald_interval_fails(n: int, share: float) -> None:
    """Exact coverage, summed over all outcomes; Wald's is 0.87 at n = 40 and a share of 0.05.

    Wilson's swings around 0.95, which is why small samples get the exact interval instead.
    """
    counts = np.arange(n + 1)
    limits = [proportion_interval(int(k), n) for k in counts]
    covered = np.array([limit.low <= share <= limit.high for limit in limits])
    coverage = float(binom.pmf(counts, n, share) @ covered)
    lowest, highest = (0.95, 1.0) if n < 40 else (0.925, 0.98)
    assert lowest <= coverage <= highest
