"""Percentile bootstrap from weights: patients are counted again, never copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.errors import SettingsError
from explainers.uncertainty.interval import Interval, tail_of

# Weights held at one time: so many stay within a processor's cache, where counting is several
# times faster. Of many patients a few resamples are taken at once all the same.
_CHUNK_CELLS = 100_000
_FEWEST_AT_ONCE = 4
FEWEST_RESAMPLES = 100


def bootstrap_interval(
    statistic: Callable[[FloatArray], FloatArray],
    n: int,
    n_resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Percentile interval of any statistic that takes weights (Efron 1979, Ann Stat 7:1).

    Parameters
    ----------
    statistic : callable
        Given weights of shape (chunk, n), how often each patient was drawn, returns (chunk,).
        Resamples in which it does not exist (no events, say) are NaN and left out.
    n : int
        Patients.
    n_resamples, seed : int
        Number of resamples and seed of the draw.
    level : float
        Confidence level.

    Raises
    ------
    SettingsError
        When there is no patient, there are too few resamples, or the statistic exists in fewer
        than half of them.
    """
    draws = np.concatenate(
        [statistic(weights) for weights in resampled_weights(n, n_resamples, seed)]
    )
    return percentile_interval(draws, level)


def percentile_interval(draws: FloatArray, level: float = 0.95) -> Interval:
    """Percentiles of a statistic's bootstrap draws (B,), NaN left out; errors as above."""
    kept = draws[np.isfinite(draws)]
    if len(kept) < max(len(draws) / 2, 1):
        raise SettingsError(
            "a bootstrap needs the statistic to exist in at least half of the resamples",
            value=f"{len(kept)} of {len(draws)}",
        )
    tail = tail_of(level)
    low, high = np.quantile(kept, [tail, 1.0 - tail])
    return Interval(float(low), float(high), f"Bootstrap, {len(draws):,} resamples")


def percentile_band(draws: FloatArray, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Pointwise percentiles of a curve's draws (B, m), NaN left out: low and high, (m,) each.

    Raises
    ------
    SettingsError
        When the level is not between 0 and 1, or the curve exists in fewer than half of them.
    """
    kept = draws[np.isfinite(draws).all(axis=1)]
    if len(kept) < max(len(draws) / 2, 1):
        raise SettingsError(
            "a bootstrap needs the curve to exist in at least half of the resamples",
            value=f"{len(kept)} of {len(draws)}",
        )
    tail = tail_of(level)
    low, high = np.quantile(kept, [tail, 1.0 - tail], axis=0)
    return low, high


def bootstrap_mean_intervals(
    values: FloatArray, n_resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Percentile intervals of column means.

    Parameters
    ----------
    values : ndarray of shape (n, k)
        One row per patient.

    Returns
    -------
    low, high : ndarray of shape (k,)

    Raises
    ------
    SettingsError
        As :func:`bootstrap_interval`.
    """
    n = len(values)
    means = np.concatenate([w @ values / n for w in resampled_weights(n, n_resamples, seed)])
    tail = tail_of(level)
    low, high = np.quantile(means, [tail, 1.0 - tail], axis=0)
    return low, high


def count_draws(counts: FloatArray, n_resamples: int, seed: int) -> FloatArray:
    """Resampled counts (n_resamples, k) of k disjoint kinds of patient, given counts (k,).

    A statistic that depends on the patients through these counts alone has exactly the same
    bootstrap distribution, at a cost that does not grow with the number of patients.
    """
    total = int(counts.sum())
    check_resamples(total, n_resamples)
    rng = np.random.default_rng(seed)
    return rng.multinomial(total, counts / counts.sum(), size=n_resamples).astype(np.float64)


def resampled_weights(n: int, n_resamples: int, seed: int) -> Iterator[FloatArray]:
    """How often each of n patients is drawn, in chunks of resamples (chunk, n).

    For statistics that belong together: made from the same draws, their differences are those of
    the same patients.
    """
    check_resamples(n, n_resamples)
    rng = np.random.default_rng(seed)
    chunk = max(_FEWEST_AT_ONCE, _CHUNK_CELLS // n)
    for start in range(0, n_resamples, chunk):
        rows = min(chunk, n_resamples - start)
        drawn = rng.integers(0, n, size=(rows, n)) + np.arange(rows)[:, None] * n
        counted = np.bincount(drawn.ravel(), minlength=rows * n)
        yield counted.reshape(rows, n).astype(np.float64)


def check_resamples(n: int, n_resamples: int) -> None:
    """SettingsError where there is no patient to draw, or there are too few resamples."""
    if n < 1:
        raise SettingsError("a bootstrap needs at least one patient", value=n)
    if n_resamples < FEWEST_RESAMPLES:
        raise SettingsError(
            f"a bootstrap needs at least {FEWEST_RESAMPLES} resamples", value=n_resamples
        )
