"""Intervals: the only place where they are made."""

from explainers.uncertainty.bootstrap import (
    bootstrap_interval,
    bootstrap_mean_intervals,
    count_draws,
    percentile_interval,
)
from explainers.uncertainty.delong import auroc_interval, delong_variance
from explainers.uncertainty.interval import Interval
from explainers.uncertainty.newcombe import newcombe_interval, square_and_add
from explainers.uncertainty.ratio import oe_interval
from explainers.uncertainty.wald import influence_interval, wald_interval
from explainers.uncertainty.wilson import exact_interval, proportion_interval, wilson_interval

__all__ = [
    "Interval",
    "auroc_interval",
    "bootstrap_interval",
    "bootstrap_mean_intervals",
    "count_draws",
    "delong_variance",
    "exact_interval",
    "influence_interval",
    "newcombe_interval",
    "oe_interval",
    "percentile_interval",
    "proportion_interval",
    "square_and_add",
    "wald_interval",
    "wilson_interval",
]
