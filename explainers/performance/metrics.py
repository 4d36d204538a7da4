"""The metrics there are, and the one way to estimate any of them."""

from __future__ import annotations

from explainers.core.arrays import FloatArray
from explainers.core.estimate import Estimate
from explainers.disclosure.counts import CASES, FLAGGED_EVENTS, FLAGGED_OTHERS
from explainers.errors import SettingsError
from explainers.performance import brier, calibration, classification, discrimination
from explainers.performance.cluster_intervals import allow_for_clusters
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import Metric, MetricSettings

_CASES = (CASES,)
_EVENTS = (CASES, FLAGGED_EVENTS)
_OTHERS = (CASES, FLAGGED_OTHERS)
_ALL = (CASES, FLAGGED_EVENTS, FLAGGED_OTHERS)

METRICS: tuple[Metric, ...] = (
    Metric(
        "prevalence",
        "Prevalence",
        "Share of the patients who have the outcome.",
        needs_threshold=False,
        kind="share",
        reveals=_CASES,
        ideal=None,
        estimate=allow_for_clusters(classification.estimate_prevalence),
    ),
    Metric(
        "auroc",
        "AUROC",
        "How often a patient with the outcome has a higher risk than a patient without.",
        needs_threshold=False,
        kind="number",
        reveals=_CASES,
        ideal=None,
        estimate=allow_for_clusters(discrimination.estimate_auroc),
    ),
    Metric(
        "oe_ratio",
        "Observed / expected",
        "Patients who have the outcome over those the model expects: above 1 it under-predicts.",
        needs_threshold=False,
        kind="ratio",
        reveals=_CASES,
        ideal=1.0,
        estimate=allow_for_clusters(calibration.estimate_oe_ratio),
    ),
    Metric(
        "sensitivity",
        "Sensitivity",
        "Share of patients with the outcome whom the model flags at the threshold.",
        needs_threshold=True,
        kind="share",
        reveals=_EVENTS,
        ideal=None,
        estimate=allow_for_clusters(classification.estimate_sensitivity),
    ),
    Metric(
        "specificity",
        "Specificity",
        "Share of patients without the outcome whom the model leaves unflagged.",
        needs_threshold=True,
        kind="share",
        reveals=_OTHERS,
        ideal=None,
        estimate=allow_for_clusters(classification.estimate_specificity),
    ),
    Metric(
        "ppv",
        "Positive predictive value",
        "Share of the flagged who have the outcome; it falls with the prevalence.",
        needs_threshold=True,
        kind="share",
        reveals=_ALL,
        ideal=None,
        estimate=allow_for_clusters(classification.estimate_ppv),
    ),
    Metric(
        "npv",
        "Negative predictive value",
        "Share of those not flagged who do not have the outcome.",
        needs_threshold=True,
        kind="share",
        reveals=_ALL,
        ideal=None,
        estimate=allow_for_clusters(classification.estimate_npv),
    ),
    Metric(
        "brier",
        "Brier score",
        "Mean squared distance between risk and outcome; falls with the prevalence, so groups"
        " must not be compared by it.",
        needs_threshold=False,
        kind="number",
        reveals=_CASES,
        ideal=None,
        estimate=allow_for_clusters(brier.estimate_brier),
    ),
    Metric(
        "scaled_brier",
        "Scaled Brier score",
        "Share of the Brier score removed, against giving everybody the group's own prevalence.",
        needs_threshold=False,
        kind="number",
        reveals=_CASES,
        ideal=None,
        estimate=allow_for_clusters(brier.estimate_scaled_brier),
    ),
    Metric(
        "calibration_intercept",
        "Calibration-in-the-large",
        "Shift of the log-odds that would make the mean risk right: above 0 it under-predicts.",
        needs_threshold=False,
        kind="number",
        reveals=_CASES,
        ideal=0.0,
        estimate=allow_for_clusters(calibration.estimate_calibration_intercept),
    ),
    Metric(
        "calibration_slope",
        "Calibration slope",
        "Below 1 the risks are too extreme, above 1 too close together.",
        needs_threshold=False,
        kind="number",
        reveals=_CASES,
        ideal=1.0,
        estimate=allow_for_clusters(calibration.estimate_calibration_slope),
    ),
    Metric(
        "net_benefit",
        "Net benefit",
        "True positives per patient, less false positives weighed by the odds of the threshold.",
        needs_threshold=True,
        kind="number",
        reveals=_ALL,
        ideal=None,
        estimate=allow_for_clusters(classification.estimate_net_benefit),
    ),
    Metric(
        "standardized_net_benefit",
        "Standardised net benefit",
        "Net benefit over the most there could be, the group's own prevalence.",
        needs_threshold=True,
        kind="number",
        reveals=_ALL,
        ideal=None,
        estimate=allow_for_clusters(classification.estimate_standardized_net_benefit),
    ),
    Metric(
        "average_precision",
        "Average precision",
        "Precision averaged over the patients with the outcome; its floor is the prevalence.",
        needs_threshold=False,
        kind="number",
        reveals=_CASES,
        ideal=None,
        estimate=allow_for_clusters(discrimination.estimate_average_precision),
    ),
)


def find_metric(slug: str) -> Metric:
    """The metric of that name; SettingsError where there is none."""
    for metric in METRICS:
        if metric.slug == slug:
            return metric
    names = ", ".join(metric.slug for metric in METRICS)
    raise SettingsError(
        "there is no metric of that name", value=slug, remedy=f"There are: {names}."
    )


def estimate_metric(
    slug: str,
    labels: FloatArray,
    risk: FloatArray,
    threshold: float | None,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Estimate one metric with its interval, on the patients with a label.

    Small counts are not withheld here: what reaches a screen goes through
    :mod:`explainers.disclosure`.

    Parameters
    ----------
    slug : str
        Name of the metric.
    labels : ndarray of shape (n,)
        1, 0, or NaN where there is no label.
    risk : ndarray of shape (n,)
        Predicted risk, in [0, 1].
    threshold : float or None
        Decision threshold; a patient at or above it is flagged. None where the metric needs none.
    level : float
        Confidence level.
    seed : int
        Seed of the bootstrap, for metrics that use it.

    Returns
    -------
    Estimate
        Whose ``n`` and ``n_events`` count all labelled patients, whatever the metric divides by.

    Raises
    ------
    SettingsError
        For an unknown metric, a missing threshold, labels other than 0 and 1, or risks outside
        [0, 1].
    """
    metric = find_metric(slug)
    settings = MetricSettings(threshold, level, seed)
    return metric.estimate(LabelledRisk.of(labels, risk), settings)
