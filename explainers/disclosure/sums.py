"""What a sum of values gives away: how many people can lie above the least, or below the most."""

from __future__ import annotations

import numpy as np

from explainers.core.arrays import FloatArray


def sum_kinds(values: FloatArray) -> FloatArray:
    """What to count of each person (n, 3) so that a sum is safe where no count is too small.

    Steps above the least value of all and below the most, and half a person. A step is the smallest
    difference between two values. Of c people who lie t steps up or more the sum is at least
    ``t c``, and where nobody does at most ``(t - 1) n``. So it can only be sure that 1 to 10 people
    do where the steps add up to 1 to 10 or, for t of 2 or more, where there are fewer than 22.
    """
    kinds = np.tile([0.0, 0.0, 0.5], (len(values), 1))
    distinct = np.unique(values)
    if len(distinct) > 1:
        step = np.diff(distinct).min()
        away = np.column_stack([values - distinct[0], distinct[-1] - values])
        kinds[:, :2] = np.floor(np.minimum(away / step + 1e-6, 1e9))
    return kinds
