"""Interval of observed over expected events."""

from __future__ import annotations

import math

from explainers.errors import SettingsError
from explainers.uncertainty.interval import Interval, normal_quantile


def oe_interval(n_events: int, expected: float, n: int, level: float = 0.95) -> Interval:
    """Interval of observed / expected on the log scale (Debray 2017, BMJ 356:i6460).

    Limits are ``exp(ln(O/E) -+ z sqrt((1 - O/n) / O))``; the expected number is taken as fixed.

    Parameters
    ----------
    n_events : int
        Observed events O, strictly between 0 and ``n``.
    expected : float
        Sum of the predicted risks E, positive.
    n : int
        Patients.

    Raises
    ------
    SettingsError
        When the events or the expected number lie outside these bounds.
    """
    if not 0 < n_events < n or not expected > 0.0:
        raise SettingsError(
            "observed over expected needs events strictly between 0 and n, and a positive sum of"
            " risks",
            value=(n_events, n, expected),
        )
    ratio = n_events / expected
    reach = math.exp(normal_quantile(level) * math.sqrt((1 - n_events / n) / n_events))
    return Interval(ratio / reach, ratio * reach, "Log scale, normal")
