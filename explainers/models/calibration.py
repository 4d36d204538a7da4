"""Logistic recalibration of a raw score, fitted on scores of patients not trained on."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from explainers.core.arrays import FloatArray
from explainers.core.link import Link, ScoreKind
from explainers.errors import RecipeError

MOST_STEPS = 50
MOST_HALVINGS = 30
TOLERANCE = 1e-10
# Enough for a risk to be right to five digits, and the same on machines whose exp differs in the
# last bit.
DECIMALS = 6


def fit_calibration(score: FloatArray, labels: FloatArray, score_kind: ScoreKind) -> Link:
    """Fit intercept and slope on the log-odds by maximum likelihood (Cox 1958; Platt 1999).

    Parameters
    ----------
    score : ndarray of shape (n,)
        Out-of-fold raw scores.
    labels : ndarray of shape (n,)
        1 and 0, both present.
    score_kind : {"log-odds", "probability"}

    Raises
    ------
    RecipeError
        When there is no finite solution or the slope is not positive: the score separates the
        classes without error, which real outcomes do not, or it does not rise with the risk.
    """
    log_odds = Link(score_kind).log_odds(score)
    design = np.column_stack([np.ones_like(log_odds), log_odds])
    weights = np.array([0.0, 1.0])
    for _ in range(MOST_STEPS):
        risk = expit(design @ weights)
        curvature = design.T @ (design * (risk * (1 - risk))[:, None])
        gradient = design.T @ (labels - risk)
        try:
            step = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError as error:
            raise _no_solution() from error
        weights, step = _ascend(design, labels, weights, step)
        if np.abs(step).max() < TOLERANCE:
            break
    else:
        raise _no_solution()
    if weights[1] <= 0:
        raise RecipeError(
            "the score must rise with the risk in patients the model was not trained on",
            value=round(float(weights[1]), 3),
            remedy="These features do not predict this outcome.",
        )
    return Link(score_kind, *(round(float(weight), DECIMALS) for weight in weights))


def _ascend(
    design: FloatArray, labels: FloatArray, weights: FloatArray, step: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The next weights and the step taken, halved until the likelihood does not fall.

    A full Newton step overshoots where scores lie far out, as those of trees with pure leaves do.
    """
    before = _log_likelihood(design @ weights, labels)
    for _ in range(MOST_HALVINGS):
        after = _log_likelihood(design @ (weights + step), labels)
        if after >= before - TOLERANCE * abs(before):
            break
        step = step / 2
    return weights + step, step


def _log_likelihood(log_odds: FloatArray, labels: FloatArray) -> float:
    return float((labels * log_odds - np.logaddexp(0.0, log_odds)).sum())


def _no_solution() -> RecipeError:
    return RecipeError(
        "the scores cannot be calibrated: they separate the outcome without error",
        remedy="Look for a feature that gives the outcome away.",
    )
