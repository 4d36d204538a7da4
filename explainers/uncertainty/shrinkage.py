"""Estimates of many groups drawn towards their common mean, as far as the data say they are alike.

The largest and smallest of many noisy estimates are too large and too small. Each is therefore
averaged with the mean of all, weighed by how much the groups differ beyond chance (Efron and
Morris 1975, J Am Stat Assoc 70:311). How much they differ is itself not known, least so for a few
groups: it is averaged over what the data leave possible, rather than fixed at its best guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc, betaln, ndtr

from explainers.core.arrays import FloatArray, from_json_numbers, frozen_floats, to_json_numbers
from explainers.errors import SettingsError
from explainers.uncertainty.interval import tail_of

FEWEST_GROUPS = 3
_N_MEANS, _N_SPREADS, _N_DEVIATIONS = 41, 20, 240
# Priors with less of the weight of the best one change no digit that is shown.
_NEGLIGIBLE = 1e-6


@dataclass(frozen=True)
class Shrunk:
    """Estimates of g groups, drawn towards each other.

    Attributes
    ----------
    value, low, high : ndarray of shape (g,)
        Posterior means and limits of the equal-tailed intervals.
    weight : ndarray of shape (g,)
        How much of each is its own: 1 is the raw value, 0 the common mean.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    weight: FloatArray

    def __post_init__(self) -> None:
        for name in ("value", "low", "high", "weight"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            name: to_json_numbers(getattr(self, name))
            for name in ("value", "low", "high", "weight")
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Shrunk:
        """Inverse of :meth:`to_dict`."""
        return cls(**{name: from_json_numbers(values) for name, values in record.items()})


def shrink_proportions(successes: FloatArray, n: FloatArray, level: float = 0.95) -> Shrunk:
    """Beta-binomial shrinkage of proportions.

    The groups' true proportions come from a beta distribution whose mean is uniform and whose
    shrinkage factor ``precision / (precision + mean of n)`` is uniform, both weighed by the
    likelihood of all groups.

    Parameters
    ----------
    successes, n : ndarray of shape (g,)
        Successes and patients of each group, g at least 3.
    level : float
        Level of the intervals.

    Raises
    ------
    SettingsError
        For fewer than three groups, a group without patients, or successes outside [0, n].
    """
    successes, n = (np.asarray(values, dtype=np.float64) for values in (successes, n))
    _check(len(n), is_valid=bool(((n > 0) & (successes >= 0) & (successes <= n)).all()))
    tail = tail_of(level)
    middle = (np.arange(_N_MEANS) + 0.5) / _N_MEANS
    shares = (np.arange(_N_SPREADS) + 0.5) / _N_SPREADS
    mean, share = (grid.ravel() for grid in np.meshgrid(middle, shares, indexing="ij"))
    precision = n.mean() * share / (1.0 - share)
    first, second = mean * precision, (1.0 - mean) * precision
    own_first = first[:, None] + successes
    own_second = second[:, None] + n - successes
    fits = (betaln(own_first, own_second) - betaln(first, second)[:, None]).sum(axis=1)
    is_likely = fits > fits.max() + np.log(_NEGLIGIBLE)
    own_first, own_second = own_first[is_likely], own_second[is_likely]
    odds = _normalised(fits[is_likely])
    value = odds @ (own_first / (own_first + own_second))
    weight = odds @ (n / (n + precision[is_likely][:, None]))

    def below(x: float, at: int) -> float:
        return float(odds @ betainc(own_first[:, at], own_second[:, at], x))

    low, high = _limits(below, len(n), tail, (0.0, 1.0))
    return Shrunk(value, low, high, weight)


def shrink_estimates(values: FloatArray, std_errors: FloatArray, level: float = 0.95) -> Shrunk:
    """Normal shrinkage of any statistic with its standard error.

    The groups' true values come from a normal distribution whose mean and standard deviation are
    uniform, weighed by the likelihood of all groups (the hierarchical form of Efron and Morris).

    Parameters
    ----------
    values, std_errors : ndarray of shape (g,)
        Estimates and their standard errors, g at least 3.
    level : float
        Level of the intervals.

    Raises
    ------
    SettingsError
        For fewer than three groups or a standard error that is not positive.
    """
    values, errors = (np.asarray(part, dtype=np.float64) for part in (values, std_errors))
    _check(len(values), is_valid=bool((errors > 0).all() and np.isfinite(values).all()))
    tail = tail_of(level)
    widest = 3.0 * float(np.ptp(values)) + float(errors.max())
    spread = widest * (np.arange(_N_DEVIATIONS) + 0.5) / _N_DEVIATIONS
    total = errors**2 + spread[:, None] ** 2
    precision = (1.0 / total).sum(axis=1)
    centre = (values / total).sum(axis=1) / precision
    misfit = ((values - centre[:, None]) ** 2 / total).sum(axis=1)
    odds = _normalised(-0.5 * (np.log(total).sum(axis=1) + np.log(precision) + misfit))
    own = spread[:, None] ** 2 / total
    mean = own * values + (1.0 - own) * centre[:, None]
    variance = own * errors**2 + (1.0 - own) ** 2 / precision[:, None]
    deviation = np.sqrt(variance)
    reach = 10.0 * float(deviation.max())
    window = (float(mean.min()) - reach, float(mean.max()) + reach)

    def below(x: float, at: int) -> float:
        return float(odds @ ndtr((x - mean[:, at]) / deviation[:, at]))

    low, high = _limits(below, len(values), tail, window)
    return Shrunk(odds @ mean, low, high, odds @ own)


def _check(n_groups: int, *, is_valid: bool) -> None:
    if n_groups < FEWEST_GROUPS:
        raise SettingsError(f"shrinkage needs at least {FEWEST_GROUPS} groups", value=n_groups)
    if not is_valid:
        raise SettingsError(
            "shrinkage needs successes between 0 and a positive n, or positive standard errors"
        )


def _normalised(log_weights: FloatArray) -> FloatArray:
    weights = np.exp(log_weights - log_weights.max())
    shares: FloatArray = weights / weights.sum()
    return shares


def _limits(
    below: Callable[[float, int], float], n_groups: int, tail: float, window: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Where each group's mixture has a tail below it, and where above it, (g,) each."""

    def limit(at: int, share: float) -> float:
        return float(brentq(lambda x: below(x, at) - share, *window, xtol=1e-6))

    low, high = (
        np.array([limit(at, share) for at in range(n_groups)]) for share in (tail, 1.0 - tail)
    )
    return low, high
