"""How far two models agree about the same patients, and what they would do with them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from explainers.core.arrays import BoolArray, FloatArray, IntArray, frozen_floats
from explainers.core.belonging import Belonging
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.core.subgroup import Slice
from explainers.disclosure.bins import merge_small_bins
from explainers.disclosure.counts import OutcomeCounts
from explainers.disclosure.persons import floor_in_rows
from explainers.disclosure.suppression import Decision, decide_suppression, withheld
from explainers.errors import SettingsError
from explainers.performance.cluster_intervals import ONE_CLUSTER
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.risk_bins import cut_risks
from explainers.uncertainty.bootstrap import bootstrap_interval, bootstrap_mean_intervals
from explainers.uncertainty.clusters import Clusters, cluster_interval, share_interval

MOST_BINS = 10
FLOORS_PER_QUARTILE = 4
N_RESAMPLES = 500
# Means over more patients are known to a thousandth; a seeded draw keeps the bootstrap short.
MOST_PATIENTS = 20_000
_NEARLY_ONE = 1.0 - 1e-9

RANK_CORRELATION = "risk_rank_correlation"
MEAN_DIFFERENCE = "mean_absolute_risk_difference"
FLAGGED_DIFFERENTLY = "flagged_differently"


@dataclass(frozen=True)
class ModelAgreement:
    """Risks of two models for the same patients.

    Attributes
    ----------
    rank_correlation : Estimate
        Spearman's, of the risks.
    mean_difference : Estimate
        Mean absolute difference of the risks, in [0, 1].
    flagged_differently : Estimate
        Share of patients whom one model flags and the other does not, each at its threshold;
        suppressed where it would tell of fewer than eleven people.
    first : ndarray of shape (b,)
        Mean risk by the first model in each of b equally large groups of patients, ordered by it.
    median, lower, upper : ndarray of shape (b,)
        Median and quartiles of the second model's risks in each.
    n : int
        Patients: those with an outcome, whom the figures of each model are of; all where nobody
        has one.
    threshold, second_threshold : float
        The first model's, and that one of the second's released ones that is nearest to it.
    """

    rank_correlation: Estimate
    mean_difference: Estimate
    flagged_differently: Estimate
    first: FloatArray
    median: FloatArray
    lower: FloatArray
    upper: FloatArray
    n: int
    threshold: float
    second_threshold: float

    def __post_init__(self) -> None:
        for name in ("first", "median", "lower", "upper"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    def to_frame(self) -> pd.DataFrame:
        """One row per group of patients: first, median, lower, upper."""
        return pd.DataFrame(
            {
                "first": self.first,
                "median": self.median,
                "lower": self.lower,
                "upper": self.upper,
            }
        )


def compare_risks(first: Study, second: Study) -> ModelAgreement:
    """Compare two models on the same patients, at the first one's threshold.

    Who is flagged by one model alone follows from how many are flagged differently and from how
    many each flags. So the second model flags at a threshold at which its own figures may be shown,
    and the number is withheld where either alone, both or neither flag few.

    Parameters
    ----------
    first, second : Study
        Of the same cohort.

    Raises
    ------
    SettingsError
        When the patients differ, or there are too few of them.
    """
    if first.cohort.digest != second.cohort.digest:
        raise SettingsError(
            "two models are compared on the same patients",
            value=(first.model.name, second.model.name),
        )
    is_counted = first.is_labelled if first.is_labelled.any() else ~first.is_labelled
    counted = np.flatnonzero(is_counted)
    rows = counted[_drawn(len(counted), first.seed)]
    fewest = FLOORS_PER_QUARTILE * floor_in_rows(first.cohort)
    if len(rows) < fewest:
        raise SettingsError(
            f"two models are compared on at least {fewest} patients", value=len(rows)
        )
    own, other = first.risk[rows], second.risk[rows]
    clusters = _clusters(first, rows)
    first_mean, quartiles = _by_risk(own, other, fewest)
    second_threshold = _nearest(_released(second), np.array([first.threshold]))[0]
    return ModelAgreement(
        rank_correlation=_rank_correlation((own, other), clusters, first.seed),
        mean_difference=_mean_difference((own, other), clusters, first.seed),
        flagged_differently=_flagged(first, second, counted),
        first=first_mean,
        median=quartiles[1],
        lower=quartiles[0],
        upper=quartiles[2],
        n=len(counted),
        threshold=first.threshold,
        second_threshold=float(second_threshold),
    )


def _clusters(study: Study, rows: IntArray) -> Belonging | None:
    """Which of these rows belong together; None where no two do."""
    own = study.cohort.clusters
    found = None if own is None else own.of_rows(rows)
    return found if found is not None and found.has_effect else None


def _drawn(n: int, seed: int) -> IntArray:
    if n <= MOST_PATIENTS:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).permutation(n)[:MOST_PATIENTS])


def _by_risk(own: FloatArray, other: FloatArray, fewest: int) -> tuple[FloatArray, FloatArray]:
    """Mean first risk (b,), and quartiles (3, b) of the second, in groups ordered by the first."""
    n_bins = min(MOST_BINS, len(own) // fewest)
    groups = np.array_split(np.argsort(own, kind="stable"), n_bins)
    means = np.array([own[group].mean() for group in groups])
    quartiles = np.array([np.quantile(other[group], [0.25, 0.5, 0.75]) for group in groups]).T
    return means, quartiles


def _rank_correlation(
    risks: tuple[FloatArray, FloatArray], clusters: Belonging | None, seed: int
) -> Estimate:
    """Spearman's; the bootstrap keeps the ranks, which are those among all patients.

    By cluster the interval is symmetric on Fisher's scale, and the ranks are kept as well.
    """
    own, other = risks
    ranks = np.stack([rankdata(own), rankdata(other)])
    if np.ptp(ranks, axis=1).min() == 0:
        return Estimate.not_estimable(
            RANK_CORRELATION, "One model gives everybody the same risk.", n=len(own), n_events=0
        )

    def correlation(weights: FloatArray) -> FloatArray:
        total = weights.sum(axis=1)
        means = weights @ ranks.T / total[:, None]
        squares = weights @ (ranks**2).T / total[:, None] - means**2
        cross = weights @ (ranks[0] * ranks[1]) / total - means.prod(axis=1)
        result: FloatArray = cross / np.sqrt(squares.prod(axis=1))
        return result

    value = float(correlation(np.ones((1, len(own))))[0])
    if clusters is not None:
        return _correlation_by_cluster(value, ranks, clusters)
    interval = bootstrap_interval(correlation, len(own), N_RESAMPLES, seed)
    return Estimate(
        RANK_CORRELATION, value, interval.low, interval.high, len(own), None, interval.method
    )


def _correlation_by_cluster(value: float, ranks: FloatArray, belonging: Belonging) -> Estimate:
    n = ranks.shape[1]
    if belonging.is_one:
        return Estimate.not_estimable(RANK_CORRELATION, ONE_CLUSTER, n=n, n_events=0)
    first, second = (ranks - ranks.mean(axis=1, keepdims=True)) / ranks.std(axis=1, keepdims=True)
    influence = (first * second - value * (np.square(first) + np.square(second)) / 2.0) / n
    # Two models that rank alike have no finite place on Fisher's scale, and no doubt either.
    inner = min(max(value, -_NEARLY_ONE), _NEARLY_ONE)
    clusters = Clusters.of(belonging.position, belonging.kind)
    limits = cluster_interval(math.atanh(inner), influence / (1.0 - inner**2), clusters)
    low, high = min(math.tanh(limits.low), value), max(math.tanh(limits.high), value)
    return Estimate(RANK_CORRELATION, value, low, high, n, None, limits.method)


def _mean_difference(
    risks: tuple[FloatArray, FloatArray], clusters: Belonging | None, seed: int
) -> Estimate:
    sizes = np.abs(risks[0] - risks[1])
    if clusters is not None:
        return _mean_by_cluster(sizes, clusters)
    low, high = bootstrap_mean_intervals(sizes[:, None], N_RESAMPLES, seed)
    return Estimate(
        MEAN_DIFFERENCE,
        float(sizes.mean()),
        float(low[0]),
        float(high[0]),
        len(sizes),
        None,
        f"Bootstrap, {N_RESAMPLES:,} resamples",
    )


def _mean_by_cluster(sizes: FloatArray, belonging: Belonging) -> Estimate:
    n, value = len(sizes), float(sizes.mean())
    if belonging.is_one:
        return Estimate.not_estimable(MEAN_DIFFERENCE, ONE_CLUSTER, n=n, n_events=0)
    clusters = Clusters.of(belonging.position, belonging.kind)
    limits = cluster_interval(value, (sizes - value) / n, clusters)
    return Estimate(
        MEAN_DIFFERENCE, value, max(limits.low, 0.0), limits.high, n, None, limits.method
    )


def _released(study: Study) -> FloatArray:
    """Thresholds, ascending, at which figures of everybody may be shown."""
    labelled = LabelledRisk.of_study(study)
    floor = floor_in_rows(study.cohort)
    bins = cut_risks(labelled, floor, study.declared_threshold) if len(labelled) else None
    return np.union1d(bins.thresholds if bins else (), (study.declared_threshold,))


def _nearest(thresholds: FloatArray, wanted: FloatArray) -> FloatArray:
    """The threshold nearest to each one wanted; of two as near the lower one."""
    found: FloatArray = thresholds[np.abs(thresholds - wanted[:, None]).argmin(axis=1)]
    return found


def _flagged(first: Study, second: Study, counted: IntArray) -> Estimate:
    """Share flagged differently, where neither it nor two such shares tell of few people."""
    thresholds = _released(first)
    others = _nearest(_released(second), thresholds)
    # How many of the thresholds each patient's risk reaches, by either model.
    own = np.searchsorted(thresholds, first.risk[counted], side="right")
    other = np.searchsorted(others, second.risk[counted], side="right")
    at = int(np.searchsorted(thresholds, first.threshold))
    anchor = int(np.searchsorted(thresholds, first.declared_threshold))
    flags, other_flags = own > at, other > at
    floor = floor_in_rows(first.cohort)
    decision = _decide(flags, other_flags, floor)
    is_released = first.threshold in thresholds and at in _told_apart(
        own, other, len(thresholds), anchor, floor
    )
    if not is_released or any(decision.overall.values()):
        return withheld(FLAGGED_DIFFERENTLY, decision)
    n, differing = len(counted), int((flags != other_flags).sum())
    belonging = _clusters(first, counted)
    if belonging is not None and belonging.is_one:
        return Estimate.not_estimable(FLAGGED_DIFFERENTLY, ONE_CLUSTER, n=n, n_events=0)
    interval = share_interval((flags != other_flags), belonging)
    return Estimate(
        FLAGGED_DIFFERENTLY, differing / n, interval.low, interval.high, n, None, interval.method
    )


def _decide(own: BoolArray, other: BoolArray, floor: int) -> Decision:
    """What may be told of who is flagged by both, by one alone and by neither."""
    sides = [(own & other), (own & ~other), (~own & other), (~own & ~other)]
    counts = OutcomeCounts(*(np.array([int(side.sum())]) for side in sides))
    return decide_suppression([Slice()], counts, floor)


def _told_apart(
    own: IntArray, other: IntArray, n_thresholds: int, anchor: int, floor: int
) -> set[int]:
    """Positions of thresholds between which nobody or enough people change sides.

    Whom both models flag, and whom either does, become fewer as the thresholds rise; figures at two
    of them could be subtracted.
    """
    sides = (np.minimum(own, other), np.maximum(own, other))
    counts = np.column_stack([np.bincount(side, minlength=n_thresholds + 1) for side in sides])
    below = merge_small_bins(counts[: anchor + 1][::-1], floor)
    above = merge_small_bins(counts[anchor + 1 :], floor)
    if below is None or above is None:
        whole = merge_small_bins(counts, floor)
        return set() if whole is None else {int(start) - 1 for start in whole[1:-1]}
    return {anchor, *(anchor - below[1:-1]).tolist(), *(anchor + above[1:-1]).tolist()}
