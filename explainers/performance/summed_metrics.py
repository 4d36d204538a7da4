"""Every metric from sums alone: exact where sums suffice, binned, and saying so, where not."""

from __future__ import annotations

import math
from collections.abc import Callable

from explainers.core.estimate import Estimate
from explainers.performance import calibration, classification
from explainers.performance.binned_metrics import (
    estimate_binned_auroc,
    estimate_binned_average_precision,
    estimate_binned_intercept,
    estimate_binned_slope,
)
from explainers.performance.metric import (
    MetricSettings,
    absent,
    estimated,
    missing_class,
    missing_patients,
)
from explainers.performance.metrics import find_metric
from explainers.performance.risk_sums import RiskSums
from explainers.uncertainty.wald import jackknife_interval

# What needs nothing but the number of patients and the sums of their risks and errors.
WITHOUT_BINS = ("prevalence", "oe_ratio", "brier", "scaled_brier")


def estimate_from_sums(slug: str, sums: RiskSums, settings: MetricSettings) -> Estimate:
    """Estimate one metric with its interval.

    Shares, net benefit and observed over expected are those of the patients themselves. So are the
    Brier scores, with the infinitesimal jackknife as their interval whatever the number of
    patients. The rest comes from the bins of risk, which the name of the interval says.

    Raises
    ------
    SettingsError
        For an unknown metric, a missing threshold, one that is no edge, or withheld bins.
    """
    find_metric(slug)
    return _ESTIMATORS[slug](sums, settings)


def _brier(sums: RiskSums, settings: MetricSettings) -> Estimate:
    if reason := missing_patients(sums):
        return absent("brier", reason, sums)
    n, score = len(sums), _squared_error(sums) / len(sums)
    interval = jackknife_interval(score, _spread_of_errors(sums) / n**2, settings.level)
    return estimated("brier", score, interval, sums, settings)


def _scaled_brier(sums: RiskSums, settings: MetricSettings) -> Estimate:
    if reason := missing_class(sums):
        return absent("scaled_brier", reason, sums)
    n, prevalence = len(sums), sums.n_events / len(sums)
    score, null = _squared_error(sums) / n, prevalence * (1.0 - prevalence)
    # The influence of a patient is a (e - score) + b (y - prevalence), e their squared error.
    a, b = -1.0 / null, score * (1.0 - 2.0 * prevalence) / null**2
    together = float(sums.events.squared_error) - sums.n_events * score
    squares = a * a * _spread_of_errors(sums) + 2 * a * b * together + b * b * n * null
    value = 1.0 - score / null
    interval = jackknife_interval(value, max(squares, 0.0) / n**2, settings.level)
    return estimated("scaled_brier", value, interval, sums, settings)


def _squared_error(sums: RiskSums) -> float:
    return float(sums.events.squared_error + sums.others.squared_error)


def _spread_of_errors(sums: RiskSums) -> float:
    """Sum of squared distances of the squared errors from their mean."""
    fourth = float(sums.events.fourth_error + sums.others.fourth_error)
    total = _squared_error(sums)
    return math.fsum((fourth, -total * total / len(sums))) if fourth else 0.0


_ESTIMATORS: dict[str, Callable[[RiskSums, MetricSettings], Estimate]] = {
    "prevalence": classification.estimate_prevalence,
    "sensitivity": classification.estimate_sensitivity,
    "specificity": classification.estimate_specificity,
    "ppv": classification.estimate_ppv,
    "npv": classification.estimate_npv,
    "net_benefit": classification.estimate_net_benefit,
    "standardized_net_benefit": classification.estimate_standardized_net_benefit,
    "oe_ratio": calibration.estimate_oe_ratio,
    "brier": _brier,
    "scaled_brier": _scaled_brier,
    "auroc": estimate_binned_auroc,
    "average_precision": estimate_binned_average_precision,
    "calibration_intercept": estimate_binned_intercept,
    "calibration_slope": estimate_binned_slope,
}
