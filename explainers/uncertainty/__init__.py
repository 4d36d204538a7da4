"""Intervals: the only place where they are made."""

from explainers.uncertainty.bootstrap import (
    bootstrap_interval,
    bootstrap_mean_intervals,
    count_draws,
    percentile_band,
    percentile_interval,
)
from explainers.uncertainty.calibration_split import CalibrationSplit, split_patients
from explainers.uncertainty.clusters import (
    Clusters,
    cluster_bootstrap_interval,
    cluster_interval,
    cluster_proportion_interval,
)
from explainers.uncertainty.conformal import (
    ConformalLabels,
    LabelSets,
    compare_coverage,
    estimate_coverage,
    estimate_label_sets,
)
from explainers.uncertainty.delong import (
    auroc_interval,
    delong_variance,
    delong_variance_of_bins,
)
from explainers.uncertainty.interval import Interval, normal_quantile, tail_of
from explainers.uncertainty.multiplicity import benjamini_hochberg, holm, simultaneous_level
from explainers.uncertainty.newcombe import newcombe_interval, square_and_add
from explainers.uncertainty.ratio import oe_interval
from explainers.uncertainty.risk_intervals import RiskIntervals, estimate_risk_intervals
from explainers.uncertainty.shrinkage import Shrunk, shrink_estimates, shrink_proportions
from explainers.uncertainty.venn_abers import VennAbers, merged_risk
from explainers.uncertainty.wald import influence_interval, jackknife_interval, wald_interval
from explainers.uncertainty.wilson import exact_interval, proportion_interval, wilson_interval

__all__ = [
    "CalibrationSplit",
    "Clusters",
    "ConformalLabels",
    "Interval",
    "LabelSets",
    "RiskIntervals",
    "Shrunk",
    "VennAbers",
    "auroc_interval",
    "benjamini_hochberg",
    "bootstrap_interval",
    "bootstrap_mean_intervals",
    "cluster_bootstrap_interval",
    "cluster_interval",
    "cluster_proportion_interval",
    "compare_coverage",
    "count_draws",
    "delong_variance",
    "delong_variance_of_bins",
    "estimate_coverage",
    "estimate_label_sets",
    "estimate_risk_intervals",
    "exact_interval",
    "holm",
    "influence_interval",
    "jackknife_interval",
    "merged_risk",
    "newcombe_interval",
    "normal_quantile",
    "oe_interval",
    "percentile_band",
    "percentile_interval",
    "proportion_interval",
    "shrink_estimates",
    "shrink_proportions",
    "simultaneous_level",
    "split_patients",
    "square_and_add",
    "tail_of",
    "wald_interval",
    "wilson_interval",
]
