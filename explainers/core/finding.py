"""A fault of a model or of its data, as a clinician's problem list would hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from explainers.core.estimate import Estimate

Severity = Literal["high", "medium", "low"]
CheckOutcome = Literal["found", "nothing found", "not applicable"]

SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")


@dataclass(frozen=True)
class Finding:
    """One fault.

    Attributes
    ----------
    code : str
        Slug of the check that found it.
    title : str
        What is wrong, in one line, with the group or input it is about.
    severity : {"high", "medium", "low"}
        High: may harm a patient if nothing is done. Medium: limits what the model can be used for.
        Low: worth knowing.
    explanation : str
        What was found and why it matters, in one to three sentences without words of cause.
    evidence : tuple of Estimate
        The figures it rests on, each with its interval, fit to be shown.
    affected : str
        Who is affected: a group's label, or ``Everybody``.
    remedy : str
        What to do, in one sentence.
    doc : str
        Page of ``docs/methods`` on how it was found.
    """

    code: str
    title: str
    severity: Severity
    explanation: str
    evidence: tuple[Estimate, ...]
    affected: str
    remedy: str
    doc: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            **{name: getattr(self, name) for name in _TEXTS},
            "evidence": [estimate.to_dict() for estimate in self.evidence],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Finding:
        """Inverse of :meth:`to_dict`."""
        evidence = tuple(Estimate.from_dict(estimate) for estimate in record["evidence"])
        return cls(**{**record, "evidence": evidence})


@dataclass(frozen=True)
class CheckResult:
    """What one check came to.

    Attributes
    ----------
    code, title : str
        Of the check.
    outcome : {"found", "nothing found", "not applicable"}
    findings : tuple of Finding
        The worst first; empty unless found.
    reason : str
        Why it does not apply, or what was looked at without finding anything.
    """

    code: str
    title: str
    outcome: CheckOutcome
    findings: tuple[Finding, ...] = ()
    reason: str = ""

    @classmethod
    def of(
        cls, code: str, title: str, findings: tuple[Finding, ...], looked_at: str
    ) -> CheckResult:
        """The result of a check that applied; ``looked_at`` says what it looked at."""
        ordered = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
        outcome: CheckOutcome = "found" if ordered else "nothing found"
        return cls(code, title, outcome, tuple(ordered), looked_at)

    @classmethod
    def not_applicable(cls, code: str, title: str, reason: str) -> CheckResult:
        """The result of a check that does not apply, because of ``reason``."""
        return cls(code, title, "not applicable", (), reason)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "code": self.code,
            "title": self.title,
            "outcome": self.outcome,
            "findings": [finding.to_dict() for finding in self.findings],
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> CheckResult:
        """Inverse of :meth:`to_dict`."""
        findings = tuple(Finding.from_dict(finding) for finding in record["findings"])
        return cls(**{**record, "findings": findings})


_TEXTS = ("code", "title", "severity", "explanation", "affected", "remedy", "doc")
