"""Whether the model shows explanations another rule than the one it uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explainers.checks.certainty import sample_study
from explainers.checks.inspection import Inspection
from explainers.core.finding import CheckResult, Finding
from explainers.reliability.manipulation import (
    FEWEST_PATIENTS,
    ManipulationReport,
    estimate_manipulation,
)

N_PATIENTS = 300
# A tenth of what the model depends on. With 300 patients no clean model tried moved more than 0.06,
# deep trees included; see the method page.
RELEVANT_SHARE = 0.1
# Real patients among whom an invented one is looked for.
N_KNOWN = 2000
MOST_NAMED = 3


@dataclass(frozen=True)
class Scaffolding:
    """How much of the model's dependence moves to other inputs when patients are invented."""

    code: ClassVar[str] = "scaffolding"
    title: ClassVar[str] = "A rule hidden from explanations"
    doc: ClassVar[str] = "manipulation"

    def run(self, inspection: Inspection) -> CheckResult:
        """High severity: every reason shown may be another one than the model's."""
        study = inspection.study
        if len(study.cohort) < FEWEST_PATIENTS:
            return CheckResult.not_applicable(
                self.code, self.title, f"there are fewer than {FEWEST_PATIENTS} patients to ask"
            )
        known = sample_study(study, N_KNOWN)
        report = estimate_manipulation(known, n_patients=N_PATIENTS, limit=RELEVANT_SHARE)
        labels = {column.name: column.label for column in study.model.columns}
        found = (self._finding(report, labels),) if report.is_suspicious else ()
        n = report.moved_share.n
        looked_at = f"reactions to single changes in {n} sampled patients and {n} invented ones."
        return CheckResult.of(self.code, self.title, found, looked_at)

    def _finding(self, report: ManipulationReport, labels: dict[str, str]) -> Finding:
        hidden = [labels[name] for name in report.hidden_features[:MOST_NAMED]]
        return Finding(
            code=self.code,
            title="The model uses other inputs for real patients than for invented ones",
            severity="high",
            explanation=(
                f"{report.moved_share.value:.0%} of its dependence sits on other inputs once"
                " patients are invented, and explanations ask about invented patients. Among real"
                f" ones it depends more on {', '.join(hidden)}."
            ),
            evidence=(report.moved_share, report.separability),
            affected="Everybody",
            remedy="Trust no reason that it shows; ask for the model file and how it was trained.",
            doc=self.doc,
        )
