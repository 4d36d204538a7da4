"""Whether one feature alone gives the outcome away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explainers.checks.evidence import corrected_level, draw_rows
from explainers.checks.inspection import Inspection
from explainers.checks.single_feature import estimate_feature_auroc
from explainers.core.arrays import FloatArray, IntArray
from explainers.core.encoding import encode
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding
from explainers.core.schema import Column
from explainers.core.study import Study

# Beyond what single measurements taken before a diagnosis reach; a definition reaches it.
IMPLAUSIBLE = 0.95
# Two columns with a correlation of 0.97 tell the upper half of each other apart this well.
SAME_COLUMN = 0.98
MOST_PATIENTS = 20_000
NOT_SEEN = (
    "Whether a value was recorded before or after the outcome is not in the data and was not"
    " tested."
)


@dataclass(frozen=True)
class LeakingFeature:
    """AUROC of each feature alone, of its being measured, and against each excluded column.

    A feature is named when the lower limit of its AUROC (DeLong, corrected for the number of
    features) is above 0.95, or when it ranks patients as a column does that the schema excludes.
    """

    code: ClassVar[str] = "leaking-feature"
    title: ClassVar[str] = "A feature that gives the outcome away"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """High severity."""
        study = inspection.study
        if not study.is_labelled.any():
            return self._not_applicable("no held-out patient has a recorded outcome")
        rows = draw_rows(len(study.cohort), MOST_PATIENTS, study.seed)
        columns, matrix = study.model.columns, study.matrix[rows]
        level = corrected_level(2 * len(columns))
        findings = []
        for column, values in zip(columns, matrix.T, strict=True):
            for how, auroc in _rankings(values, study.labels[rows], column, level):
                if (auroc.low or 0.0) > IMPLAUSIBLE:
                    findings.append(self._leak(column, how, auroc))
        findings += list(self._copies(study, rows))
        looked_at = f"{len(columns)} features of {len(rows):,} held-out patients. {NOT_SEEN}"
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _not_applicable(self, reason: str) -> CheckResult:
        return CheckResult.not_applicable(self.code, self.title, reason)

    def _copies(self, study: Study, rows: IntArray) -> Iterator[Finding]:
        """Features that rank patients as an excluded column does."""
        excluded = [
            column
            for column in study.cohort.schema.columns
            if column.role == "excluded"
            and column.name in study.cohort.frame
            and column.name not in study.model.feature_names
        ]
        level = corrected_level(len(excluded) * len(study.model.columns))
        given = encode(study.cohort.frame.iloc[rows], excluded)
        for other, halves in zip(excluded, map(_upper_half, given.T), strict=True):
            for column, values in zip(study.model.columns, study.matrix[rows].T, strict=True):
                auroc = estimate_feature_auroc(values, halves, column, level)
                if (auroc.low or 0.0) > SAME_COLUMN:
                    yield self._copy(column, other, auroc)

    def _leak(self, column: Column, how: str, auroc: Estimate) -> Finding:
        return self._finding(
            column,
            f"{column.label} alone gives the outcome away",
            f"{how} alone ranks patients with the outcome above those without with an AUROC of"
            f" {auroc.value:.3f}. Few measurements taken beforehand do: it may be part of the"
            " outcome, or recorded only once the outcome was known.",
            auroc,
        )

    def _copy(self, column: Column, other: Column, auroc: Estimate) -> Finding:
        return self._finding(
            column,
            f"{column.label} says the same as the excluded {other.label}",
            f"It tells the upper half of “{other.label}” from the lower with an AUROC of"
            f" {auroc.value:.3f}, and the schema excludes that column: {other.note}",
            auroc,
        )

    def _finding(self, column: Column, title: str, explanation: str, auroc: Estimate) -> Finding:
        return Finding(
            code=self.code,
            title=title,
            severity="high",
            explanation=explanation,
            evidence=(auroc,),
            affected="Everybody",
            remedy=(
                f"Find out when “{column.label}” is recorded; exclude it and train again unless it"
                " is known before the outcome."
            ),
            doc=self.doc,
        )


def _rankings(
    values: FloatArray, labels: FloatArray, column: Column, level: float
) -> Iterator[tuple[str, Estimate]]:
    """AUROC of the values, and of whether there is a value where some are missing."""
    yield f"“{column.label}”", estimate_feature_auroc(values, labels, column, level)
    is_measured = (~np.isnan(values)).astype(np.float64)
    as_answer = Column(column.name, column.label, "yes_no")
    yield (
        f"Whether “{column.label}” was measured",
        estimate_feature_auroc(is_measured, labels, as_answer, level),
    )


def _upper_half(values: FloatArray) -> FloatArray:
    """1 above the median, 0 at or below, NaN where missing.

    Where most have the highest value, the lowest one is set against all others.
    """
    measured = values[~np.isnan(values)]
    if not len(measured):
        return values
    middle = float(np.median(measured))
    cut = middle if middle < measured.max() else float(measured.min())
    return np.where(np.isnan(values), np.nan, (values > cut).astype(np.float64))
