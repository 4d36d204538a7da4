"""Whether LIME's local models describe the model at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explainers.attribution.lime_tabular import LimeTabular
from explainers.checks.certainty import is_surely_below, sample_study
from explainers.checks.inspection import Inspection
from explainers.core.arrays import FloatArray
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding
from explainers.errors import UnsupportedError
from explainers.uncertainty.bootstrap import bootstrap_interval

# Below this a local line leaves more than two thirds of the model's variation unexplained.
LEAST_FIT = 0.3
N_PATIENTS = 30
FEWEST_PATIENTS = 11


@dataclass(frozen=True)
class LimeWithoutFit:
    """Median local R squared of LIME over a seeded sample of patients, on the risk scale."""

    code: ClassVar[str] = "lime-without-fit"
    title: ClassVar[str] = "LIME reasons that do not fit the model"
    doc: ClassVar[str] = "lime"

    def run(self, inspection: Inspection) -> CheckResult:
        """Low severity: LIME is one method among several, and its fit stands beside it."""
        drawn = sample_study(inspection.study, N_PATIENTS)
        if len(drawn.cohort) < FEWEST_PATIENTS:
            reason = f"there are fewer than {FEWEST_PATIENTS} patients to explain"
            return CheckResult.not_applicable(self.code, self.title, reason)
        try:
            lime = LimeTabular().explain(drawn, drawn.matrix, drawn.cohort.patient_ids, "risk")
        except UnsupportedError as error:
            return CheckResult.not_applicable(self.code, self.title, error.rule)
        fits = lime.local_fit if lime.local_fit is not None else np.empty(0)
        fit = _estimate_median(fits[np.isfinite(fits)], drawn.seed)
        found = (self._finding(fit),) if is_surely_below(fit, LEAST_FIT) else ()
        looked_at = f"the local fit for a seeded sample of {fit.n} patients."
        return CheckResult.of(self.code, self.title, found, looked_at)

    def _finding(self, fit: Estimate) -> Finding:
        return Finding(
            code=self.code,
            title="LIME's local models hardly describe the model",
            severity="low",
            explanation=(
                f"For half of the sampled patients the local line explains less than"
                f" {fit.value:.0%} of how the risk varies around them, so most of what the model"
                " does there is in none of LIME's reasons."
            ),
            evidence=(fit,),
            affected="Everybody",
            remedy="Read SHAP values instead, or show each LIME reason with its local fit.",
            doc=self.doc,
        )


def _estimate_median(values: FloatArray, seed: int) -> Estimate:
    """Median with a bootstrap interval over patients."""
    metric = "median_local_fit"
    if len(values) < FEWEST_PATIENTS:
        reason = "LIME has a fit for fewer than 11 patients."
        return Estimate.not_estimable(metric, reason, n=len(values), n_events=0)
    ascending = np.sort(values)

    def median(weights: FloatArray) -> FloatArray:
        reached = np.cumsum(weights, axis=1) >= weights.sum(axis=1, keepdims=True) / 2
        return np.asarray(ascending[reached.argmax(axis=1)], dtype=np.float64)

    interval = bootstrap_interval(median, len(values), seed=seed)
    value = float(np.median(ascending))
    return Estimate(metric, value, interval.low, interval.high, len(values), None, interval.method)
