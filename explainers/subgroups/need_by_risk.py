"""Mean need of a group at each level of predicted risk, every mark for enough people."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from explainers.core.arrays import FloatArray, IntArray
from explainers.core.belonging import Belonging
from explainers.core.curve import Curve
from explainers.disclosure.bins import merge_small_bins
from explainers.disclosure.counts import lowest_floor
from explainers.subgroups.candidate_labels import NeedMeasure, RecordedNeed
from explainers.uncertainty.bootstrap import bootstrap_mean_intervals
from explainers.uncertainty.clusters import Clusters, cluster_interval, share_interval
from explainers.uncertainty.wald import jackknife_interval

MOST_BINS = 10
FEWEST_IN_BIN = 30
# Means of more people have intervals that no longer differ from the bootstrap's.
_MOST_RESAMPLED = 1_000
X_LABEL = "Percentile of predicted risk"


def risk_percentiles(order: IntArray) -> FloatArray:
    """Percentile (n,) of each patient, 100 for the highest risk, given rows from high to low."""
    n = len(order)
    percentile = np.empty(n)
    percentile[order] = 100.0 * (n - np.arange(n)) / n
    return percentile


def need_by_risk(
    percentile: FloatArray,
    need: RecordedNeed,
    floor: int,
    level: float = 0.95,
    seed: int = 0,
    belonging: Belonging | None = None,
) -> Curve | None:
    """Mean need over bins of a group's patients, ordered by predicted risk.

    The bins hold equally many of the group's own patients, so that they tell nothing about how many
    of them lie above a threshold. With a higher floor they are some of those for 11 people put
    together.

    Parameters
    ----------
    percentile : ndarray of shape (n,)
        Of the group's patients.
    need : RecordedNeed
        Theirs.
    floor : int
        Fewest people in a bin; where need is an outcome, also fewest with and without it, and with
        one of it and a related outcome only, else the fewest that a sum of need is safe with, since
        a mean times people is a sum.
    level, seed : float, int
        Of the intervals: Wilson for an outcome; for a number bootstrap, or the infinitesimal
        jackknife where a bin holds more than 1,000 people.
    belonging : Belonging, optional
        Which of the group's rows belong together; intervals then allow for it.

    Returns
    -------
    Curve or None
        x is the mean percentile of a bin to one decimal; None where no bin would do, or one is of
        a single person or site.
    """
    order = np.argsort(percentile, kind="stable")
    need = need.of(order)
    owners = None if belonging is None else belonging.of_rows(order)
    percentile = np.sort(percentile)
    bins = need_bins(need, floor)
    if not bins:
        return None
    parts = [need.values[start:stop] for start, stop in bins]
    own = [None if owners is None else owners.of_rows(np.arange(*ends)) for ends in bins]
    if any(one is not None and one.is_one for one in own):
        return None
    limits = [
        _limits(part, need.measure, (level, seed), one)
        for part, one in zip(parts, own, strict=True)
    ]
    return Curve(
        x=np.array([round(float(percentile[start:stop].mean()), 1) for start, stop in bins]),
        y=np.array([part.mean() for part in parts]),
        low=np.array([low for low, _ in limits]),
        high=np.array([high for _, high in limits]),
        x_label=X_LABEL,
        y_label=need.measure.label_with_unit,
        n=len(percentile),
    )


def need_bins(need: RecordedNeed, floor: int) -> list[tuple[int, int]]:
    """First and last patient of each bin of patients ordered by risk."""
    n, lowest = len(need.values), lowest_floor(floor)
    if n < lowest:
        return []
    n_bins = max(1, min(MOST_BINS, n // max(lowest, FEWEST_IN_BIN)))
    edges = np.round(np.linspace(0, n, n_bins + 1)).astype(np.int64)
    kinds = need.kinds()
    for least in dict.fromkeys((lowest, floor)):
        merged = merge_small_bins(np.add.reduceat(kinds, edges[:-1]).astype(np.int64), least)
        if merged is None:
            return []
        edges = edges[merged]
    return [(int(start), int(stop)) for start, stop in pairwise(edges)]


def _limits(
    need: FloatArray,
    measure: NeedMeasure,
    settings: tuple[float, int],
    belonging: Belonging | None,
) -> tuple[float, float]:
    level, seed = settings
    if measure.is_share:
        found = share_interval(need == 1.0, belonging, level)
        return found.low, found.high
    if belonging is not None and belonging.has_effect:
        clusters = Clusters.of(belonging.position, belonging.kind)
        mean = float(need.mean())
        found = cluster_interval(mean, (need - mean) / len(need), clusters, level)
        return found.low, found.high
    if len(need) > _MOST_RESAMPLED:
        found = jackknife_interval(float(need.mean()), float(need.var()) / len(need), level)
        return found.low, found.high
    low, high = bootstrap_mean_intervals(need[:, None], seed=seed, level=level)
    return float(low[0]), float(high[0])
