"""Intervals of metrics that allow for patients who belong together: visits of one, or a site."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps

import numpy as np
from scipy.special import expit, logit

from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.estimate import Estimate
from explainers.performance.discrimination import last_of_each_tie, precision_influence
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.logistic import fit_logistic
from explainers.performance.metric import MetricSettings, absent, estimated
from explainers.uncertainty.clusters import (
    Clusters,
    cluster_interval,
    cluster_proportion_interval,
)
from explainers.uncertainty.delong import auroc_interval, placements
from explainers.uncertainty.interval import Interval

ONE_CLUSTER = "All whom it is a share of belong to one cluster."

Scale = Callable[[float], float]
Estimator = Callable[[LabelledRisk, MetricSettings], Estimate]
# Who is in the denominator of a share, and who of all is in its numerator, (n,) each.
Share = tuple[BoolArray, BoolArray]


@dataclass(frozen=True, eq=False)
class OwnClusters:
    """The persons or sites of some patients, and the intervals that allow for them.

    Attributes
    ----------
    patients : LabelledRisk
    """

    patients: LabelledRisk

    def estimate(
        self, slug: str, value: float, influence: FloatArray, settings: MetricSettings
    ) -> Estimate:
        """An estimate from each patient's influence (n,); none where there is one cluster only."""
        own = self.patients.clusters
        if own is None or len(own.sizes) < 2:
            return absent(slug, ONE_CLUSTER, self.patients)
        clusters = Clusters.of(own.position, own.kind)
        limits = cluster_interval(value, influence, clusters, settings.level)
        return estimated(slug, value, limits, self.patients, settings)


def clusters_of(patients: LabelledRisk) -> OwnClusters | None:
    """Their persons or sites; None where no two patients belong together."""
    own = patients.clusters
    return OwnClusters(patients) if own is not None and own.has_effect else None


def allow_for_clusters(estimator: Estimator) -> Estimator:
    """The estimator of a metric, with an interval by cluster where patients belong together.

    Where all of them belong to one cluster there is no estimate; where no two do, nothing changes.
    """

    @wraps(estimator)
    def estimate(patients: LabelledRisk, settings: MetricSettings) -> Estimate:
        found = estimator(replace(patients, clusters=None), settings)
        own = patients.clusters
        if own is None or not own.has_effect or not found.is_estimated:
            return found
        if len(own.sizes) < 2:
            return absent(found.metric, ONE_CLUSTER, patients)
        return estimate_by_cluster(found, patients, Clusters.of(own.position, own.kind), settings)

    return estimate


def estimate_by_cluster(
    found: Estimate, patients: LabelledRisk, clusters: Clusters, settings: MetricSettings
) -> Estimate:
    """The estimate of a metric with an interval by cluster, or why there is none.

    The value stays. Shares have a Wilson interval with the effective number of patients; all else
    has a standard error from influences added up by cluster, on the log-odds for the AUROC and on
    the logarithm for observed over expected.

    Parameters
    ----------
    found : Estimate
        With an interval of independent patients.
    patients : LabelledRisk
        Those it was made from.
    clusters : Clusters
        Of the same patients.
    settings : MetricSettings
    """
    slug = found.metric
    if not found.is_estimated or found.value is None:
        return found
    if slug in _SHARES:
        is_counted, _ = _SHARES[slug](patients, settings)
        if len(np.unique(clusters.position[is_counted])) < 2:
            return absent(slug, ONE_CLUSTER, patients)
    limits = _limits(slug, found.value, patients, clusters, settings)
    return replace(found, low=limits.low, high=limits.high, interval_method=limits.method)


def _limits(
    slug: str,
    value: float,
    patients: LabelledRisk,
    clusters: Clusters,
    settings: MetricSettings,
) -> Interval:
    if slug in _SHARES:
        is_counted, is_success = _SHARES[slug](patients, settings)
        among = Clusters.of(clusters.position[is_counted], clusters.noun)
        return cluster_proportion_interval(
            is_success[is_counted].astype(np.float64), among, settings.level
        )
    if slug == "auroc" and value in (0.0, 1.0):
        # Two clusters make one pair of patients who are independent of all other pairs.
        n_pairs = clusters.n_clusters // 2
        return auroc_interval(value, 0.0, n_pairs, n_pairs, settings.level)
    influence = _INFLUENCES[slug](value, patients, settings)
    forward, back, slope = _scale(slug, value)
    limits = cluster_interval(forward(value), influence * slope, clusters, settings.level)
    return Interval(back(limits.low), back(limits.high), limits.method)


def _scale(slug: str, value: float) -> tuple[Scale, Scale, float]:
    """To the scale on which limits are symmetric, back, and the slope of the first."""
    if slug == "auroc":
        slope = 1.0 / (value * (1.0 - value))
        return lambda x: float(logit(x)), lambda x: float(expit(x)), slope
    if slug == "oe_ratio":
        return math.log, math.exp, 1.0 / value
    return float, float, 1.0


def _auroc(value: float, patients: LabelledRisk, _: MetricSettings) -> FloatArray:
    """Obuchowski 1997, Biometrics 53:567."""
    events, others = np.sort(patients.event_risk), np.sort(patients.other_risk)
    influence = np.empty(len(patients))
    influence[patients.is_event] = (placements(patients.event_risk, others) - value) / len(events)
    above = 1.0 - placements(patients.other_risk, events)
    influence[~patients.is_event] = (above - value) / len(others)
    return influence


def _average_precision(value: float, patients: LabelledRisk, _: MetricSettings) -> FloatArray:
    order = np.argsort(-patients.risk, kind="stable")
    is_event = patients.is_event[order].astype(np.float64)
    influence = np.empty(len(order))
    influence[order] = precision_influence(value, is_event, last_of_each_tie(patients.risk[order]))
    return influence


def _oe_ratio(value: float, patients: LabelledRisk, _: MetricSettings) -> FloatArray:
    return (patients.is_event - value * patients.risk) / patients.expected


def _brier(value: float, patients: LabelledRisk, _: MetricSettings) -> FloatArray:
    influence: FloatArray = (np.square(patients.risk - patients.is_event) - value) / len(patients)
    return influence


def _scaled_brier(value: float, patients: LabelledRisk, settings: MetricSettings) -> FloatArray:
    prevalence = patients.n_events / len(patients)
    null = prevalence * (1.0 - prevalence)
    score = (1.0 - value) * null
    of_null = (1.0 - 2.0 * prevalence) * (patients.is_event - prevalence) / len(patients)
    influence: FloatArray = -_brier(score, patients, settings) / null + score * of_null / null**2
    return influence


def _net_benefit(value: float, patients: LabelledRisk, settings: MetricSettings) -> FloatArray:
    threshold = settings.declared_threshold
    harm = threshold / (1.0 - threshold)
    gain = (patients.risk >= threshold) * np.where(patients.is_event, 1.0, -harm)
    influence: FloatArray = (gain - value) / len(patients)
    return influence


def _standardized(value: float, patients: LabelledRisk, settings: MetricSettings) -> FloatArray:
    prevalence = patients.n_events / len(patients)
    of_benefit = _net_benefit(value * prevalence, patients, settings)
    of_prevalence = (patients.is_event - prevalence) / len(patients)
    influence: FloatArray = (of_benefit - value * of_prevalence) / prevalence
    return influence


def _intercept(_value: float, patients: LabelledRisk, _: MetricSettings) -> FloatArray:
    return _of_fit(np.ones((len(patients), 1)), patients, patients.log_odds)[:, 0]


def _slope(_value: float, patients: LabelledRisk, _: MetricSettings) -> FloatArray:
    design = np.column_stack([np.ones(len(patients)), patients.log_odds])
    return _of_fit(design, patients, np.zeros(len(patients)))[:, 1]


def _of_fit(design: FloatArray, patients: LabelledRisk, offset: FloatArray) -> FloatArray:
    """Influences on maximum likelihood coefficients, (n, p): the parts of the sandwich."""
    fit = fit_logistic(design, patients.is_event, offset)
    if fit is None:  # the metric was estimated from the same fit
        return np.zeros_like(design)
    residual = patients.is_event - expit(offset + design @ fit.coefficients)
    influence: FloatArray = (design * residual[:, None]) @ fit.covariance
    return influence


_INFLUENCES: dict[str, Callable[[float, LabelledRisk, MetricSettings], FloatArray]] = {
    "auroc": _auroc,
    "average_precision": _average_precision,
    "oe_ratio": _oe_ratio,
    "brier": _brier,
    "scaled_brier": _scaled_brier,
    "net_benefit": _net_benefit,
    "standardized_net_benefit": _standardized,
    "calibration_intercept": _intercept,
    "calibration_slope": _slope,
}


def _flags(patients: LabelledRisk, settings: MetricSettings) -> BoolArray:
    return patients.risk >= settings.declared_threshold


def _everybody(patients: LabelledRisk, _: MetricSettings) -> Share:
    return np.ones(len(patients), dtype=bool), patients.is_event


def _among_events(patients: LabelledRisk, settings: MetricSettings) -> Share:
    return patients.is_event, _flags(patients, settings)


def _among_others(patients: LabelledRisk, settings: MetricSettings) -> Share:
    return ~patients.is_event, ~_flags(patients, settings)


def _among_flagged(patients: LabelledRisk, settings: MetricSettings) -> Share:
    return _flags(patients, settings), patients.is_event


def _among_spared(patients: LabelledRisk, settings: MetricSettings) -> Share:
    return ~_flags(patients, settings), ~patients.is_event


_SHARES: dict[str, Callable[[LabelledRisk, MetricSettings], Share]] = {
    "prevalence": _everybody,
    "sensitivity": _among_events,
    "specificity": _among_others,
    "ppv": _among_flagged,
    "npv": _among_spared,
}
