"""Whether there are groups that the model never learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explainers.checks.evidence import Tally, estimate_share
from explainers.checks.inspection import Inspection
from explainers.core.arrays import IntArray
from explainers.core.cohort import Cohort
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.core.phrases import name_patients
from explainers.core.schema import Grouping
from explainers.disclosure.counts import SMALLEST_CELL


@dataclass(frozen=True)
class GroupNeverTrained:
    """Groups of the schema with no training patient, or fewer than may be shown."""

    code: ClassVar[str] = "group-never-trained"
    title: ClassVar[str] = "A group never in the training data"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """High severity where enough are held out to be shown; medium where it could be asked."""
        training, study = inspection.training, inspection.study
        groupings = study.cohort.schema.groups
        if training is None or not len(training):
            return self._not_applicable("the training patients are not at hand")
        recorded = [group for group in groupings if group.column in training.frame]
        if not recorded:
            return self._not_applicable("the training patients have no group of the schema")
        findings = []
        for grouping in recorded:
            trained, held_out = _sizes(training, grouping), _sizes(study.cohort, grouping)
            findings += [
                self._finding(grouping.label, label, int(n), len(training), int(n_out))
                for label, n, n_out in zip(grouping.labels, trained, held_out, strict=True)
                if n < SMALLEST_CELL
            ]
        n_groups = sum(len(grouping.labels) for grouping in recorded)
        looked_at = f"{n_groups} groups by {len(recorded)} attributes."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _not_applicable(self, reason: str) -> CheckResult:
        return CheckResult.not_applicable(self.code, self.title, reason)

    def _finding(
        self, attribute: str, label: str, n: int, n_training: int, n_held_out: int
    ) -> Finding:
        patients = name_patients(label, attribute)
        severity: Severity = "high" if n_held_out >= SMALLEST_CELL else "medium"
        how_many = "No patient" if n == 0 else f"Fewer than {SMALLEST_CELL} patients"
        seen = (
            "and such patients are among those it is judged on"
            if severity == "high"
            else "and the schema says that such patients can come"
        )
        return Finding(
            code=self.code,
            title=f"{'Hardly' if n else 'Never'} trained on {patients}",
            severity=severity,
            explanation=(
                f"{how_many} of this group taught the model, {seen}. Its risks for them rest on"
                " other people."
            ),
            evidence=(estimate_share("training_share", Tally(n, n_training)),),
            affected=f"{attribute}: {label}",
            remedy="Train with patients of this group, or say that the model is not meant for it.",
            doc=self.doc,
        )


def _sizes(cohort: Cohort, grouping: Grouping) -> IntArray:
    """Patients of each group (k,), in the order of its labels."""
    codes = cohort.group_labels(grouping.name).codes
    return np.bincount(codes[codes >= 0], minlength=len(grouping.labels)).astype(np.int64)
