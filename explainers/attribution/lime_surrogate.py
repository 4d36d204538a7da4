"""LIME's local model: a weighted ridge regression solved by its normal equations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from explainers.core.arrays import BoolArray, FloatArray

PENALTY = 1.0
KERNEL_WIDTH = 0.75  # times the square root of the number of inputs
PATIENTS_AT_ONCE = 512


@dataclass(frozen=True)
class LocalFit:
    """One patient's local surrogate: weights (p,), intercept and weighted R-squared."""

    weights: FloatArray
    intercept: float
    r_squared: float


def fit_local_model(is_same: BoolArray, predicted: FloatArray, own_prediction: float) -> LocalFit:
    """Imitate the predictions for invented patients by a linear model around one patient.

    Minimises sum_i w_i (f_i - a - b'z_i)² + |b|² over the invented patients and the patient, with
    z_i the indicators "in the same bin or level" and w_i = exp(-d_i / (1.125 k)), where d_i is the
    number of inputs that differ (Ribeiro, Singh and Guestrin 2016, with lime's kernel:
    the root of exp(-d_i / width²), width = 0.75 k^(1/2)).

    Parameters
    ----------
    is_same : ndarray of shape (k, n)
        Whether an invented patient has the patient's bin or level.
    predicted : ndarray of shape (n,)
        The model's predictions for the invented patients.
    own_prediction : float
        The model's prediction for the patient.

    Returns
    -------
    LocalFit
        Weights (k,) in the unit of the predictions. R-squared is 1 where the model predicts the
        same for everybody.
    """
    n_inputs, n_invented = is_same.shape
    # The first one is the patient.
    same = np.ones((n_inputs, n_invented + 1), dtype=bool)
    same[:, 1:] = is_same
    # Measured from the patient's own prediction, a constant model is exactly 0 everywhere.
    ahead = np.zeros(n_invented + 1)
    np.subtract(predicted, own_prediction, out=ahead[1:])
    n_different = n_inputs - np.add.reduce(same, axis=0, dtype=np.int16)
    moments = _weighted_moments(same, ahead, _kernel(n_inputs)[n_different])
    normal, towards = moments[:-1, :-1].copy(), moments[:-1, -1]
    normal[np.diag_indices(n_inputs)] += PENALTY
    solution = cho_solve(cho_factor(normal, lower=True), towards)
    return LocalFit(
        weights=solution[:-1],
        intercept=float(own_prediction + solution[-1]),
        r_squared=_r_squared(moments, solution),
    )


def _kernel(n_inputs: int) -> FloatArray:
    """Weight (k + 1,) of an invented patient by the number of inputs that differ."""
    width = KERNEL_WIDTH * np.sqrt(n_inputs)
    kernel: FloatArray = np.sqrt(np.exp(-np.arange(n_inputs + 1) / width**2))
    return kernel


def _weighted_moments(same: BoolArray, ahead: FloatArray, closeness: FloatArray) -> FloatArray:
    """Weighted sums of products (k + 2, k + 2) of the indicators (k, n), 1, and ``ahead`` (n,).

    Some patients at a time: their numbers stay in the processor's cache, and a product of the whole
    would wake up every core for less than a millisecond of work.
    """
    n_rows, n_patients = len(same) + 2, same.shape[1]
    moments = np.zeros((n_rows, n_rows))
    room = np.ones((n_rows, PATIENTS_AT_ONCE))
    weighted_room = np.empty_like(room)
    for start in range(0, n_patients, PATIENTS_AT_ONCE):
        part = slice(start, min(start + PATIENTS_AT_ONCE, n_patients))
        taken = slice(0, part.stop - start)
        table, weighted = room[:, taken], weighted_room[:, taken]
        table[: len(same)] = same[:, part]
        table[-1] = ahead[part]
        np.multiply(table, closeness[part], out=weighted)
        moments += weighted @ table.T
    return moments


def _r_squared(moments: FloatArray, solution: FloatArray) -> float:
    """Share of the weighted spread of the predictions that the local model reproduces."""
    squares, total, weight = moments[-1, -1], moments[-1, -2], moments[-2, -2]
    spread = float(squares - total**2 / weight)
    fitted = solution @ moments[:-1, :-1] @ solution
    left = float(squares - 2 * solution @ moments[:-1, -1] + fitted)
    return 1.0 if spread == 0.0 else 1.0 - left / spread
