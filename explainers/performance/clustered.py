"""Metrics whose intervals allow for patients who belong together: repeated visits, or a site."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.estimate import Estimate
from explainers.performance.cluster_intervals import estimate_by_cluster
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.metrics import find_metric
from explainers.uncertainty.clusters import Clusters


def estimate_clustered(
    slug: str,
    labels: FloatArray,
    risk: FloatArray,
    clusters: Sequence[object],
    settings: MetricSettings,
) -> Estimate:
    """Estimate one metric with an interval that is robust to clusters.

    The value is that of :func:`~explainers.performance.metrics.estimate_metric`. Shares have a
    Wilson interval with the effective number of patients; all else has a standard error from
    influences added up by cluster, on the log-odds for the AUROC and on the logarithm for observed
    over expected.

    Parameters
    ----------
    slug : str
        Name of the metric.
    labels : ndarray of shape (n,)
        1, 0, or NaN where there is no label.
    risk : ndarray of shape (n,)
    clusters : sequence of length n
        Who belongs together: the person of each visit, or the site.
    settings : MetricSettings

    Raises
    ------
    SettingsError
        As ``estimate_metric``; or where a labelled patient has no cluster, or there are fewer than
        two clusters.
    """
    patients = LabelledRisk.of(labels, risk)
    known = Clusters.of(np.asarray(clusters)[~np.isnan(np.asarray(labels, dtype=np.float64))])
    found = find_metric(slug).estimate(patients, settings)
    return estimate_by_cluster(found, patients, known, settings)
