"""What stands above the risk and under it, on screen, in print and beside another patient."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.view_models.patient import (
    input_warnings,
    model_warnings,
    similar_risk_sentence,
)
from dashboard.view_models.problems import finding_warnings
from dashboard.view_models.reliability import unusual_warnings
from dashboard.view_models.rounding import count, interval
from dashboard.wording import plain, say
from explainers.charts.wording import format_percent
from explainers.core.arrays import FloatArray
from explainers.core.estimate import Estimate
from explainers.core.finding import Finding
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.performance.similar_risk import SimilarRisk
from explainers.reliability.out_of_distribution import UnusualPatient


def patient_warnings(
    row: FloatArray, columns: Sequence[Column], unusual: UnusualPatient | None
) -> tuple[str, ...]:
    """What is wrong with this patient's values: missing, implausible, unusual."""
    lines = input_warnings(row, columns)
    return lines if unusual is None else lines + unusual_warnings(unusual, columns)


def tested_warnings(auroc: Estimate, findings: Sequence[Finding]) -> tuple[str, ...]:
    """What is wrong with the model, for any patient and for this patient's groups.

    Parameters
    ----------
    auroc : Estimate
    findings : sequence of Finding
        Of the problem list, about groups of this patient.
    """
    return model_warnings(auroc) + finding_warnings(findings)


def risk_lines(
    study: Study,
    risk: float,
    own: int | None,
    prevalence: Estimate | None,
    near: SimilarRisk | None,
) -> tuple[str, ...]:
    """Own estimate, risk, base rate, what happened at this risk, threshold.

    Parameters
    ----------
    study : Study
    risk : float
    own : int or None
        The clinician's own estimate in per cent.
    prevalence : Estimate or None
        Share of held-out patients with the outcome; None where no outcomes are recorded.
    near : SimilarRisk or None
        What happened to patients at about this risk; None likewise.
    """
    outcome = study.cohort.schema.outcome(study.outcome)
    lines = [] if own is None else [say("patient.risk_own", own=own, risk=format_percent(risk))]
    lines.append(
        say("patient.risk_exact", risk=format_percent(risk), horizon=plain(outcome.horizon))
    )
    if prevalence is None or near is None:
        lines.append(say("patient.no_labels"))
    else:
        if prevalence.is_estimated:
            lines.append(
                say(
                    "patient.risk_base",
                    n=count(prevalence.n),
                    base=interval(prevalence),
                    noun=plain(outcome.noun),
                )
            )
        lines.append(similar_risk_sentence(near.observed, near.risks, outcome))
    side = "above" if risk >= study.threshold else "below"
    lines.append(say(f"patient.risk_threshold_{side}", threshold=format_percent(study.threshold)))
    return tuple(lines)
