"""Whether as many patients have the outcome as the model says."""

from __future__ import annotations

import numpy as np

from explainers.core.estimate import Estimate
from explainers.disclosure.counts import shown_count
from explainers.performance.discrimination import SAME_RISK
from explainers.performance.labelled_risk import CountedRisk, LabelledRisk
from explainers.performance.logistic import LogisticFit, fit_logistic
from explainers.performance.metric import MetricSettings, absent, estimated, missing_class
from explainers.uncertainty.interval import Interval
from explainers.uncertainty.ratio import oe_interval
from explainers.uncertainty.wald import wald_interval

SEPARATED = (
    "The predicted risks separate those with the outcome from those without, so the slope has no"
    " finite value."
)
NOT_FOUND = "The recalibration model has no finite solution."


def estimate_oe_ratio(patients: CountedRisk, settings: MetricSettings) -> Estimate:
    """Observed over expected events: 1 when as many have the outcome as predicted."""
    if reason := missing_class(patients):
        return absent("oe_ratio", reason, patients)
    expected = patients.expected
    if expected == 0.0:
        return absent("oe_ratio", "Every predicted risk here is 0.", patients)
    interval = oe_interval(patients.n_events, expected, len(patients), settings.level)
    return estimated("oe_ratio", patients.n_events / expected, interval, patients, settings)


def estimate_calibration_intercept(patients: LabelledRisk, settings: MetricSettings) -> Estimate:
    """Calibration-in-the-large: shift of the log-odds that would make the mean risk right.

    The intercept of a logistic regression with ``logit(risk)`` as an offset, that is with a slope
    fixed at 1; not the intercept of the slope model, which answers another question.
    """
    slug = "calibration_intercept"
    if reason := missing_class(patients):
        return absent(slug, reason, patients)
    fit = fit_logistic(np.ones((len(patients), 1)), patients.is_event, patients.log_odds)
    if fit is None:
        return absent(slug, NOT_FOUND, patients)
    interval = _interval_of(fit, 0, patients, settings)
    return estimated(slug, float(fit.coefficients[0]), interval, patients, settings)


def estimate_calibration_slope(patients: LabelledRisk, settings: MetricSettings) -> Estimate:
    """Slope of the outcome on ``logit(risk)``: below 1 when risks are too extreme."""
    slug = "calibration_slope"
    if reason := missing_class(patients):
        return absent(slug, reason, patients)
    if patients.has_one_risk:
        return absent(slug, SAME_RISK, patients)
    if _is_separated(patients):
        return absent(slug, SEPARATED, patients)
    design = np.column_stack([np.ones(len(patients)), patients.log_odds])
    fit = fit_logistic(design, patients.is_event)
    if fit is None:
        return absent(slug, NOT_FOUND, patients)
    interval = _interval_of(fit, 1, patients, settings)
    return estimated(slug, float(fit.coefficients[1]), interval, patients, settings)


def _is_separated(patients: LabelledRisk) -> bool:
    """Whether one cut on the risk divides the outcomes, ties at the cut allowed."""
    events, others = patients.event_risk, patients.other_risk
    return bool(events.min() >= others.max() or events.max() <= others.min())


def _interval_of(
    fit: LogisticFit, position: int, patients: LabelledRisk, settings: MetricSettings
) -> Interval:
    """Wald interval whose name tells how many risks had to be limited."""
    interval = wald_interval(
        float(fit.coefficients[position]), float(fit.std_errors[position]), settings.level
    )
    if not patients.n_limited:
        return interval
    number = shown_count(patients.n_limited)
    note = f"{interval.method}; {number} risks limited to [1e-6, 1 - 1e-6]"
    return Interval(interval.low, interval.high, note)
