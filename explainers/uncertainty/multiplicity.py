"""Many comparisons at once: p-values and levels that account for their number."""

from __future__ import annotations

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.errors import SettingsError
from explainers.uncertainty.interval import tail_of


def simultaneous_level(level: float, n_contrasts: int) -> float:
    """Level of each of so many intervals at which all of them hold at once with ``level``.

    Sidak's ``level ** (1 / n)`` (Sidak 1967, J Am Stat Assoc 62:626), exact for independent
    comparisons; comparisons with one reference group are positively correlated, which makes it
    a little too wide.

    Raises
    ------
    SettingsError
        When the level is not between 0 and 1 or there is no contrast.
    """
    tail_of(level)
    if n_contrasts < 1:
        raise SettingsError("there must be at least one contrast", value=n_contrasts)
    return float(level ** (1.0 / n_contrasts))


def holm(p_values: FloatArray) -> FloatArray:
    """Adjusted p-values that control the chance of any false finding (Holm 1979).

    Parameters
    ----------
    p_values : ndarray of shape (m,)
        In [0, 1]; dependent in any way.

    Returns
    -------
    ndarray of shape (m,)
        In the order given.

    Raises
    ------
    SettingsError
        When a p-value lies outside [0, 1].

    References
    ----------
    Holm 1979, Scand J Stat 6:65.
    """
    p_values = _checked(p_values)
    order = np.argsort(p_values)
    adjusted = np.empty_like(p_values)
    n_left = np.arange(len(p_values), 0, -1)
    adjusted[order] = np.maximum.accumulate(p_values[order] * n_left)
    return np.minimum(adjusted, 1.0)


def benjamini_hochberg(p_values: FloatArray) -> FloatArray:
    """Adjusted p-values that control the false discovery rate (Benjamini and Hochberg 1995).

    Parameters
    ----------
    p_values : ndarray of shape (m,)
        In [0, 1]; independent or positively dependent.

    Returns
    -------
    ndarray of shape (m,)
        In the order given.

    Raises
    ------
    SettingsError
        When a p-value lies outside [0, 1].

    References
    ----------
    Benjamini and Hochberg 1995, J R Stat Soc B 57:289.
    """
    p_values = _checked(p_values)
    order = np.argsort(p_values)[::-1]
    rank = np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum.accumulate(p_values[order] * len(p_values) / rank)
    return np.minimum(adjusted, 1.0)


def _checked(p_values: FloatArray) -> FloatArray:
    p_values = np.asarray(p_values, dtype=np.float64)
    if not ((p_values >= 0.0) & (p_values <= 1.0)).all():
        raise SettingsError("a p-value must lie between 0 and 1", value=p_values.tolist())
    return p_values
