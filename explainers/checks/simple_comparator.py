"""Whether a simpler model would do as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explainers.checks.certainty import (
    NO_OUTCOME,
    case_counts,
    flag_counts,
    is_surely_below,
    labelled_risk,
    shown,
)
from explainers.checks.inspection import Inspection
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.core.study import Study
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.paired_differences import (
    estimate_auroc_difference,
    estimate_benefit_difference,
)
from explainers.subgroups.released_thresholds import released_thresholds

# One pair of patients in fifty, and one case in a hundred patients more, needless flags weighed in:
# gains smaller than both are not worth a model that is harder to check.
RELEVANT_AUROC = 0.02
RELEVANT_BENEFIT = 0.01
NOT_RELEASED = "Withheld: the simpler model's own figures are not shown at this threshold."


@dataclass(frozen=True)
class SimpleComparator:
    """Differences of AUROC and net benefit from the bundle's comparator, on the same patients.

    Found when both intervals exclude a relevant gain. An interval that holds one as well as none
    settles nothing and is no finding.
    """

    code: ClassVar[str] = "simple-comparator"
    title: ClassVar[str] = "A simpler model does as well"
    doc: ClassVar[str] = "model-comparison"

    def run(self, inspection: Inspection) -> CheckResult:
        """Medium severity where the simpler model is surely better, low elsewhere."""
        study, comparator = inspection.study, inspection.comparator
        if comparator is None:
            reason = "no simpler model is named that was judged on the same patients"
            return CheckResult.not_applicable(self.code, self.title, reason)
        if not study.is_labelled.any():
            return CheckResult.not_applicable(self.code, self.title, NO_OUTCOME)
        ranking, benefit = _differences(study, comparator)
        is_as_good = is_surely_below(ranking, RELEVANT_AUROC) and is_surely_below(
            benefit, RELEVANT_BENEFIT
        )
        found = (
            (self._finding(ranking, benefit, comparator, study.threshold),) if is_as_good else ()
        )
        looked_at = (
            f"differences from {comparator.model.name} in AUROC and in net benefit at the"
            f" threshold of {study.threshold:g}, on the same patients."
        )
        return CheckResult.of(self.code, self.title, found, looked_at)

    def _finding(
        self, ranking: Estimate, benefit: Estimate, comparator: Study, threshold: float
    ) -> Finding:
        is_worse = is_surely_below(ranking, 0.0) or is_surely_below(benefit, 0.0)
        severity: Severity = "medium" if is_worse else "low"
        # Beside its figures at the thresholds on offer, the people between two would follow.
        is_told = threshold in released_thresholds(comparator)
        return Finding(
            code=self.code,
            title="A simpler model does better" if is_worse else "A simpler model does as well",
            severity=severity,
            explanation=(
                f"On the same patients a relevant gain over {comparator.model.name} is ruled out:"
                f" the AUROC differs by {_signed(ranking)} and the net benefit by"
                f" {_signed(benefit) if is_told else 'too little to matter'}."
            ),
            evidence=(ranking, benefit if is_told else _untold(benefit)),
            affected="Everybody",
            remedy=f"Prefer {comparator.model.name}, whose reasons can be read off its formula.",
            doc=self.doc,
        )


def _untold(benefit: Estimate) -> Estimate:
    return Estimate.suppressed(benefit.metric, NOT_RELEASED)


def _signed(difference: Estimate) -> str:
    """Three decimals with a sign; adding 0 takes the sign from a rounded zero."""
    return f"{round(difference.value or 0.0, 3) + 0.0:+.3f}"


def _differences(study: Study, comparator: Study) -> tuple[Estimate, Estimate]:
    """AUROC and net benefit, each withheld where it would give a small count away."""
    order = comparator.cohort.frame.index.get_indexer(study.cohort.frame.index)
    own = labelled_risk(study)
    other = LabelledRisk.of(study.labels, comparator.risk[np.asarray(order)])
    settings = MetricSettings(study.threshold, seed=study.seed)
    ranking = shown(estimate_auroc_difference(own, other, settings), *case_counts(own))
    counts = (*flag_counts(own, study.threshold), *flag_counts(other, study.threshold))
    return ranking, shown(estimate_benefit_difference(own, other, settings), *counts)
