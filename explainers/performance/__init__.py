"""How good a model is: discrimination, calibration, classification at the declared threshold."""

from explainers.performance.clustered import estimate_clustered
from explainers.performance.curves import (
    NoCurve,
    RiskDistribution,
    calibration_curve,
    risk_distribution,
    roc_curve,
)
from explainers.performance.decision_curves import (
    DecisionCurve,
    decision_curve,
    threshold_range,
)
from explainers.performance.metrics import METRICS, estimate_metric, find_metric

__all__ = [
    "METRICS",
    "DecisionCurve",
    "NoCurve",
    "RiskDistribution",
    "calibration_curve",
    "decision_curve",
    "estimate_clustered",
    "estimate_metric",
    "find_metric",
    "risk_distribution",
    "roc_curve",
    "threshold_range",
]
