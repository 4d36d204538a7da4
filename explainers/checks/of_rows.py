"""Checks that count rows: silent where a person may stand in several, marked where sites differ."""

from __future__ import annotations

from dataclasses import dataclass, replace

from explainers.checks.check import Check
from explainers.checks.inspection import Inspection
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding

SHARED_PERSONS = (
    "this check counts rows, and here a person may stand in several: its intervals would be too"
    " narrow, and a count of rows could be of a few people"
)

TOO_NARROW = "Its intervals take patients of one site as independent and are too narrow."
ROWS = "patients of one site taken as independent"
BY_SITE = "by site"


@dataclass(frozen=True)
class OfRows:
    """A check that does not apply where the schema declares persons with several rows.

    Where it declares sites only, an interval that takes their patients as independent says so, and
    so does the finding that rests on it.

    Attributes
    ----------
    check : Check
    """

    check: Check

    @property
    def code(self) -> str:
        """That of the check."""
        return self.check.code

    @property
    def title(self) -> str:
        """That of the check."""
        return self.check.title

    @property
    def doc(self) -> str:
        """That of the check."""
        return self.check.doc

    def run(self, inspection: Inspection) -> CheckResult:
        """The check's answer, or why it does not apply."""
        cohort = inspection.study.cohort
        if cohort.persons is not None:
            return CheckResult.not_applicable(self.code, self.title, SHARED_PERSONS)
        result = self.check.run(inspection)
        if cohort.clusters is None:
            return result
        return replace(result, findings=tuple(_marked(finding) for finding in result.findings))


def _marked(finding: Finding) -> Finding:
    """The finding, with a word at each interval that does not allow for sites."""
    evidence = tuple(map(_marked_estimate, finding.evidence))
    if evidence == finding.evidence:
        return finding
    explanation = f"{finding.explanation} {TOO_NARROW}"
    return replace(finding, evidence=evidence, explanation=explanation)


def _marked_estimate(estimate: Estimate) -> Estimate:
    if not estimate.interval_method or BY_SITE in estimate.interval_method:
        return estimate
    return replace(estimate, interval_method=f"{estimate.interval_method}, {ROWS}")
