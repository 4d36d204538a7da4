"""An interval, and the checks that all makers of intervals share."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import ndtri

from explainers.errors import SettingsError


@dataclass(frozen=True)
class Interval:
    """Limits of a confidence interval and the name of the method that made it.

    Attributes
    ----------
    low, high : float
        Limits, in the unit of the statistic.
    method : str
        Name on screen, such as ``Wilson``.
    """

    low: float
    high: float
    method: str


def normal_quantile(level: float) -> float:
    """Two-sided standard normal quantile, 1.96 for a level of 0.95.

    Raises
    ------
    SettingsError
        When the level is not between 0 and 1.
    """
    return float(ndtri(1.0 - tail_of(level)))


def tail_of(level: float) -> float:
    """Probability in each tail, 0.025 for a level of 0.95; SettingsError as above."""
    if not 0.0 < level < 1.0:
        raise SettingsError(
            "a confidence level must lie between 0 and 1, both excluded",
            value=level,
            remedy="Use 0.95 for a 95% interval.",
        )
    return (1.0 - level) / 2.0
