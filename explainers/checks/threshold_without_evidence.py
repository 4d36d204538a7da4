"""Whether held-out patients bear out the declared decision threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explainers.checks.certainty import (
    NO_OUTCOME,
    flag_counts,
    is_surely_above,
    labelled_risk,
    shown,
)
from explainers.checks.inspection import Inspection
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding
from explainers.core.study import Study
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.performance.metric import MetricSettings
from explainers.performance.paired_differences import estimate_benefit_over_default


@dataclass(frozen=True)
class ThresholdWithoutEvidence:
    """Patients on either side of the threshold, and net benefit against both defaults.

    A threshold is borne out where deciding by the model surely does better than flagging everybody
    and than flagging nobody.
    """

    code: ClassVar[str] = "threshold-without-evidence"
    title: ClassVar[str] = "A threshold that nothing bears out"
    doc: ClassVar[str] = "net-benefit"

    def run(self, inspection: Inspection) -> CheckResult:
        """Medium severity."""
        study = inspection.study
        patients = labelled_risk(study)
        if not len(patients):
            return CheckResult.not_applicable(self.code, self.title, NO_OUTCOME)
        looked_at = (
            f"who is flagged at {study.threshold:g}, and the net benefit there against flagging"
            " everybody and nobody."
        )
        n_flagged = sum(patients.flagged_counts(study.threshold))
        if min(n_flagged, len(patients) - n_flagged) < SMALLEST_CELL:
            side = "at or above" if n_flagged < SMALLEST_CELL else "below"
            found = self._nobody_there(study, side)
            return CheckResult.of(self.code, self.title, (found,), looked_at)
        gain = estimate_benefit_over_default(
            patients, MetricSettings(study.threshold, seed=study.seed)
        )
        if is_surely_above(gain, 0.0):
            return CheckResult.of(self.code, self.title, (), looked_at)
        visible = shown(gain, *flag_counts(patients, study.threshold))
        return CheckResult.of(self.code, self.title, (self._no_gain(study, visible),), looked_at)

    def _nobody_there(self, study: Study, side: str) -> Finding:
        return self._finding(
            f"Hardly any held-out patient is {side} the threshold",
            f"Fewer than {SMALLEST_CELL} held-out patients have a risk {side}"
            f" {study.threshold:.1%}, so nothing is known of what deciding there would do.",
            (),
        )

    def _no_gain(self, study: Study, gain: Estimate) -> Finding:
        return self._finding(
            "Deciding at the threshold is not known to help",
            f"At the threshold of {study.threshold:.1%} the net benefit is not surely higher than"
            " that of the better of flagging everybody and flagging nobody.",
            (gain,),
        )

    def _finding(self, title: str, explanation: str, evidence: tuple[Estimate, ...]) -> Finding:
        return Finding(
            code=self.code,
            title=title,
            severity="medium",
            explanation=explanation,
            evidence=evidence,
            affected="Everybody",
            remedy="Do not decide at this threshold until it was tested on enough patients near"
            " it.",
            doc=self.doc,
        )
