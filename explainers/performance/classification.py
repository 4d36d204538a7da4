"""Who is flagged at the declared threshold: sensitivity and its kin, and net benefit.

A patient is flagged when the risk is at or above the threshold.
"""

from __future__ import annotations

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.estimate import Estimate
from explainers.performance.labelled_risk import CountedRisk
from explainers.performance.metric import (
    N_RESAMPLES,
    MetricSettings,
    absent,
    estimated,
    missing_patients,
)
from explainers.uncertainty.bootstrap import count_draws, percentile_interval
from explainers.uncertainty.wilson import proportion_interval


def estimate_prevalence(patients: CountedRisk, settings: MetricSettings) -> Estimate:
    """Share of the patients who have the outcome."""
    reason = missing_patients(patients)
    return _share("prevalence", patients.n_events, len(patients), reason, patients, settings)


def estimate_sensitivity(patients: CountedRisk, settings: MetricSettings) -> Estimate:
    """Share of patients with the outcome who are flagged."""
    flagged, _ = patients.flagged_counts(settings.declared_threshold)
    reason = missing_patients(patients) or "Nobody here has the outcome."
    return _share("sensitivity", flagged, patients.n_events, reason, patients, settings)


def estimate_specificity(patients: CountedRisk, settings: MetricSettings) -> Estimate:
    """Share of patients without the outcome who are not flagged."""
    _, flagged = patients.flagged_counts(settings.declared_threshold)
    spared = patients.n_others - flagged
    reason = missing_patients(patients) or "Everybody here has the outcome."
    return _share("specificity", spared, patients.n_others, reason, patients, settings)


def estimate_ppv(patients: CountedRisk, settings: MetricSettings) -> Estimate:
    """Share of the flagged who have the outcome."""
    events, others = patients.flagged_counts(settings.declared_threshold)
    reason = missing_patients(patients) or "Nobody here is flagged at the threshold."
    return _share("ppv", events, events + others, reason, patients, settings)


def estimate_npv(patients: CountedRisk, settings: MetricSettings) -> Estimate:
    """Share of those not flagged who do not have the outcome."""
    events, others = patients.flagged_counts(settings.declared_threshold)
    spared = patients.n_others - others
    n_spared = len(patients) - events - others
    reason = missing_patients(patients) or "Everybody here is flagged at the threshold."
    return _share("npv", spared, n_spared, reason, patients, settings)


def estimate_net_benefit(patients: CountedRisk, settings: MetricSettings) -> Estimate:
    """``TP/n - FP/n x t/(1-t)`` at threshold t (Vickers and Elkin 2006)."""
    threshold = settings.declared_threshold
    if reason := missing_patients(patients):
        return absent("net_benefit", reason, patients)
    counts = _confusion(patients, threshold)
    draws = count_draws(counts, N_RESAMPLES, settings.seed)
    interval = percentile_interval(_net_benefit(draws, threshold), settings.level)
    value = _net_benefit(counts[None, :], threshold)[0]
    return estimated("net_benefit", value, interval, patients, settings)


def estimate_standardized_net_benefit(patients: CountedRisk, settings: MetricSettings) -> Estimate:
    """Net benefit over the most there could be, the group's own prevalence."""
    slug, threshold = "standardized_net_benefit", settings.declared_threshold
    if reason := missing_patients(patients):
        return absent(slug, reason, patients)
    if patients.n_events == 0:
        return absent(slug, "Nobody here has the outcome.", patients)
    counts = _confusion(patients, threshold)
    draws = count_draws(counts, N_RESAMPLES, settings.seed)
    interval = percentile_interval(_standardized(draws, threshold), settings.level)
    value = _standardized(counts[None, :], threshold)[0]
    return estimated(slug, value, interval, patients, settings)


def _share(
    slug: str,
    successes: int,
    among: int,
    reason_if_none: str,
    patients: CountedRisk,
    settings: MetricSettings,
) -> Estimate:
    if among == 0:
        return absent(slug, reason_if_none, patients)
    interval = proportion_interval(successes, among, settings.level)
    return estimated(slug, successes / among, interval, patients, settings)


def _confusion(patients: CountedRisk, threshold: float) -> FloatArray:
    """TP, FN, FP, TN as (4,)."""
    events, others = patients.flagged_counts(threshold)
    counts = [events, patients.n_events - events, others, patients.n_others - others]
    return np.array(counts, dtype=np.float64)


def _net_benefit(counts: FloatArray, threshold: float) -> FloatArray:
    """Net benefit (B,) from TP, FN, FP, TN (B, 4)."""
    harm = threshold / (1.0 - threshold)
    benefit: FloatArray = (counts[:, 0] - counts[:, 2] * harm) / counts.sum(axis=1)
    return benefit


def _standardized(counts: FloatArray, threshold: float) -> FloatArray:
    """As above over the prevalence; NaN where a resample has no event."""
    prevalence = (counts[:, 0] + counts[:, 1]) / counts.sum(axis=1)
    prevalence[prevalence == 0.0] = np.nan
    ratio: FloatArray = _net_benefit(counts, threshold) / prevalence
    return ratio
