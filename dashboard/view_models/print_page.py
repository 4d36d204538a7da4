"""One page to take away: what the patient screen said, in the same words and figures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from dashboard.view_models.alternatives import similar_risk_note, similar_sentence
from dashboard.view_models.clusters import clusters_notes
from dashboard.view_models.patient import (
    group_rows,
    lime_fit_sentence,
    method_note,
    risk_sentence,
    sum_check,
    suppression_note,
    untested_groups,
)
from dashboard.view_models.reasons import told_reasons
from dashboard.view_models.reliability import (
    interval_sentence,
    is_very_unusual,
    stability_sentence,
)
from dashboard.view_models.risk import patient_warnings, risk_lines, tested_warnings
from dashboard.wording import WORD_JOINER, say
from explainers.alternatives import SimilarPatients
from explainers.charts.ranking import Opened, rank_reasons
from explainers.charts.waterfall import START
from explainers.charts.wording import format_percent, format_prediction
from explainers.core.attribution import Attribution
from explainers.core.estimate import Estimate
from explainers.core.finding import Finding
from explainers.core.study import Study
from explainers.disclosure import SMALLEST_CELL
from explainers.models.bundle import BundleFacts
from explainers.performance.similar_risk import SimilarRisk
from explainers.reliability.out_of_distribution import UnusualPatient
from explainers.reliability.stability import StabilityReport
from explainers.reports.patient_page import (
    PatientPage,
    PrintedFact,
    PrintedPart,
    PrintedReason,
    PrintedReasons,
    PrintedTable,
    clipped,
)
from explainers.subgroups.disaggregation import PatientGroup
from explainers.uncertainty.risk_intervals import RiskIntervals

_LINK = re.compile(r"(?<!\\)\[([^\]]*)\]\([^)]*\)")
# A finding with its figures fits; what does not fit on the page is left out by whole sentences.
LONGEST_LINE = 600
_MARKUP = re.compile(rf"\\(.)|\*\*|{WORD_JOINER}")


@dataclass(frozen=True)
class SeenTests:
    """How the model did on held-out patients with a recorded outcome.

    Attributes
    ----------
    auroc, prevalence : Estimate
    everybody : tuple of Estimate
        The metrics of the validity table for everybody.
    groups : tuple of PatientGroup
        The same for each group of the patient.
    findings : tuple of Finding
        Of the problem list, about these groups.
    near : SimilarRisk
        What happened to patients at about this risk.
    """

    auroc: Estimate
    prevalence: Estimate
    everybody: tuple[Estimate, ...]
    groups: tuple[PatientGroup, ...]
    findings: tuple[Finding, ...]
    near: SimilarRisk


@dataclass(frozen=True)
class SeenReasons:
    """The reasons as they were on screen.

    Attributes
    ----------
    exact, local : Attribution
        Of the patient, by single inputs, on the unit that was chosen.
    stability : StabilityReport
        Of the local method.
    by_concept : bool
        Whether clinical concepts were shown.
    opened : str or None
        The concept that was shown by its single inputs.
    """

    exact: Attribution
    local: Attribution
    stability: StabilityReport
    by_concept: bool
    opened: str | None = None


@dataclass(frozen=True)
class Seen:
    """Everything the patient screen showed.

    Attributes
    ----------
    facts : BundleFacts
    study : Study
    patient_id : str
    unusual : UnusualPatient or None
        None where it could not be tested.
    tests : SeenTests or None
        None where no outcomes are recorded.
    intervals : RiskIntervals or None
        None where too few outcomes are recorded.
    reasons : SeenReasons
    similar : SimilarPatients or None
        None where no outcomes are recorded.
    own : int or None
        The clinician's own estimate in per cent.
    decision : str
        What was decided; "" where nothing was.
    """

    facts: BundleFacts
    study: Study
    patient_id: str
    unusual: UnusualPatient | None
    tests: SeenTests | None
    intervals: RiskIntervals | None
    reasons: SeenReasons
    similar: SimilarPatients | None
    own: int | None
    decision: str


def printed(text: str) -> str:
    """Words of the screen as plain text: without bold, links and the escapes of Markdown."""
    plain_text = _MARKUP.sub(lambda found: found[1] or "", _LINK.sub(r"\1", text))
    return clipped(plain_text, LONGEST_LINE)


def patient_page(seen: Seen, *, with_id: bool, made_at: datetime) -> PatientPage:
    """The page of one patient.

    Parameters
    ----------
    seen : Seen
    with_id : bool
        Whether the patient's id may stand on the page.
    made_at : datetime
        In UTC.
    """
    patient = (
        say("print.patient", patient=clipped(seen.patient_id, 64))
        if with_id
        else say("print.without_id")
    )
    return PatientPage(
        title=say("print.title"),
        caption=say("app.caption"),
        made_at=say("print.made_at", time=made_at.strftime("%Y-%m-%d %H:%M UTC")),
        patient=patient,
        model=_model_facts(seen),
        caveats=_part("print.caveats", *seen.study.cohort.schema.facts.caveats, is_run_on=True),
        warnings=_warnings(seen),
        risk=_risk(seen),
        validity=_validity(seen),
        reasons=_reasons(seen),
        similar=_similar(seen),
        decision=_part("decision.title", seen.decision or say("print.undecided")),
        limits=_part("print.limits", say("print.limits_text"), *seen.facts.limits, is_run_on=True),
        provenance=_provenance(seen),
    )


def _part(
    heading: str, *lines: str, table: PrintedTable | None = None, is_run_on: bool = False
) -> PrintedPart:
    told = tuple(printed(line) for line in lines if line)
    return PrintedPart(say(heading), told, table or PrintedTable(), is_run_on=is_run_on)


def _model_facts(seen: Seen) -> tuple[PrintedFact, ...]:
    facts, cohort = seen.facts, seen.study.cohort.schema.facts
    values = {
        "common.model_picker": say(
            "print.model",
            title=facts.title,
            name=facts.name,
            version=facts.version,
            digest=facts.digest[:16],
        ),
        "model.purpose": facts.purpose or say("common.not_provided"),
        "model.threshold": f"{format_percent(seen.study.threshold)}. {facts.threshold_reason}",
        "print.cohort": say(
            "print.cohort_value", title=cohort.title, n=f"{len(seen.study.cohort):,}"
        ),
    }
    return tuple(PrintedFact(say(label), clipped(value)) for label, value in values.items())


def _warnings(seen: Seen) -> PrintedPart:
    study = seen.study
    row = study.matrix[study.position_of(seen.patient_id)]
    lines = patient_warnings(row, study.model.columns, seen.unusual)
    if seen.tests is not None:
        lines += tested_warnings(seen.tests.auroc, seen.tests.findings)
    lines = lines or (say("patient.no_warnings"),)
    untested = say("patient.unusual_untested") if seen.unusual is None else ""
    return _part("patient.warnings", *lines, untested)


def _risk(seen: Seen) -> PrintedPart:
    study, tests = seen.study, seen.tests
    outcome = study.cohort.schema.outcome(study.outcome)
    risk = float(study.predict(study.rows_of([seen.patient_id]), "risk")[0])
    prevalence, near = (None, None) if tests is None else (tests.prevalence, tests.near)
    doubt = "" if seen.intervals is None else interval_sentence(seen.intervals, seen.patient_id)
    return _part(
        "print.risk",
        risk_sentence(risk, None if near is None else near.at_this_risk, outcome),
        *risk_lines(study, risk, seen.own, prevalence, near),
        doubt,
    )


def _validity(seen: Seen) -> PrintedPart:
    if seen.tests is None:
        return _part("patient.validity", say("patient.no_labels"))
    groups = seen.tests.groups
    return _part(
        "patient.validity",
        say("patient.validity_help"),
        suppression_note(groups, SMALLEST_CELL),
        untested_groups(groups),
        *clusters_notes(seen.study.cohort, "patient"),
        table=_table(group_rows(groups, seen.tests.everybody)),
    )


def _table(rows: pd.DataFrame) -> PrintedTable:
    return PrintedTable(
        tuple(clipped(str(name)) for name in rows.columns),
        tuple(tuple(clipped(str(cell)) for cell in row) for row in rows.itertuples(index=False)),
    )


def _reasons(seen: Seen) -> PrintedReasons:
    study, reasons = seen.study, seen.reasons
    exact, local = reasons.exact, reasons.local
    told = told_reasons(study, exact, local, by_concept=reasons.by_concept)
    doubt = (
        say("patient.unusual_reasons")
        if seen.unusual is not None and is_very_unusual(seen.unusual)
        else ""
    )
    notes = (
        sum_check(exact),
        method_note(exact),
        told.agreement,
        "" if local.local_fit is None else lime_fit_sentence(float(local.local_fit[0])),
        stability_sentence(reasons.stability),
        method_note(local),
        say("patient.sentence_caption", n_reference=len(study.reference)),
    )
    rows = rank_reasons(
        exact.by_concept(study.cohort.schema) if reasons.by_concept else exact,
        study.model.columns,
        patient_values=None if exact.feature_values is None else exact.feature_values[0].tolist(),
        opened=_opened(reasons),
    )
    return PrintedReasons(
        heading=say("patient.reasons"),
        sentence=printed(f"{doubt} {told.sentence}"),
        is_withheld=told.is_withheld,
        start=PrintedFact(START, format_prediction(rows.start, rows.scale)),
        end=PrintedFact(say("similar.patient"), format_prediction(rows.end, rows.scale)),
        start_value=rows.start,
        rows=tuple(
            PrintedReason(
                label=clipped(row.label, 80),
                value=clipped(row.value_text, 200),
                change=row.change_text(rows.scale),
                contribution=row.contribution,
                is_sum=not row.name,
            )
            for row in rows.rows
        ),
        scale=rows.scale,
        notes=tuple(printed(note) for note in notes if note),
    )


def _opened(reasons: SeenReasons) -> Opened | None:
    if reasons.opened is None or not reasons.by_concept:
        return None
    return Opened(reasons.opened, reasons.exact)


def _similar(seen: Seen) -> PrintedPart:
    if seen.similar is None:
        return _part("similar.title", say("similar.no_labels"))
    study = seen.study
    risk = float(study.risk[study.position_of(seen.patient_id)])
    outcome = study.cohort.schema.outcome(study.outcome)
    return _part(
        "similar.title",
        similar_sentence(seen.similar, risk, outcome),
        similar_risk_note(seen.similar, risk),
        say("similar.caption", distance=f"{seen.similar.median_distance:.2f}"),
    )


def _provenance(seen: Seen) -> PrintedPart:
    provenance = seen.reasons.exact.provenance
    versions = ", ".join(f"{name} {number}" for name, number in provenance.versions.items())
    return _part(
        "print.provenance",
        say("print.digests", model=provenance.model_digest, cohort=provenance.cohort_digest,
            reference=provenance.reference_digest),
        say("print.versions", versions=versions, seed=provenance.seed),
    )  # fmt: skip
