"""How many of its cases a threshold would find in a group if risks were right on average.

One threshold finds fewer cases where risks are lower, so that the sensitivities of two groups
differ although every risk is right (infra-marginality; Simoiu, Corbett-Davies and Goel 2017). What
the model is to answer for is the rest: the observed sensitivity less the expected one, in a group
and among all others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from explainers.checks.evidence import WITHHELD, Tally
from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.performance.logistic import fit_logistic
from explainers.uncertainty.wald import jackknife_interval

METRIC = "sensitivity_gap_beyond_expected"
# Keeps risks of 0 and 1 at a finite distance; a million to one is as good as sure.
LEAST_RISK = 1e-6
ALL_ALIKE = "On one of the two sides everybody has the same outcome."


@dataclass(frozen=True)
class _Found:
    """Observed less expected sensitivity of n patients, and its variance."""

    value: float
    variance: float

    @classmethod
    def of(cls, risk: FloatArray, labels: FloatArray, threshold: float) -> _Found | None:
        """From risks and outcomes (n,), 1 or 0, of which both occur.

        The expected sensitivity is that of the same risks, moved on the log-odds scale until their
        mean is the share observed. The variance is the sum of squared influences of the patients
        (infinitesimal jackknife), through the move too. None where no finite move does it.
        """
        log_odds = logit(np.clip(risk, LEAST_RISK, 1.0 - LEAST_RISK))
        fit = fit_logistic(np.ones((len(risk), 1)), labels == 1.0, log_odds)
        if fit is None:
            return None
        move = float(fit.coefficients[0])
        right = expit(log_odds + move)
        information = float((right * (1.0 - right)).sum())
        is_flagged = risk >= threshold
        observed = float(labels[is_flagged].sum() / labels.sum())
        expected = _expected(right, threshold)
        # Over one standard error either way, since the flagged patients change in steps.
        step = information**-0.5
        ends = [_expected(expit(log_odds + move + side * step), threshold) for side in (-1, 1)]
        slope = (ends[1] - ends[0]) / (2.0 * step)
        influence = labels * (is_flagged - observed) / labels.sum()
        influence -= right * ((right >= threshold) - expected) / right.sum()
        influence -= slope * (labels - right) / information
        return cls(observed - expected, float(np.square(influence).sum()))


def estimate_beyond(study: Study, is_member: BoolArray, level: float) -> Estimate:
    """Gap in sensitivity between a group and all others, less the gap that right risks would leave.

    Parameters
    ----------
    study : Study
    is_member : ndarray of shape (n,)
    level : float
        Of the interval.

    Returns
    -------
    Estimate
        Negative where fewer cases of the group are found than its risks explain. Suppressed where
        one of the counts behind it is too small to be shown.
    """
    parts = [part & study.is_labelled for part in (is_member, ~is_member)]
    is_flagged, is_event = study.risk >= study.threshold, study.labels == 1.0
    tallies = [Tally.of(is_event[part]) for part in parts]
    tallies += [Tally.of(is_flagged[part & is_event]) for part in parts]
    if not all(tally.is_shown for tally in tallies):
        return Estimate.suppressed(METRIC, WITHHELD)
    own, others = (
        _Found.of(study.risk[part], study.labels[part], study.threshold) for part in parts
    )
    n, n_events = int(study.is_labelled.sum()), tallies[0].successes + tallies[1].successes
    if own is None or others is None:
        return Estimate.not_estimable(METRIC, ALL_ALIKE, n=n, n_events=n_events)
    gap = own.value - others.value
    interval = jackknife_interval(gap, own.variance + others.variance, level)
    return Estimate(
        METRIC, gap, interval.low, interval.high, n, n_events, interval.method, level=level
    )


def _expected(risk: FloatArray, threshold: float) -> float:
    """Share of the cases flagged if each risk (n,) is right."""
    return float(risk[risk >= threshold].sum() / risk.sum())
