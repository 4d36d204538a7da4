"""How much better one model is than another, or than no model, on the same patients."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.stats import rankdata

from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.estimate import Estimate
from explainers.errors import SettingsError
from explainers.performance.cluster_intervals import OwnClusters, clusters_of
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import (
    N_RESAMPLES,
    MetricSettings,
    absent,
    estimated,
    missing_class,
    missing_patients,
)
from explainers.uncertainty.bootstrap import count_draws, percentile_interval
from explainers.uncertainty.interval import Interval
from explainers.uncertainty.wald import wald_interval

AUROC_DIFFERENCE = "auroc_difference"
BENEFIT_DIFFERENCE = "net_benefit_difference"
BENEFIT_OVER_DEFAULT = "net_benefit_over_default"


def estimate_auroc_difference(
    first: LabelledRisk, second: LabelledRisk, settings: MetricSettings
) -> Estimate:
    """AUROC of the first model less that of the second (DeLong 1988, Biometrics 44:837).

    The variance is that of each patient's difference in placement, so what both models have in
    common cancels; placements are differences of ranks, and the cost is O(n log n). Where patients
    belong together, their differences are added by cluster before they are squared.

    Parameters
    ----------
    first, second : LabelledRisk
        Risks of the same patients by two models.
    settings : MetricSettings

    Raises
    ------
    SettingsError
        When the two are not of the same patients.
    """
    _require_same(first, second)
    if reason := missing_class(first):
        return absent(AUROC_DIFFERENCE, reason, first)
    if min(first.n_events, first.n_others) < 2:
        return absent(
            AUROC_DIFFERENCE, "Fewer than two patients with or without the outcome.", first
        )
    ours, theirs = _placements(first), _placements(second)
    events, others = (one - other for one, other in zip(ours, theirs, strict=True))
    value = float(events.mean())
    if own := clusters_of(first):
        influence = np.empty(len(first))
        influence[first.is_event] = (events - value) / len(events)
        influence[~first.is_event] = (others - value) / len(others)
        return own.estimate(AUROC_DIFFERENCE, value, influence, settings)
    variance = events.var(ddof=1) / len(events) + others.var(ddof=1) / len(others)
    wald = wald_interval(value, math.sqrt(float(variance)), settings.level)
    interval = Interval(wald.low, wald.high, "DeLong, paired")
    return estimated(AUROC_DIFFERENCE, value, interval, first, settings)


def estimate_benefit_difference(
    first: LabelledRisk, second: LabelledRisk, settings: MetricSettings
) -> Estimate:
    """Net benefit of the first model less that of the second, both at the declared threshold.

    The bootstrap resamples patients: who is flagged by which model stays together. Where patients
    belong together, the interval rests on the variance over clusters.

    Raises
    ------
    SettingsError
        When the two are not of the same patients, or no threshold is declared.
    """
    _require_same(first, second)
    if reason := missing_patients(first):
        return absent(BENEFIT_DIFFERENCE, reason, first)
    threshold = settings.declared_threshold
    kind = 4 * first.is_event + 2 * (first.risk >= threshold) + (second.risk >= threshold)
    counts = np.bincount(kind.astype(np.int64), minlength=8).astype(np.float64)
    harm = threshold / (1.0 - threshold)
    # By kind: no outcome and flagged by neither, second, first, both; then the same with outcome.
    worth = np.array([0.0, harm, -harm, 0.0, 0.0, -1.0, 1.0, 0.0])
    value = float(counts @ worth) / len(first)
    if own := clusters_of(first):
        influence = (worth[kind.astype(np.int64)] - value) / len(first)
        return own.estimate(BENEFIT_DIFFERENCE, value, influence, settings)
    draws = count_draws(counts, N_RESAMPLES, settings.seed) @ worth / len(first)
    interval = percentile_interval(draws, settings.level)
    return estimated(BENEFIT_DIFFERENCE, value, interval, first, settings)


def estimate_benefit_over_default(patients: LabelledRisk, settings: MetricSettings) -> Estimate:
    """Net benefit less that of the better of flagging everybody and flagging nobody.

    Each bootstrap resample takes the better of the two anew, so choosing it is part of the doubt.
    Where patients belong together, the limits are the lesser of those over flagging everybody and
    over flagging nobody, each from the variance over clusters.

    Raises
    ------
    SettingsError
        When no threshold is declared.
    """
    if reason := missing_patients(patients):
        return absent(BENEFIT_OVER_DEFAULT, reason, patients)
    threshold = settings.declared_threshold
    events, others = patients.flagged_counts(threshold)
    counts = np.array(
        [events, patients.n_events - events, others, patients.n_others - others], dtype=np.float64
    )
    value = float(_over_default(counts[None, :], threshold)[0])
    if own := clusters_of(patients):
        return _over_both(own, patients, value, settings)
    draws = _over_default(count_draws(counts, N_RESAMPLES, settings.seed), threshold)
    interval = percentile_interval(draws, settings.level)
    return estimated(BENEFIT_OVER_DEFAULT, value, interval, patients, settings)


def _over_both(
    own: OwnClusters, patients: LabelledRisk, value: float, settings: MetricSettings
) -> Estimate:
    """The same by cluster: what is gained over both defaults is the lesser gain of the two."""
    threshold, n = settings.declared_threshold, len(patients)
    worth = np.where(patients.is_event, 1.0, -threshold / (1.0 - threshold))
    gains = [(patients.risk >= threshold) * worth]
    gains.append(gains[0] - worth)
    found = [
        own.estimate(BENEFIT_OVER_DEFAULT, float(gain.mean()), (gain - gain.mean()) / n, settings)
        for gain in gains
    ]
    if not found[0].is_estimated:
        return found[0]
    low, high = (min(getattr(one, end) for one in found) for end in ("low", "high"))
    return replace(found[0], value=value, low=low, high=high)


def _over_default(counts: FloatArray, threshold: float) -> FloatArray:
    """Gain (B,) from TP, FN, FP, TN (B, 4)."""
    harm = threshold / (1.0 - threshold)
    model = counts[:, 0] - harm * counts[:, 2]
    everybody = counts[:, :2].sum(axis=1) - harm * counts[:, 2:].sum(axis=1)
    gain: FloatArray = (model - np.maximum(everybody, 0.0)) / counts.sum(axis=1)
    return gain


def _placements(patients: LabelledRisk) -> tuple[FloatArray, FloatArray]:
    """Share of the others below each event (e,), and of the events above each other (m,)."""
    is_event = patients.is_event
    below = _ranks_among(patients.risk, is_event) / patients.n_others
    above = 1.0 - _ranks_among(patients.risk, ~is_event) / patients.n_events
    return below, above


def _ranks_among(risk: FloatArray, is_own: BoolArray) -> FloatArray:
    """How many of the other side lie below each of one's own, ties one half."""
    among_all = np.asarray(rankdata(risk), dtype=np.float64)[is_own]
    return among_all - np.asarray(rankdata(risk[is_own]), dtype=np.float64)


def _require_same(first: LabelledRisk, second: LabelledRisk) -> None:
    if len(first) != len(second) or (first.is_event != second.is_event).any():
        raise SettingsError(
            "two models are compared on the same patients, in the same order",
            value=(len(first), len(second)),
        )
