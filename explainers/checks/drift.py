"""Whether the patients looked at are unlike those that the model was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explainers.checks.certainty import (
    NO_TRAINING,
    is_surely_above,
    sample_study,
    training_study,
)
from explainers.checks.evidence import Tally, estimate_share
from explainers.checks.inspection import Inspection
from explainers.checks.shifts import Shift, find_shifts
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding
from explainers.core.study import Study
from explainers.reliability.out_of_distribution import (
    FEWEST_PATIENTS,
    UNUSUAL_SHARE,
    fit_familiar_patients,
)

# Twice as many unusual patients as there should be, and five times: every second, and four in five
# of them are then strangers to the model.
MORE_UNUSUAL, MOSTLY_UNUSUAL = 2 * UNUSUAL_SHARE, 5 * UNUSUAL_SHARE
MOST_NAMED = 5
N_FITTED, N_ASKED = 2000, 1000


@dataclass(frozen=True)
class Drift:
    """Each input's distribution, and all inputs together, against the training patients.

    Inputs: see :mod:`explainers.checks.shifts`. Together: the share of patients further from the
    training patients than all but 5% of those are from one another.
    """

    code: ClassVar[str] = "drift"
    title: ClassVar[str] = "Patients unlike those it was trained on"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """High severity where a quarter of the patients is unusual, medium elsewhere."""
        training = training_study(inspection)
        if training is None:
            return CheckResult.not_applicable(self.code, self.title, NO_TRAINING)
        shifts = find_shifts(inspection.study, training)
        findings = [self._moved(shift) for shift in shifts[:MOST_NAMED]]
        looked_at = (
            f"{len(inspection.study.model.columns)} inputs of {len(inspection.study.cohort):,}"
            f" patients against {len(training.cohort):,} training patients;"
            f" {len(shifts) or 'none'} differ."
        )
        if min(len(training.cohort), len(inspection.study.cohort)) >= FEWEST_PATIENTS:
            unusual = _unusual_share(inspection.study, training)
            looked_at += " Together on a seeded sample of them."
            if (unusual.value or 0.0) >= MORE_UNUSUAL and is_surely_above(unusual, UNUSUAL_SHARE):
                findings.append(self._unusual(unusual))
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _moved(self, shift: Shift) -> Finding:
        return Finding(
            code=self.code,
            title=f"{shift.label} is distributed otherwise than in training",
            severity="medium",
            explanation=shift.sentence,
            evidence=(shift.difference,),
            affected="Everybody",
            remedy="Find out what changed in who is measured or how, and test the model there.",
            doc=self.doc,
        )

    def _unusual(self, share: Estimate) -> Finding:
        return Finding(
            code=self.code,
            title="Many patients are unlike all that the model was trained on",
            severity="high" if is_surely_above(share, MOSTLY_UNUSUAL) else "medium",
            explanation=(
                f"{share.value:.0%} of them lie as far from training patients as the furthest"
                f" {UNUSUAL_SHARE:.0%} of those lie from one another. How the model does for such"
                " patients was hardly tested."
            ),
            evidence=(share,),
            affected="Everybody",
            remedy="Do not rely on its risks for such patients; train or test it on patients like"
            " them.",
            doc=self.doc,
        )


def _unusual_share(study: Study, training: Study) -> Estimate:
    """Share of a sample of patients whose combination share is at most 5%."""
    familiar = fit_familiar_patients(
        training.matrix, study.model.columns, n_patients=N_FITTED, seed=study.seed
    )
    drawn = sample_study(study, N_ASKED)
    is_unusual = familiar.combination_shares(drawn.matrix) <= UNUSUAL_SHARE
    return estimate_share("unusual_share", Tally.of(is_unusual))
