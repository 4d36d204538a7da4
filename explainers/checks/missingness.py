"""Whether it goes with the outcome that a feature was not measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explainers.checks.evidence import (
    Tally,
    corrected_level,
    estimate_share,
    estimate_share_gap,
    leaves_out,
)
from explainers.checks.inspection import Inspection
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding
from explainers.core.schema import Column

# Ten of a hundred patients more, or half as many again where the outcome is rare.
RELEVANT_GAP = 0.10
RELEVANT_RATIO = 1.5


@dataclass(frozen=True)
class MissingnessPredictsOutcome:
    """Share with the outcome among patients in whom a feature is missing, against the others.

    A feature is named when the difference (Newcombe, corrected for the number of features) surely
    is not 0 and is of ten points or more, or one share is at least one and a half times the other.
    Where the training patients are at hand the model can have learnt it only from them, so they
    must show as much in the same direction.
    """

    code: ClassVar[str] = "missingness-predicts-outcome"
    title: ClassVar[str] = "A missing value that tells the outcome"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """Medium severity."""
        study = inspection.study
        if not study.is_labelled.any():
            return self._not_applicable("no held-out patient has a recorded outcome")
        is_event = study.labels[study.is_labelled] == 1.0
        missing = np.isnan(study.matrix[study.is_labelled])
        gappy = [
            (position, column, is_missing)
            for position, (column, is_missing) in enumerate(
                zip(study.model.columns, missing.T, strict=True)
            )
            if is_missing.any()
        ]
        if not gappy:
            return self._not_applicable("every feature is measured in every held-out patient")
        level = corrected_level(len(gappy))
        findings, n_compared = [], 0
        for position, column, is_missing in gappy:
            absent, present = Tally.of(is_event[is_missing]), Tally.of(is_event[~is_missing])
            gap = estimate_share_gap("missingness_gap", absent, present, level)
            n_compared += gap.is_estimated
            is_found = leaves_out(gap, 0.0) and _is_relevant(absent, present)
            if is_found and _could_be_learnt(inspection, position, gap):
                findings.append(self._finding(column, absent, present, gap))
        looked_at = f"{n_compared} of {len(gappy)} features with missing values could be compared."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _not_applicable(self, reason: str) -> CheckResult:
        return CheckResult.not_applicable(self.code, self.title, reason)

    def _finding(self, column: Column, absent: Tally, present: Tally, gap: Estimate) -> Finding:
        shares = (
            estimate_share("events_if_missing", absent),
            estimate_share("events_if_measured", present),
        )
        return Finding(
            code=self.code,
            title=f"Missing values go with the outcome: {column.label}",
            severity="medium",
            explanation=(
                f"{shares[0].value or 0.0:.0%} of the patients without this value have the outcome,"
                f" against {shares[1].value or 0.0:.0%} of those with it. A model can learn from"
                " who was asked or tested, which will differ elsewhere."
            ),
            evidence=(*shares, gap),
            affected=f"Patients in whom {column.label} was not measured",
            remedy=(
                "Find out why it is missing: a question put only to some, or a test ordered on"
                " suspicion, must not carry the prediction."
            ),
            doc=self.doc,
        )


def _could_be_learnt(inspection: Inspection, position: int, gap: Estimate) -> bool:
    """Whether training patients show a relevant difference in the same direction, if at hand."""
    is_known = ~np.isnan(inspection.training_labels)
    if not is_known.any():
        return True
    is_missing = np.isnan(inspection.training_matrix[is_known, position])
    is_event = inspection.training_labels[is_known] == 1.0
    absent, present = Tally.of(is_event[is_missing]), Tally.of(is_event[~is_missing])
    if not (absent.n and present.n):
        return False
    learnt = absent.successes / absent.n - present.successes / present.n
    return learnt * (gap.value or 0.0) > 0.0 and _is_relevant(absent, present)


def _is_relevant(absent: Tally, present: Tally) -> bool:
    shares = sorted((absent.successes / absent.n, present.successes / present.n))
    return shares[1] - shares[0] >= RELEVANT_GAP or shares[1] >= RELEVANT_RATIO * shares[0]
