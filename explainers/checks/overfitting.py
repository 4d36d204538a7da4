"""Whether the model knows its training patients by heart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explainers.checks.certainty import (
    NO_TRAINING,
    is_surely_above,
    is_surely_below,
    training_study,
)
from explainers.checks.inspection import Inspection
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.subgroups.disaggregation import estimate_everybody
from explainers.subgroups.gaps import estimate_gap

# One pair of patients in ten that the model orders rightly only where it knows the answer.
RELEVANT_GAP = 0.1
# A shrinkage of a tenth is the most that a sample size is planned for (Riley 2020, BMJ 368:m441).
TOO_EXTREME = 0.9
# Below this little was learnt that carries over.
WEAK = 0.7


@dataclass(frozen=True)
class Overfitting:
    """AUROC of the training patients less that of the held-out ones.

    The two sets are disjoint, so their variances add. A gap alone is low: ensembles of trees always
    fit their training patients better, and may be none the worse on others. It is medium where the
    held-out patients show the damage: risks surely too extreme, or a surely weak ranking.
    """

    code: ClassVar[str] = "overfitting"
    title: ClassVar[str] = "A model that knows its training patients by heart"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """Severity by what the held-out patients show."""
        training = training_study(inspection)
        if training is None:
            return CheckResult.not_applicable(self.code, self.title, NO_TRAINING)
        held_out, slope = estimate_everybody(inspection.study, ("auroc", "calibration_slope"))
        (seen,) = estimate_everybody(training, ("auroc",))
        gap = estimate_gap(seen, held_out)
        if gap.value is None:
            return CheckResult.not_applicable(self.code, self.title, gap.reason)
        is_found = gap.value >= RELEVANT_GAP and is_surely_above(gap, 0.0)
        found = (self._finding(seen, held_out, gap, slope),) if is_found else ()
        looked_at = (
            "the AUROC of training against held-out patients; figures of training patients are"
            " used for this check only."
        )
        return CheckResult.of(self.code, self.title, found, looked_at)

    def _finding(
        self, seen: Estimate, held_out: Estimate, gap: Estimate, slope: Estimate
    ) -> Finding:
        is_extreme, is_weak = is_surely_below(slope, TOO_EXTREME), is_surely_below(held_out, WEAK)
        severity: Severity = "medium" if is_extreme or is_weak else "low"
        remedy = (
            "Train it anew with fewer or simpler parts, or on more patients, and recalibrate."
            if severity == "medium"
            else "Quote held-out figures only; a simpler model may do as well on new patients."
        )
        return Finding(
            code=self.code,
            title="The model does much better on the patients it was trained on",
            severity=severity,
            explanation=(
                f"The AUROC is {seen.value:.2f} on training and {held_out.value:.2f} on held-out"
                " patients. Figures of training patients are used for this check only and say"
                " nothing about new ones."
            ),
            evidence=(gap, held_out, *((slope,) if is_extreme else ())),
            affected="Everybody",
            remedy=remedy,
            doc=self.doc,
        )
