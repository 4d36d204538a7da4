"""Unpenalised logistic regression with an offset, by Newton's method.

Recalibration needs the maximum-likelihood fit itself: a library default that penalises
coefficients shrinks the calibration slope, most in the small groups that matter most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from explainers.core.arrays import BoolArray, FloatArray

_MOST_STEPS = 60
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class LogisticFit:
    """A fitted logistic regression.

    Attributes
    ----------
    coefficients : ndarray of shape (p,)
        On the log-odds.
    covariance : ndarray of shape (p, p)
        Inverse of the observed information.
    """

    coefficients: FloatArray
    covariance: FloatArray

    @property
    def std_errors(self) -> FloatArray:
        """Standard errors of the coefficients, (p,)."""
        errors: FloatArray = np.sqrt(np.diag(self.covariance))
        return errors


def fit_logistic(
    design: FloatArray,
    is_event: BoolArray,
    offset: FloatArray | None = None,
    weights: FloatArray | None = None,
) -> LogisticFit | None:
    """Maximum likelihood by Newton steps, halved where the likelihood would fall.

    Parameters
    ----------
    design : ndarray of shape (n, p)
    is_event : ndarray of shape (n,)
    offset : ndarray of shape (n,), optional
        Log-odds that enter with a fixed coefficient of 1.
    weights : ndarray of shape (n,), optional
        How many patients each row stands for.

    Returns
    -------
    LogisticFit or None
        None where there is no finite maximum, as when a column separates the outcomes.
    """
    fixed = np.zeros(len(design)) if offset is None else offset
    counted = np.ones(len(design)) if weights is None else weights
    outcome = is_event.astype(np.float64)
    coefficients = np.zeros(design.shape[1])
    likelihood = _log_likelihood(fixed, is_event, counted)
    for _ in range(_MOST_STEPS):
        risk = expit(fixed + design @ coefficients)
        information = design.T @ (design * (counted * risk * (1.0 - risk))[:, None])
        try:
            step = np.linalg.solve(information, design.T @ (counted * (outcome - risk)))
        except np.linalg.LinAlgError:
            return None
        while True:
            moved = _log_likelihood(fixed + design @ (coefficients + step), is_event, counted)
            if moved >= likelihood - 1e-9 * abs(likelihood) or np.abs(step).max() < _TOLERANCE:
                break
            step = step / 2.0
        coefficients, likelihood = coefficients + step, moved
        if np.abs(step).max() < _TOLERANCE * (1.0 + np.abs(coefficients).max()):
            covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
            return LogisticFit(coefficients, covariance)
    return None


def _log_likelihood(log_odds: FloatArray, is_event: BoolArray, counted: FloatArray) -> float:
    signed = np.where(is_event, log_odds, -log_odds)
    return float(-(counted * np.logaddexp(0.0, -signed)).sum())
