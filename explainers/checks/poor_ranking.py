"""Whether the model hardly ranks patients with the outcome above those without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explainers.checks.certainty import NO_OUTCOME, is_surely_above, is_surely_below
from explainers.checks.inspection import Inspection
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.subgroups.disaggregation import estimate_everybody

CHANCE = 0.5
# Two in five pairs in the wrong order: no clinician would let such a ranking decide.
POOR = 0.6


@dataclass(frozen=True)
class PoorRanking:
    """The AUROC of the held-out patients against chance and against 0.6.

    High where it is surely below 0.6 and not surely above chance, medium where it is surely below
    0.6, low where there are too few patients to know that it is above chance at all.
    """

    code: ClassVar[str] = "poor-ranking"
    title: ClassVar[str] = "A ranking hardly better than chance"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """Compare the whole interval with both levels."""
        (auroc,) = estimate_everybody(inspection.study, ("auroc",))
        if auroc.value is None:
            reason = NO_OUTCOME if auroc.n == 0 else auroc.reason
            return CheckResult.not_applicable(self.code, self.title, reason)
        looked_at = f"the AUROC of {auroc.n:,} held-out patients."
        severity = _severity(auroc)
        found = () if severity is None else (self._finding(auroc, severity),)
        return CheckResult.of(self.code, self.title, found, looked_at)

    def _finding(self, auroc: Estimate, severity: Severity) -> Finding:
        value = auroc.value or CHANCE
        pairs = (
            f"In {value:.0%} of pairs of one patient with and one without the outcome, the one with"
            f" it has the higher risk; tossing a coin gives 50%."
        )
        doubt = {
            "high": " The interval leaves no room for a useful ranking.",
            "medium": " It is above chance, and too little to tell patients apart.",
            "low": " With so few patients it is not known to be better than chance.",
        }[severity]
        is_known = severity != "low"
        return Finding(
            code=self.code,
            title="The model hardly ranks patients by their outcome"
            if is_known
            else "Nobody can know yet whether the ranking is better than chance",
            severity=severity,
            explanation=pairs + doubt,
            evidence=(auroc,),
            affected="Everybody",
            remedy="Do not use its risks for decisions; look for inputs that tell more."
            if is_known
            else "Test it on more patients before it is used.",
            doc=self.doc,
        )


def _severity(auroc: Estimate) -> Severity | None:
    is_above_chance = is_surely_above(auroc, CHANCE)
    if is_surely_below(auroc, POOR):
        return "medium" if is_above_chance else "high"
    return None if is_above_chance else "low"
