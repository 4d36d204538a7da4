"""Curves of performance: ROC, smoothed calibration, and risks by outcome.

Nothing here marks a single patient: ROC points and histogram bins are cut from one list of edges,
so that counts read off one cannot be subtracted from those of the other, and a calibration curve
stops where fewer patients than the floor lie beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from explainers.core.arrays import FloatArray, IntArray, frozen_floats
from explainers.core.curve import Curve
from explainers.disclosure.counts import SMALLEST_CELL, check_floor
from explainers.performance.cluster_intervals import ONE_CLUSTER
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.logistic import fit_logistic
from explainers.performance.metric import missing_class
from explainers.performance.risk_bins import cut_risks
from explainers.performance.spline import natural_spline
from explainers.uncertainty.clusters import Clusters
from explainers.uncertainty.interval import normal_quantile

# Van Calster 2016, J Clin Epidemiol 74:167: a curve needs about so many of either outcome.
FEWEST_FOR_CURVE = 200
_BIN_WIDTH = 0.05
_N_CURVE_POINTS = 100
_KNOT_SHARES = (0.05, 0.35, 0.65, 0.95)  # Harrell 2015, Regression Modeling Strategies


@dataclass(frozen=True)
class NoCurve:
    """Why there is no curve to show.

    Attributes
    ----------
    reason : str
        One sentence in plain words.
    """

    reason: str


@dataclass(frozen=True)
class RiskDistribution:
    """How many patients have which predicted risk, by outcome.

    Attributes
    ----------
    edges : ndarray of shape (b + 1,)
        Bins of the risk, of unequal width where neighbours were merged.
    events, non_events : ndarray of shape (b,)
        Patients with and without the outcome in each bin: 0, or at least ``floor``.
    floor : int
        Smallest count that may be shown.
    reason : str
        Why there are no bins (b = 0); empty where there are.
    """

    edges: FloatArray
    events: FloatArray
    non_events: FloatArray
    floor: int
    reason: str = ""

    def __post_init__(self) -> None:
        for name in ("edges", "events", "non_events"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    @property
    def is_shown(self) -> bool:
        """Whether there are bins to show."""
        return not self.reason

    def to_frame(self) -> pd.DataFrame:
        """One row per bin: low, high, events, non_events."""
        return pd.DataFrame(
            {
                "low": self.edges[:-1],
                "high": self.edges[1:],
                "events": self.events,
                "non_events": self.non_events,
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "edges": self.edges.tolist(),
            "events": self.events.tolist(),
            "non_events": self.non_events.tolist(),
            "floor": self.floor,
            "reason": self.reason,
        }


def risk_distribution(
    labels: FloatArray,
    risk: FloatArray,
    floor: int = SMALLEST_CELL,
    threshold: float | None = None,
) -> RiskDistribution:
    """Histogram of the predicted risks by outcome, in bins of about 0.05 or wider.

    Parameters
    ----------
    labels, risk : ndarray of shape (n,)
        Outcomes (NaN where there is none) and predicted risks.
    floor : int
        Bins are merged until each holds nobody or so many, of either outcome.
    threshold : float, optional
        Becomes an edge where the counts allow it, so that the bins above it add up to the flagged.

    Raises
    ------
    SettingsError
        For labels, risks or a floor outside their allowed values.
    """
    patients = LabelledRisk.of(labels, risk)
    fine = _fine_bins(patients, floor, threshold)
    if isinstance(fine, NoCurve):
        return RiskDistribution(np.zeros(1), np.zeros(0), np.zeros(0), floor, fine.reason)
    edges, counts = fine
    starts = _wide_bins(edges, threshold)
    summed = np.add.reduceat(counts, starts[:-1], axis=0)
    return RiskDistribution(edges[starts], summed[:, 0], summed[:, 1], floor)


def roc_curve(
    labels: FloatArray,
    risk: FloatArray,
    floor: int = SMALLEST_CELL,
    threshold: float | None = None,
) -> Curve | NoCurve:
    """True against false positive rate over thresholds that are at least ``floor`` people apart.

    Straight lines join the points, so the area under the curve drawn is a little less than the
    AUROC; parameters and errors as :func:`risk_distribution`.
    """
    patients = LabelledRisk.of(labels, risk)
    if reason := missing_class(patients):
        return NoCurve(reason)
    fine = _fine_bins(patients, floor, threshold)
    if isinstance(fine, NoCurve):
        return fine
    _, counts = fine
    flagged = np.vstack([np.zeros((1, 2)), np.cumsum(counts[::-1], axis=0)])
    return Curve(
        x=flagged[:, 1] / patients.n_others,
        y=flagged[:, 0] / patients.n_events,
        x_label="False positive rate",
        y_label="True positive rate (sensitivity)",
        n=len(patients),
    )


def calibration_curve(
    labels: FloatArray, risk: FloatArray, floor: int = SMALLEST_CELL, level: float = 0.95
) -> Curve | NoCurve:
    """The smoothed calibration of patients who are independent of each other.

    Parameters and errors as :func:`smooth_calibration`, from labels and risks (n,).
    """
    return smooth_calibration(LabelledRisk.of(labels, risk), floor, level)


def smooth_calibration(
    patients: LabelledRisk, floor: int = SMALLEST_CELL, level: float = 0.95
) -> Curve | NoCurve:
    """Observed share with the outcome against the predicted risk, smoothed.

    A logistic regression of the outcome on a natural cubic spline of ``logit(risk)`` with four
    knots, with its pointwise band. Drawn over the observed range only, less the ``floor`` lowest
    and highest risks, and only where there are at least 200 patients with and 200 without the
    outcome. Where patients belong together the band rests on the sandwich variance by cluster,
    and there is none to draw for patients of a single cluster.

    Raises
    ------
    SettingsError
        As :func:`risk_distribution`, or when the level is not between 0 and 1.
    """
    quantile = normal_quantile(level)
    check_floor(floor)
    if min(patients.n_events, patients.n_others) < FEWEST_FOR_CURVE:
        return NoCurve(
            f"A calibration curve needs at least {FEWEST_FOR_CURVE} patients with and"
            f" {FEWEST_FOR_CURVE} without the outcome."
        )
    knots = np.unique(np.quantile(patients.log_odds, _KNOT_SHARES))
    if len(knots) < len(_KNOT_SHARES):
        return NoCurve("Too few different predicted risks for a smooth curve.")
    design = natural_spline(patients.log_odds, knots)
    fit = fit_logistic(design, patients.is_event)
    if fit is None:
        return NoCurve("The smooth curve has no finite solution.")
    if patients.clusters is not None and len(patients.clusters.sizes) < 2:
        return NoCurve(ONE_CLUSTER)
    inner = np.sort(patients.risk)[[floor - 1, -floor]]
    x = np.linspace(inner[0], inner[1], _N_CURVE_POINTS)
    basis = natural_spline(logit(np.clip(x, 1e-6, 1 - 1e-6)), knots)
    centre = basis @ fit.coefficients
    half = quantile * np.sqrt(np.einsum("ij,jk,ik->i", basis, fit.covariance, basis))
    if patients.clusters is not None and patients.clusters.has_effect:
        known = Clusters.of(patients.clusters.position)
        residual = patients.is_event - expit(design @ fit.coefficients)
        influence = basis @ ((design * residual[:, None]) @ fit.covariance).T
        half = known.quantile(level) * np.sqrt([known.variance(own) for own in influence])
    return Curve(
        x=x,
        y=expit(centre),
        low=expit(centre - half),
        high=expit(centre + half),
        x_label="Predicted risk",
        y_label="Observed share with the outcome",
        n=len(patients),
    )


def _fine_bins(
    patients: LabelledRisk, floor: int, threshold: float | None
) -> tuple[FloatArray, FloatArray] | NoCurve:
    """Edges (b + 1,) and counts (b, 2) by outcome, each count 0 or at least the floor."""
    if not len(patients):
        return NoCurve("Nobody here has a recorded outcome.")
    bins = cut_risks(patients, floor, threshold)
    if bins is None:
        return NoCurve(f"Withheld: fewer than {floor} patients with or without the outcome.")
    return bins.edges, np.column_stack([bins.events, bins.others])


def _wide_bins(edges: FloatArray, threshold: float | None) -> IntArray:
    """Positions of the edges that are kept, about 0.05 or more apart, the threshold among them."""
    kept = [0]
    for position in range(1, len(edges) - 1):
        is_wide = edges[position] - edges[kept[-1]] >= _BIN_WIDTH - 1e-9
        if is_wide or edges[position] == threshold:
            kept.append(position)
    return np.array([*kept, len(edges) - 1], dtype=np.int64)
