"""Whether the risks of everybody are too low, too high, too extreme or too close together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explainers.checks.certainty import NO_OUTCOME
from explainers.checks.group_miscalibrated import is_off
from explainers.checks.inspection import Inspection
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.subgroups.disaggregation import estimate_everybody


@dataclass(frozen=True)
class OverallMiscalibrated:
    """Observed over expected, and the calibration slope, of all held-out patients.

    Each is named when its interval excludes 1 and its value lies beyond a quarter either way, the
    limits that :mod:`~explainers.checks.group_miscalibrated` gives the reason for.
    """

    code: ClassVar[str] = "overall-miscalibrated"
    title: ClassVar[str] = "Risks that are wrong for everybody"
    doc: ClassVar[str] = "calibration"

    def run(self, inspection: Inspection) -> CheckResult:
        """High severity where risks are too low; medium otherwise."""
        ratio, slope = estimate_everybody(inspection.study, ("oe_ratio", "calibration_slope"))
        if ratio.value is None:
            reason = NO_OUTCOME if ratio.n == 0 else ratio.reason
            return CheckResult.not_applicable(self.code, self.title, reason)
        findings = []
        if is_off(ratio):
            findings.append(self._wrong_level(ratio))
        if is_off(slope):
            findings.append(self._wrong_spread(slope))
        looked_at = f"observed over expected and the calibration slope of {ratio.n:,} patients."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _wrong_level(self, ratio: Estimate) -> Finding:
        value = ratio.value or 1.0
        side = "low" if value > 1 else "high"
        return self._finding(
            f"Risks are too {side} on average",
            "high" if value > 1 else "medium",
            f"For every person the model expects to have the outcome, {value:.2f} have it. Every"
            f" risk read off is too {side} on average.",
            ratio,
        )

    def _wrong_spread(self, slope: Estimate) -> Finding:
        value = slope.value or 1.0
        spread = "extreme" if value < 1 else "close together"
        direction = "far from" if value < 1 else "close to"
        return self._finding(
            f"Risks are too {spread}",
            "medium",
            f"The calibration slope is {value:.2f}: high and low risks lie too {direction} the"
            " average one.",
            slope,
        )

    def _finding(
        self, title: str, severity: Severity, explanation: str, figure: Estimate
    ) -> Finding:
        return Finding(
            code=self.code,
            title=title,
            severity=severity,
            explanation=explanation,
            evidence=(figure,),
            affected="Everybody",
            remedy="Recalibrate on patients like those it is used for, then test it on others.",
            doc=self.doc,
        )
