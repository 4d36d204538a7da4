"""Whether an input moves the risk against what clinical knowledge lets expect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explainers.checks.certainty import is_surely_above, is_surely_below
from explainers.checks.evidence import corrected_level
from explainers.checks.inspection import Inspection
from explainers.checks.reasons import reasons_method, with_small_reference
from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.attribution import Attribution
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.core.link import Scale
from explainers.core.schema import Column
from explainers.core.schema import Direction as ExpectedDirection
from explainers.core.study import Study
from explainers.distances.score_space import is_graded
from explainers.effects import EffectChoice, choose_effect
from explainers.uncertainty.bootstrap import bootstrap_interval

# Odds changed by a fifth, or two patients in a hundred, from a low to a high value.
LEAST_RISE: dict[Scale, float] = {"log-odds": 0.2, "risk": 0.02}
MIDDLE = (0.05, 0.95)
N_PATIENTS, N_SLOW = 400, 100
FEWEST_PATIENTS = 40


@dataclass(frozen=True)
class Direction:
    """The straight trend of an input's SHAP values against the direction the schema declares.

    The trend is fitted over the middle 90% of seen values and expressed as the rise from their
    lower to their upper end, so a bend that cancels out is no trend. Its bootstrap interval over
    patients is widened to hold for all inputs with a declared direction at once. Of two inputs that
    go together a model may lean on either, so theirs must go the wrong way together as well.
    """

    code: ClassVar[str] = "direction"
    title: ClassVar[str] = "A direction against clinical knowledge"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """Medium severity; low where the input goes together with another one."""
        study = inspection.study
        declared = [
            (at, column)
            for at, column in enumerate(study.model.columns)
            if column.expected_direction and is_graded(column)
        ]
        if not declared:
            reason = "the schema declares no expected direction for an input of the model"
            return CheckResult.not_applicable(self.code, self.title, reason)
        if len(study.cohort) < FEWEST_PATIENTS:
            reason = f"there are fewer than {FEWEST_PATIENTS} patients to explain"
            return CheckResult.not_applicable(self.code, self.title, reason)
        reasons = _explain(study)
        values = study.rows_of(reasons.patient_ids)
        level = corrected_level(len(declared))
        findings = []
        for at, column in declared:
            rise = _estimate_rise(values[:, at], reasons.values[:, at], level, study.seed)
            if not _is_against(rise, column, reasons.scale):
                continue
            choice = choose_effect(study, column.name)
            if choice.method == "ale":
                partner = study.model.feature_names.index(choice.partner)
                both = reasons.values[:, [at, partner]].sum(axis=1)
                rise = _estimate_rise(values[:, at], both, level, study.seed)
            if rise is not None and _is_against(rise, column, reasons.scale):
                findings.append(self._finding(column, rise, choice, study))
        looked_at = (
            f"{len(declared)} inputs with a declared direction, by the {reasons.method} values of"
            f" a seeded sample of {len(reasons.patient_ids)} patients."
        )
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _finding(
        self, column: Column, rise: Estimate, choice: EffectChoice, study: Study
    ) -> Finding:
        found: ExpectedDirection = "higher" if (rise.value or 0.0) > 0 else "lower"
        explanation = (
            f"All else as it is, the model gives a higher risk for {_values(column, found)};"
            f" clinical knowledge expects that for {_values(column, column.expected_direction)}."
        )
        severity: Severity = "medium"
        if choice.method == "ale":
            severity = "low"
            partner = study.cohort.schema.column(choice.partner).label
            explanation += f" It goes together with {partner}, and so does what both add together."
        else:
            explanation += " Effects of treatment can look like this."
        return Finding(
            code=self.code,
            title=f"{column.label}: the model raises the risk for {_values(column, found)}",
            severity=severity,
            explanation=explanation,
            evidence=(rise,),
            affected="Everybody",
            remedy="Ask who has such values and how they are treated before the reason is shown.",
            doc=self.doc,
        )


def _values(column: Column, direction: ExpectedDirection) -> str:
    """Higher or lower values, as one would say it of a number or of levels."""
    if column.is_numeric:
        return f"{direction} values"
    level = column.levels[-1 if direction == "higher" else 0]
    return f"“{level}”" if len(column.levels) == 2 else f"values towards “{level}”"


def _explain(study: Study) -> Attribution:
    method = reasons_method(study)
    if method.is_quick:
        return method.explain(study, N_PATIENTS)
    return method.explain(with_small_reference(study), N_SLOW)


def _is_against(rise: Estimate | None, column: Column, scale: Scale) -> bool:
    """Whether the trend surely goes the other way, by enough to matter."""
    if rise is None or abs(rise.value or 0.0) < LEAST_RISE[scale]:
        return False
    if column.expected_direction == "higher":
        return is_surely_below(rise, 0.0)
    return is_surely_above(rise, 0.0)


def _estimate_rise(
    column_values: FloatArray, contributions: FloatArray, level: float, seed: int
) -> Estimate | None:
    """Rise of one input's contributions (n,) over its middle values; None where none vary."""
    is_kept = _is_in_the_middle(column_values)
    values, contributions = column_values[is_kept], contributions[is_kept]
    if len(values) < FEWEST_PATIENTS or np.ptp(values) == 0.0:
        return None
    span = float(np.ptp(values))
    rise = _trend(values / span, contributions)
    interval = bootstrap_interval(rise, len(values), seed=seed, level=level)
    value = float(rise(np.ones((1, len(values))))[0])
    # An additive model has the same trend in every resample, but for rounding.
    return Estimate(
        metric="contribution_rise",
        value=value,
        low=min(interval.low, value),
        high=max(interval.high, value),
        n=len(values),
        n_events=None,
        interval_method=interval.method,
        level=level,
    )


def _is_in_the_middle(values: FloatArray) -> BoolArray:
    """Which values (n,) lie in the middle 90%; those at its ends count, so levels stay whole."""
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return np.zeros(len(values), dtype=np.bool_)
    low, high = np.quantile(known, MIDDLE)
    return np.asarray((values >= low) & (values <= high), dtype=np.bool_)


def _trend(values: FloatArray, contributions: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """The least-squares slope (b,) as a function of how often each patient counts (b, n)."""
    places, sizes = values - values.mean(), contributions - contributions.mean()

    def slope(weights: FloatArray) -> FloatArray:
        total = weights.sum(axis=1)
        means = weights @ places / total, weights @ sizes / total
        spread = weights @ places**2 / total - means[0] ** 2
        together = weights @ (places * sizes) / total - means[0] * means[1]
        trend: FloatArray = np.divide(
            together, spread, out=np.full(len(total), np.nan), where=spread > 1e-12
        )
        return trend

    return slope
