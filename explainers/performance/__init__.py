"""How good a model is: discrimination, calibration, classification at the declared threshold."""

from explainers.performance.curves import (
    NoCurve,
    RiskDistribution,
    calibration_curve,
    risk_distribution,
    roc_curve,
)
from explainers.performance.metrics import METRICS, estimate_metric, find_metric

__all__ = [
    "METRICS",
    "NoCurve",
    "RiskDistribution",
    "calibration_curve",
    "estimate_metric",
    "find_metric",
    "risk_distribution",
    "roc_curve",
]
