"""Checks that count rows, where persons or sites are declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from explainers.checks.inspection import Inspection
from explainers.checks.of_rows import SHARED_PERSONS, TOO_NARROW, OfRows
from explainers.core import Estimate
from explainers.core.finding import CheckResult, Finding


@dataclass(frozen=True)
class Counting:
    """A check whose finding rests on two intervals, one of them by site, and one withheld."""

    code: str = "counting"
    title: str = "Counting"
    doc: str = "checks"

    def run(self, _: Inspection) -> CheckResult:
        evidence = (
            Estimate("share", 0.2, 0.1, 0.3, 100, 20, "Wilson"),
            Estimate("auroc", 0.7, 0.6, 0.8, 100, 20, "Cluster-robust, by site"),
            Estimate.suppressed("gap", "few"),
        )
        found = Finding("counting", "Odd", "low", "It is odd.", evidence, "All", "Look.", "checks")
        return CheckResult.of(self.code, self.title, (found,), "everything")


def inspected(make: Callable[..., Inspection], patients: pd.DataFrame, **names: str) -> CheckResult:
    own = make(patients)
    cohort = own.study.cohort
    frame = cohort.frame.assign(who=[f"w{at // 2}" for at in range(len(patients))])
    declared = replace(cohort, frame=frame, schema=replace(cohort.schema, **names), digest="")
    return OfRows(Counting()).run(replace(own, study=replace(own.study, cohort=declared)))


def test_an_interval_that_ignores_sites_says_so(
    make_inspection: Callable[..., Inspection], draw: Callable[..., pd.DataFrame]
) -> None:
    """Prevents a finding by rows from passing for one that allows for its hospitals."""
    patients = draw(400)
    plain = inspected(make_inspection, patients)
    assert plain == Counting().run(None)  # type: ignore[arg-type]
    (found,) = inspected(make_inspection, patients, site="site").findings
    assert found.explanation == f"It is odd. {TOO_NARROW}"
    methods = [one.interval_method for one in found.evidence]
    assert methods == [
        "Wilson, patients of one site taken as independent",
        "Cluster-robust, by site",
        "",
    ]
    persons = inspected(make_inspection, patients, person="who")
    assert (persons.outcome, persons.reason) == ("not applicable", SHARED_PERSONS)
