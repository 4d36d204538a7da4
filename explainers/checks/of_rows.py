"""Checks that count rows, which say nothing where a person may stand in several."""

from __future__ import annotations

from dataclasses import dataclass

from explainers.checks.check import Check
from explainers.checks.inspection import Inspection
from explainers.core.finding import CheckResult

SHARED_PERSONS = (
    "this check counts rows, and here a person may stand in several: its intervals would be too"
    " narrow, and a count of rows could be of a few people"
)


@dataclass(frozen=True)
class OfRows:
    """A check that does not apply where the schema declares persons with several rows.

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
        if inspection.study.cohort.persons is not None:
            return CheckResult.not_applicable(self.code, self.title, SHARED_PERSONS)
        return self.check.run(inspection)
