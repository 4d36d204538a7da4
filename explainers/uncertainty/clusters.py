"""Intervals where patients are not independent: repeated visits, sites, households.

What is drawn anew, or squared, is the cluster and not the patient. Taking the patients of one
cluster as independent makes every interval too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.belonging import Belonging
from explainers.errors import SettingsError
from explainers.uncertainty.bootstrap import percentile_interval, resampled_weights
from explainers.uncertainty.interval import Interval, normal_quantile, tail_of
from explainers.uncertainty.wilson import proportion_interval, score_limits

# With fewer the variance over clusters is itself hardly known.
FEWEST_CLUSTERS = 10
_CHUNK_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Clusters:
    """Which patients belong together.

    Attributes
    ----------
    position : ndarray of shape (n,)
        Cluster of each patient, from 0 to ``n_clusters - 1``.
    n_clusters : int
    noun : str
        What a cluster is, such as ``person``, where an interval's name is not to tell how many
        there are; "" where it is.

    Raises
    ------
    SettingsError
        When there are fewer than two: nothing tells then how clusters differ.
    """

    position: IntArray
    n_clusters: int
    noun: str = ""

    def __post_init__(self) -> None:
        if self.n_clusters < 2:
            raise SettingsError(
                "an interval by cluster needs at least two clusters", value=self.n_clusters
            )

    @classmethod
    def of(
        cls,
        names: Sequence[object] | np.ndarray[tuple[int], np.dtype[np.generic]],
        noun: str = "",
    ) -> Clusters:
        """From the cluster's name of each patient, (n,); SettingsError where one is missing."""
        codes, found = pd.factorize(np.asarray(names))
        if (codes < 0).any():
            raise SettingsError(
                "every patient needs a cluster",
                value=int((codes < 0).sum()),
                remedy="Leave those without out, or give each of them a cluster of their own.",
            )
        return cls(codes.astype(np.int64), len(found), noun)

    def sums(self, values: FloatArray) -> FloatArray:
        """Sum of the values (n,) of each cluster, (n_clusters,)."""
        sums = np.bincount(self.position, values, self.n_clusters)
        return np.asarray(sums, dtype=np.float64)

    def variance(self, influence: FloatArray) -> float:
        """Variance of a statistic, given each patient's influence on it, (n,).

        Influences of one cluster are added before they are squared; with m clusters the sum is
        scaled by ``m / (m - 1)``.
        """
        m = self.n_clusters
        return m / (m - 1) * float(np.square(self.sums(influence)).sum())

    def quantile(self, level: float) -> float:
        """Two-sided quantile of Student's t with one degree of freedom less than clusters."""
        return float(stdtrit(self.n_clusters - 1, 1.0 - tail_of(level)))

    @property
    def words(self) -> str:
        """Their number or what they are, for the name of an interval, and whether they are few."""
        words = f"by {self.noun}" if self.noun else f"by {self.n_clusters:,} clusters"
        is_rough = self.n_clusters < FEWEST_CLUSTERS
        return f"{words}, a rough guide below {FEWEST_CLUSTERS}" if is_rough else words


def cluster_interval(
    value: float, influence: FloatArray, clusters: Clusters, level: float = 0.95
) -> Interval:
    """``value -+ t`` standard errors, robust to patients of one cluster being alike.

    Parameters
    ----------
    value : float
        A smooth statistic.
    influence : ndarray of shape (n,)
        Derivative of the statistic with respect to each patient's weight; sums to 0.
    clusters : Clusters
    level : float

    References
    ----------
    Liang and Zeger 1986, Biometrika 73:13.
    """
    return cluster_wald_interval(value, clusters.variance(influence), clusters, level)


def cluster_wald_interval(
    value: float, variance: float, clusters: Clusters, level: float = 0.95
) -> Interval:
    """As above, given the variance over clusters."""
    half = clusters.quantile(level) * math.sqrt(max(variance, 0.0))
    return Interval(value - half, value + half, f"Cluster-robust, {clusters.words}")


def cluster_proportion_interval(
    successes: FloatArray, clusters: Clusters, level: float = 0.95
) -> Interval:
    """Wilson interval of a proportion with the effective number of patients.

    The number of patients is divided by the design effect, the variance of the proportion over
    clusters in relation to that of independent patients (Rao and Scott 1992, Biometrics 48:577);
    a design effect below 1 is taken as 1. A share of 0 or 1 has none: every cluster then counts
    as one patient.

    Parameters
    ----------
    successes : ndarray of shape (n,)
        0 or 1 for each patient of the denominator.
    clusters : Clusters
        Of the same patients.
    level : float
    """
    n, share = len(successes), float(successes.mean())
    variance = clusters.variance((successes - share) / n)
    return cluster_share_interval((share, n), variance, clusters, level)


def cluster_share_interval(
    counted: tuple[float, int], variance: float, clusters: Clusters, level: float = 0.95
) -> Interval:
    """As above, given a share of n patients, (share, n), and its variance over clusters."""
    share, n = counted
    effective = float(clusters.n_clusters)
    if 0.0 < share < 1.0:
        effective = min(share * (1.0 - share) / variance, float(n)) if variance > 0.0 else float(n)
    low, high = score_limits(share, effective, clusters.quantile(level))
    return Interval(low, high, f"Wilson, effective number of patients {clusters.words}")


def share_interval(
    is_success: BoolArray, belonging: Belonging | None, level: float = 0.95
) -> Interval:
    """Interval of a share of rows (n,): Wilson or exact; by cluster where rows belong together.

    Raises
    ------
    SettingsError
        Where all rows are of one person or site, or there is no row.
    """
    if belonging is None or not belonging.has_effect:
        return proportion_interval(int(is_success.sum()), len(is_success), level)
    clusters = Clusters.of(belonging.position, belonging.kind)
    return cluster_proportion_interval(is_success.astype(np.float64), clusters, level)


def cluster_percentile_interval(
    value: float, draws: FloatArray, clusters: Clusters, level: float = 0.95
) -> Interval:
    """Percentile interval of draws of whole clusters, widened for how few of them there are.

    Both percentiles move away from the value by Student's quantile over the normal one and the
    root of ``m / (m - 1)``: the percentiles of few clusters lie too close together, and of a mean
    this makes them as wide as :func:`cluster_interval` (after the expanded percentiles of
    Hesterberg 2015, Am Stat 69:371).

    Parameters
    ----------
    value : float
        The statistic of the patients as they are.
    draws : ndarray of shape (B,)
        Of the resamples; NaN where it does not exist.
    clusters : Clusters
    level : float

    Raises
    ------
    SettingsError
        As :func:`~explainers.uncertainty.bootstrap.percentile_interval`.
    """
    found = percentile_interval(draws, level)
    m = clusters.n_clusters
    factor = clusters.quantile(level) / normal_quantile(level) * math.sqrt(m / (m - 1))
    low, high = (value + factor * (limit - value) for limit in (found.low, found.high))
    return Interval(min(low, value), max(high, value), f"{found.method}, {clusters.words}")


def cluster_bootstrap_interval(
    statistic: Callable[[FloatArray], FloatArray],
    clusters: Clusters,
    n_resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Percentile interval of any statistic that takes weights, whole clusters being drawn.

    Parameters
    ----------
    statistic : callable
        Given weights of shape (chunk, n), how often each patient was drawn, returns (chunk,).
    clusters : Clusters
        As many are drawn as there are; all patients of one are drawn together (Davison and
        Hinkley 1997, Bootstrap Methods and their Application).
    n_resamples, seed, level
        As for :func:`~explainers.uncertainty.bootstrap.bootstrap_interval`.

    Raises
    ------
    SettingsError
        As :func:`~explainers.uncertainty.bootstrap.bootstrap_interval`.
    """
    rows = max(1, _CHUNK_CELLS // len(clusters.position))
    draws = [
        statistic(weights[first : first + rows, clusters.position])
        for weights in resampled_weights(clusters.n_clusters, n_resamples, seed)
        for first in range(0, len(weights), rows)
    ]
    limits = percentile_interval(np.concatenate(draws), level)
    return Interval(limits.low, limits.high, f"{limits.method}, {clusters.words}")
