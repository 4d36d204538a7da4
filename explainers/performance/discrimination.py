"""Whether the model ranks patients with the outcome above those without."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from explainers.core.arrays import FloatArray, IntArray
from explainers.core.compiled import compiled
from explainers.core.estimate import Estimate
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import (
    BOOTSTRAP_UP_TO,
    N_RESAMPLES,
    MetricSettings,
    absent,
    estimated,
    missing_class,
)
from explainers.uncertainty.bootstrap import bootstrap_interval
from explainers.uncertainty.delong import auroc_interval, delong_variance
from explainers.uncertainty.wald import influence_interval

SAME_RISK = "Everybody here has the same predicted risk, so nobody is ranked."
TOO_FEW = "Fewer than two patients with or without the outcome."


def estimate_auroc(patients: LabelledRisk, settings: MetricSettings) -> Estimate:
    """Probability that a patient with the outcome has a higher risk than one without."""
    if reason := missing_class(patients):
        return absent("auroc", reason, patients)
    if min(patients.n_events, patients.n_others) < 2:
        return absent("auroc", TOO_FEW, patients)
    if patients.has_one_risk:
        return absent("auroc", SAME_RISK, patients)
    auroc, variance = delong_variance(patients.event_risk, patients.other_risk)
    interval = auroc_interval(auroc, variance, patients.n_events, patients.n_others, settings.level)
    return estimated("auroc", auroc, interval, patients, settings)


def estimate_average_precision(patients: LabelledRisk, settings: MetricSettings) -> Estimate:
    """Mean, over patients with the outcome, of the share of events at or above their risk."""
    slug = "average_precision"
    if reason := missing_class(patients):
        return absent(slug, reason, patients)
    if min(patients.n_events, patients.n_others) < 2:
        return absent(slug, TOO_FEW, patients)
    order = np.argsort(-patients.risk, kind="stable")
    is_event = patients.is_event[order].astype(np.float64)
    last_tied = last_of_each_tie(patients.risk[order])
    value = float(_weighted_precision(np.ones((1, len(order))), is_event, last_tied)[0])
    if len(patients) <= BOOTSTRAP_UP_TO:
        interval = bootstrap_interval(
            _precision_of_resample(is_event, last_tied),
            len(order),
            N_RESAMPLES,
            settings.seed,
            settings.level,
        )
    else:
        interval = influence_interval(
            value, precision_influence(value, is_event, last_tied), settings.level
        )
    return estimated(slug, value, interval, patients, settings)


def last_of_each_tie(descending: FloatArray) -> IntArray:
    """Position of the last patient with the same risk, for each patient, (n,)."""
    return np.searchsorted(-descending, -descending, side="right").astype(np.int64) - 1


def _precision_of_resample(
    is_event: FloatArray, last_tied: IntArray
) -> Callable[[FloatArray], FloatArray]:
    return lambda weights: _weighted_precision(weights, is_event, last_tied)


@compiled
def _weighted_precision(
    weights: FloatArray, is_event: FloatArray, last_tied: IntArray
) -> FloatArray:
    """Average precision (B,) for weights (B, n) of patients sorted by descending risk."""
    averages = np.empty(len(weights))
    for draw in range(len(weights)):
        found = flagged = total = 0.0
        first = 0
        while first < weights.shape[1]:
            events = 0.0
            for row in range(first, last_tied[first] + 1):
                flagged += weights[draw, row]
                events += weights[draw, row] * is_event[row]
            first = last_tied[first] + 1
            found += events
            # Before the first drawn patient nothing is flagged.
            if flagged > 0.0:
                total += events * found / flagged
        averages[draw] = total / found if found > 0.0 else np.nan
    return averages


def precision_influence(value: float, is_event: FloatArray, last_tied: IntArray) -> FloatArray:
    """Derivative (n,) of average precision with respect to each patient's weight.

    A patient changes the precision of every event at or below their own risk: found there rises
    by 1 for an event, flagged by 1 for anybody.
    """
    flagged = last_tied + 1.0
    precision = np.cumsum(is_event)[last_tied] / flagged
    per_flagged = is_event / flagged
    first_tied = np.searchsorted(last_tied, last_tied, side="left")
    below = _sum_from(per_flagged, first_tied)
    below_precision = _sum_from(per_flagged * precision, first_tied)
    own = is_event * (precision - value)
    influence: FloatArray = (own + is_event * below - below_precision) / is_event.sum()
    return influence


def _sum_from(terms: FloatArray, start: IntArray) -> FloatArray:
    """Sum of the terms from each position to the end."""
    from_end = np.cumsum(terms[::-1])[::-1]
    sums: FloatArray = from_end[start]
    return sums
