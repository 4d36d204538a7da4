"""Whether the model is evaluated as it was when it was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explainers.checks.certainty import NO_BUNDLE
from explainers.checks.inspection import Inspection
from explainers.core.finding import CheckResult, Finding


@dataclass(frozen=True)
class OutdatedEvaluation:
    """The bundle's packages, model and patients against those at hand."""

    code: ClassVar[str] = "outdated-evaluation"
    title: ClassVar[str] = "An evaluation of something else"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """Low severity."""
        bundle = inspection.bundle
        if bundle is None:
            return CheckResult.not_applicable(self.code, self.title, NO_BUNDLE)
        study, findings = inspection.study, []
        if study.model.digest != bundle.facts.digest:
            findings.append(self._finding("The model is not the one in its bundle", "", "model"))
        if set(study.cohort.patient_ids) != set(bundle.test_patient_ids):
            findings.append(
                self._finding(
                    "The patients are not those that the bundle held out",
                    "Some may have been trained on, and would make every figure look better.",
                    "patients",
                )
            )
        if inspection.training is None:
            findings.append(
                self._finding(
                    "The training patients are not at hand",
                    "The cohort is missing or was changed, so nothing can be compared with it.",
                    "cohort",
                )
            )
        if bundle.facts.notes:
            notes = " ".join(bundle.facts.notes)
            findings.append(
                self._finding("Packages differ from those at training", notes, "packages")
            )
        looked_at = "digests of model and cohort, held-out patients, and package versions."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _finding(self, title: str, explanation: str, what: str) -> Finding:
        general = "Figures shown need not be those that the model was released with."
        return Finding(
            code=self.code,
            title=title,
            severity="low",
            explanation=f"{explanation} {general}".strip(),
            evidence=(),
            affected="Everybody",
            remedy=f"Restore the {what} that the bundle names, or train and test the model again.",
            doc=self.doc,
        )
