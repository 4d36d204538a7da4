"""Natural cubic spline basis."""

from __future__ import annotations

import numpy as np

from explainers.core.arrays import FloatArray


def natural_spline(values: FloatArray, knots: FloatArray) -> FloatArray:
    """Restricted cubic spline, linear beyond the outer knots.

    Truncated powers scaled by the squared range of the knots (Harrell 2015, Regression Modeling
    Strategies).

    Parameters
    ----------
    values : ndarray of shape (n,)
    knots : ndarray of shape (k,)
        Ascending and distinct, k >= 3.

    Returns
    -------
    ndarray of shape (n, k)
        A constant, the values themselves, and k - 2 curved columns.
    """
    last, before_last = knots[-1], knots[-2]
    gap, scale = last - before_last, (last - knots[0]) ** 2
    cubes = np.maximum(values[:, None] - knots, 0.0) ** 3
    curved = (
        cubes[:, :-2]
        - cubes[:, -2:-1] * (last - knots[:-2]) / gap
        + cubes[:, -1:] * (before_last - knots[:-2]) / gap
    )
    basis: FloatArray = np.column_stack([np.ones(len(values)), values, curved / scale])
    return basis
