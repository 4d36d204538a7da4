"""Whether SHAP and LIME give different reasons for the same patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explainers.attribution.lime_tabular import LimeTabular
from explainers.checks.certainty import is_surely_above, sample_study, shown
from explainers.checks.inspection import Inspection
from explainers.checks.reasons import reasons_method, with_small_reference
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding
from explainers.errors import UnsupportedError
from explainers.reliability.cohort_agreement import FEWEST_PATIENTS, compare_cohort_attributions

# From here on withholding the sentence of reasons is the habit rather than the exception.
MOST_DISAGREEING = 0.3
N_PATIENTS, N_SLOW = 60, 20


@dataclass(frozen=True)
class MethodsDisagree:
    """Share of a seeded sample of patients for whom SHAP and LIME disagree by the preset rule."""

    code: ClassVar[str] = "methods-disagree"
    title: ClassVar[str] = "Methods that give different reasons"
    doc: ClassVar[str] = "agreement"

    def run(self, inspection: Inspection) -> CheckResult:
        """Medium severity where the share is surely above 30%."""
        study, method = inspection.study, reasons_method(inspection.study)
        if len(study.cohort) < FEWEST_PATIENTS:
            reason = f"there are fewer than {FEWEST_PATIENTS} patients to explain"
            return CheckResult.not_applicable(self.code, self.title, reason)
        asked = study if method.is_quick else with_small_reference(study)
        drawn = sample_study(asked, N_PATIENTS if method.is_quick else N_SLOW)
        ids = drawn.cohort.patient_ids
        try:
            lime = LimeTabular().explain(drawn, drawn.matrix, ids, method.scale)
        except UnsupportedError as error:
            return CheckResult.not_applicable(self.code, self.title, error.rule)
        reasons = method.attributor.explain(drawn, drawn.matrix, ids, method.scale)
        agreement = compare_cohort_attributions(reasons, lime, seed=study.seed)
        share = agreement.disagreeing
        n_disagreeing = sum(each.methods_disagree for each in agreement.by_patient)
        looked_at = (
            f"{method.attributor.label} against LIME on the {method.scale} scale, for a seeded"
            f" sample of {len(ids)} patients."
        )
        if not is_surely_above(share, MOST_DISAGREEING):
            return CheckResult.of(self.code, self.title, (), looked_at)
        figures = (
            shown(share, n_disagreeing, len(ids) - n_disagreeing),
            agreement.measure("sign_agreement"),
        )
        return CheckResult.of(self.code, self.title, (self._finding(figures),), looked_at)

    def _finding(self, figures: tuple[Estimate, ...]) -> Finding:
        share = figures[0]
        how_many = "most" if share.value is None else f"{share.value:.0%}"
        return Finding(
            code=self.code,
            title="SHAP and LIME often give different reasons",
            severity="medium",
            explanation=(
                f"For {how_many} of the sampled patients the methods share too few of their"
                " leading reasons, or point one of them in opposite directions."
            ),
            evidence=figures,
            affected="Everybody",
            remedy="Show reasons with the method's name, and no sentence where methods disagree.",
            doc=self.doc,
        )
