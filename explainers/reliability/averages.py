"""A mean over repeats or patients as an estimate with its interval."""

from __future__ import annotations

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.estimate import Estimate
from explainers.uncertainty.bootstrap import bootstrap_mean_intervals


def estimate_mean(
    metric: str, values: FloatArray, *, unit: str, seed: int, n_resamples: int = 1000
) -> Estimate:
    """Mean of values (n,), with a 95% bootstrap interval over what was repeated.

    Parameters
    ----------
    unit : str
        What the values are one of each: "patients", "repeats"; part of the interval's name.

    Returns
    -------
    Estimate
        Not estimable where there are fewer than two finite values. ``n`` counts those values.
    """
    kept = values[np.isfinite(values)]
    if len(kept) < 2:
        return Estimate.not_estimable(metric, f"fewer than two {unit}", n=len(kept), n_events=0)
    low, high = bootstrap_mean_intervals(kept[:, None], n_resamples, seed)
    return Estimate(
        metric=metric,
        value=float(kept.mean()),
        low=float(low[0]),
        high=float(high[0]),
        n=len(kept),
        n_events=None,
        interval_method=f"Bootstrap over {unit}, {n_resamples:,} resamples",
    )
