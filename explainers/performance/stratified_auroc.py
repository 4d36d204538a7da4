"""Ranking within strata, such as hospitals, beside ranking across all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit

from explainers.core.arrays import FloatArray, IntArray
from explainers.core.estimate import Estimate
from explainers.performance.cluster_intervals import OwnClusters, clusters_of
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings, absent, estimated
from explainers.uncertainty.delong import auroc_interval
from explainers.uncertainty.wald import influence_interval

WITHIN, GAP = "auroc_within", "auroc_within_gap"
NO_PAIRS = "No stratum has both patients with and without the outcome."
ALL_ALIKE = "Every pair within a stratum has the same risk."
NO_SPREAD = "Every pair within a stratum is ranked alike, so nothing tells how clusters differ."


@dataclass(frozen=True)
class _Ranking:
    """Share of right pairs within strata, and each patient's influence on it, (n,)."""

    value: float
    influence: FloatArray

    @classmethod
    def of(cls, patients: LabelledRisk, strata: IntArray) -> _Ranking | None:
        """None where no stratum has both outcomes.

        The share is a sum of weights over pairs divided by another, so its derivative with respect
        to one patient's weight counts the pairs of that patient.
        """
        order = np.lexsort((patients.risk, strata))
        risk, stratum = patients.risk[order], strata[order]
        is_event = patients.is_event[order].astype(np.float64)
        new_stratum = np.concatenate([[True], np.diff(stratum) != 0])
        ties = _Blocks.of(new_stratum | np.concatenate([[True], np.diff(risk) != 0.0]))
        blocks = _Blocks.of(new_stratum)
        others = _Sums.of(1.0 - is_event)
        events = _Sums.of(is_event)
        below = others.between(blocks.first, ties.first) + others.between(*ties.ends) / 2.0
        above = events.between(ties.past, blocks.past) + events.between(*ties.ends) / 2.0
        right = np.where(is_event == 1.0, below, above)
        pairs = np.where(
            is_event == 1.0, others.between(*blocks.ends), events.between(*blocks.ends)
        )
        n_pairs = float(is_event @ pairs)
        if n_pairs == 0.0:
            return None
        value = float(is_event @ right) / n_pairs
        influence = np.empty(len(order))
        influence[order] = (right - value * pairs) / n_pairs
        return cls(value, influence)


@dataclass(frozen=True)
class _Blocks:
    """First row of each row's block, and the row past its end, (n,) each."""

    first: IntArray
    past: IntArray

    @classmethod
    def of(cls, opens: np.ndarray) -> _Blocks:
        starts = np.flatnonzero(opens)
        number = np.cumsum(opens) - 1
        return cls(starts[number], np.append(starts[1:], len(opens))[number])

    @property
    def ends(self) -> tuple[IntArray, IntArray]:
        return self.first, self.past


@dataclass(frozen=True)
class _Sums:
    """Cumulative sums, (n + 1,)."""

    up_to: FloatArray

    @classmethod
    def of(cls, counted: FloatArray) -> _Sums:
        return cls(np.concatenate([[0.0], np.cumsum(counted)]))

    def between(self, first: IntArray, past: IntArray) -> FloatArray:
        difference: FloatArray = self.up_to[past] - self.up_to[first]
        return difference


def estimate_auroc_within(
    patients: LabelledRisk, strata: IntArray, settings: MetricSettings
) -> tuple[Estimate, Estimate]:
    """AUROC over the pairs within a stratum, and how far that lies above the AUROC of all pairs.

    Pairs within a stratum count alike whichever stratum they are in, so a stratum weighs by its
    patients with the outcome times those without. A model that knows little but the stratum has an
    AUROC of all pairs above one half where strata differ in prevalence, and of one half within.
    Intervals rest on each patient's influence (infinitesimal jackknife), in O(n log n); that of the
    difference on the difference of the influences, since both are of the same patients. Where
    patients belong together, influences are added by cluster before they are squared.

    Parameters
    ----------
    patients : LabelledRisk
        Of n patients.
    strata : ndarray of shape (n,)
        Number of each patient's stratum.
    settings : MetricSettings

    Returns
    -------
    (Estimate, Estimate)
        Of ``auroc_within`` and ``auroc_within_gap`` (within less all).
    """
    within = _Ranking.of(patients, strata) if len(patients) else None
    everybody = _Ranking.of(patients, np.zeros_like(strata)) if within else None
    if within is None or everybody is None:
        return absent(WITHIN, NO_PAIRS, patients), absent(GAP, NO_PAIRS, patients)
    gap, influence = within.value - everybody.value, within.influence - everybody.influence
    if own := clusters_of(patients):
        return _by_cluster(own, within, (gap, influence), settings)
    variance = float(np.square(within.influence).sum())
    gap_interval = influence_interval(gap, influence, settings.level)
    of_gap = estimated(GAP, gap, gap_interval, patients, settings)
    if variance == 0.0 and 0.0 < within.value < 1.0:
        return absent(WITHIN, ALL_ALIKE, patients), of_gap
    interval = auroc_interval(
        within.value, variance, patients.n_events, patients.n_others, settings.level
    )
    if variance > 0.0:
        interval = replace(interval, method="Infinitesimal jackknife, logit scale")
    return estimated(WITHIN, within.value, interval, patients, settings), of_gap


def _by_cluster(
    own: OwnClusters,
    within: _Ranking,
    gap: tuple[float, FloatArray],
    settings: MetricSettings,
) -> tuple[Estimate, Estimate]:
    of_gap = own.estimate(GAP, *gap, settings)
    slope = within.value * (1.0 - within.value)
    if slope == 0.0 or not within.influence.any():
        return absent(WITHIN, ALL_ALIKE if slope else NO_SPREAD, own.patients), of_gap
    found = own.estimate(WITHIN, float(logit(within.value)), within.influence / slope, settings)
    if found.low is None or found.high is None:
        return found, of_gap
    low, high = float(expit(found.low)), float(expit(found.high))
    return replace(found, value=within.value, low=low, high=high), of_gap
