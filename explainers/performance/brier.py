"""How far predicted risks are from what happened, on average."""

from __future__ import annotations

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.estimate import Estimate
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import (
    BOOTSTRAP_UP_TO,
    N_RESAMPLES,
    MetricSettings,
    absent,
    estimated,
    missing_class,
    missing_patients,
)
from explainers.uncertainty.bootstrap import bootstrap_interval
from explainers.uncertainty.wald import influence_interval


def estimate_brier(patients: LabelledRisk, settings: MetricSettings) -> Estimate:
    """Mean squared distance between risk and outcome (Brier 1950)."""
    if reason := missing_patients(patients):
        return absent("brier", reason, patients)
    squares, n = _squared_errors(patients), len(patients)
    value = float(squares.mean())
    if n <= BOOTSTRAP_UP_TO:
        interval = bootstrap_interval(
            lambda weights: weights @ squares / n, n, N_RESAMPLES, settings.seed, settings.level
        )
    else:
        interval = influence_interval(value, (squares - value) / n, settings.level)
    return estimated("brier", value, interval, patients, settings)


def estimate_scaled_brier(patients: LabelledRisk, settings: MetricSettings) -> Estimate:
    """Share of the Brier score removed, against giving everybody the group's own prevalence."""
    if reason := missing_class(patients):
        return absent("scaled_brier", reason, patients)
    squares, n = _squared_errors(patients), len(patients)
    is_event = patients.is_event.astype(np.float64)
    score, prevalence = float(squares.mean()), patients.n_events / n
    null = prevalence * (1.0 - prevalence)

    def of_resample(weights: FloatArray) -> FloatArray:
        share = weights @ is_event / n
        spread = share * (1.0 - share)
        spread[spread == 0.0] = np.nan
        return 1.0 - (weights @ squares / n) / spread

    value = 1.0 - score / null
    if n <= BOOTSTRAP_UP_TO:
        interval = bootstrap_interval(of_resample, n, N_RESAMPLES, settings.seed, settings.level)
    else:
        null_influence = (1.0 - 2.0 * prevalence) * (is_event - prevalence) / n
        influence = -(squares - score) / n / null + score * null_influence / null**2
        interval = influence_interval(value, influence, settings.level)
    return estimated("scaled_brier", value, interval, patients, settings)


def _squared_errors(patients: LabelledRisk) -> FloatArray:
    squares: FloatArray = np.square(patients.risk - patients.is_event)
    return squares
