"""Area under the ROC curve: its variance and its interval."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import expit, logit

from explainers.core.arrays import FloatArray
from explainers.errors import SettingsError
from explainers.uncertainty.interval import Interval, normal_quantile, tail_of


def delong_variance(event_risk: FloatArray, other_risk: FloatArray) -> tuple[float, float]:
    """Area under the ROC curve and its variance (DeLong 1988, Biometrics 44:837).

    Ties count one half. Placements come from two sorts and four binary searches, so the cost is
    O(n log n) (Sun and Xu 2014, IEEE Signal Process Lett 21:1389).

    Parameters
    ----------
    event_risk : ndarray of shape (e,)
        Risks of patients with the outcome, e >= 2.
    other_risk : ndarray of shape (m,)
        Risks of patients without, m >= 2.

    Raises
    ------
    SettingsError
        When either side has fewer than two patients.
    """
    if min(len(event_risk), len(other_risk)) < 2:
        raise SettingsError(
            "DeLong's variance needs at least two patients with and two without the outcome",
            value=(len(event_risk), len(other_risk)),
        )
    events, others = np.sort(event_risk), np.sort(other_risk)
    share_below = placements(events, others)
    share_above = 1.0 - placements(others, events)
    variance = share_below.var(ddof=1) / len(events) + share_above.var(ddof=1) / len(others)
    return float(share_below.mean()), float(variance)


def delong_variance_of_bins(events: FloatArray, others: FloatArray) -> tuple[float, float]:
    """As above, of patients counted in bins of ascending risk; those of one bin are tied.

    Parameters
    ----------
    events, others : ndarray of shape (b,)
        Patients with and without the outcome, at least two of either.

    Raises
    ------
    SettingsError
        When either side has fewer than two patients.
    """
    n_events, n_others = float(events.sum()), float(others.sum())
    if min(n_events, n_others) < 2:
        raise SettingsError(
            "DeLong's variance needs at least two patients with and two without the outcome",
            value=(n_events, n_others),
        )
    share_below = (np.cumsum(others) - others / 2.0) / n_others
    share_above = 1.0 - (np.cumsum(events) - events / 2.0) / n_events
    auroc = float(events @ share_below) / n_events
    spreads = (
        float(counts @ np.square(shares - auroc)) / (n - 1.0) / n
        for counts, shares, n in (
            (events, share_below, n_events),
            (others, share_above, n_others),
        )
    )
    return auroc, sum(spreads)


def placements(risks: FloatArray, among: FloatArray) -> FloatArray:
    """Share of the sorted ``among`` below each of the ``risks``, ties one half."""
    below = np.searchsorted(among, risks, side="left")
    not_above = np.searchsorted(among, risks, side="right")
    shares: FloatArray = (below + not_above) / (2.0 * len(among))
    return shares


def auroc_interval(
    auroc: float, variance: float, n_events: int, n_others: int, level: float = 0.95
) -> Interval:
    """Interval from DeLong's variance on the logit scale, which stays inside 0 and 1.

    An area of exactly 0 or 1 has a variance of 0 and no logit. Pairing each patient of the smaller
    side with one of the other gives that many independent pairs, each in the right order with a
    probability equal to the area; the interval is then the exact one for a proportion.

    Raises
    ------
    SettingsError
        When the area is strictly between 0 and 1 and the variance is not positive.
    """
    if auroc in (0.0, 1.0):
        return _interval_at_the_edge(auroc, min(n_events, n_others), level)
    if not variance > 0.0:
        raise SettingsError("an area between 0 and 1 needs a positive variance", value=variance)
    half = normal_quantile(level) * math.sqrt(variance) / (auroc * (1.0 - auroc))
    centre = float(logit(auroc))
    return Interval(float(expit(centre - half)), float(expit(centre + half)), "DeLong, logit scale")


def _interval_at_the_edge(auroc: float, n_pairs: int, level: float) -> Interval:
    reach = tail_of(level) ** (1.0 / n_pairs)
    method = "Exact, disjoint pairs"
    return Interval(reach, 1.0, method) if auroc == 1.0 else Interval(0.0, 1.0 - reach, method)
