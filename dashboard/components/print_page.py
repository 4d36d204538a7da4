"""One page to take away, in the units and the detail that were on screen.

A dialog offers it, so that nothing else can be changed between what is seen and what is printed.
The files are made when they are asked for: on a thread that knows nothing of the session.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import state
from dashboard.components.part import show_part
from dashboard.components.similar_patients import SIZES
from dashboard.components.unit_picker import SCALES, chosen_unit
from dashboard.services import record
from dashboard.services.alternatives import similar_to
from dashboard.services.case import Case
from dashboard.services.checking import group_findings
from dashboard.services.evaluation import PATIENT_METRICS, groups_of, overall, similar_risk
from dashboard.services.explanations import explanation
from dashboard.services.reliability import lime_stability, risk_intervals
from dashboard.view_models.decision import decision_sentence
from dashboard.view_models.print_page import Seen, SeenReasons, SeenTests, patient_page
from dashboard.wording import say
from explainers.reports import PatientPage, fit_page, patient_html, patient_pdf
from explainers.uncertainty.calibration_split import FEWEST_OF_A_KIND

FILE_NAME = "pellucid-patient"
"""The same for everybody: a file's name is seen by people who should not learn who it is about."""


def show_print(case: Case) -> None:
    """A button that offers the page; only for a patient whose risk was shown."""
    if st.button(
        say("print.open"), key="print", icon=":material/print:", help=say("print.open_help")
    ):
        _offer(case)


@st.dialog(say("print.open"))
def _offer(case: Case) -> None:
    st.markdown(say("print.ready"))
    with_id = st.checkbox(say("print.with_id"), key="print_with_id", help=say("print.with_id_help"))
    with show_part():
        page = patient_page(_seen(case), with_id=with_id, made_at=datetime.now(UTC))
        about = (case.study, case.patient_id)
        with st.container(horizontal=True):
            st.download_button(
                say("print.pdf"),
                record.export(partial(patient_pdf, page), "patient", "pdf", of=about),
                file_name=f"{FILE_NAME}.pdf",
                mime="application/pdf",
                on_click="ignore",
                key="print_pdf",
                icon=":material/picture_as_pdf:",
            )
            st.download_button(
                say("print.html"),
                record.export(partial(_as_html, page), "patient", "html", of=about),
                file_name=f"{FILE_NAME}.html",
                mime="text/html",
                on_click="ignore",
                key="print_html",
                icon=":material/html:",
            )


def _as_html(page: PatientPage) -> str:
    return patient_html(fit_page(page))


def _seen(case: Case) -> Seen:
    study, patient_id = case.study, case.patient_id
    made = state.decision(study.model.name, patient_id)
    is_labelled = bool(study.is_labelled.any())
    size = state.choice("similar_size") or SIZES[1]
    return Seen(
        facts=case.facts,
        study=study,
        patient_id=patient_id,
        unusual=case.unusual,
        tests=_tests(case) if is_labelled else None,
        intervals=risk_intervals(study)
        if study.is_labelled.sum() >= 2 * FEWEST_OF_A_KIND
        else None,
        reasons=_reasons(case),
        similar=similar_to(study, patient_id, size) if is_labelled else None,
        own=state.own_estimate(study.model.name, patient_id),
        decision="" if made is None else decision_sentence(made.kind, made.reason, made.made_at),
    )


def _tests(case: Case) -> SeenTests:
    study, patient_id = case.study, case.patient_id
    auroc, prevalence = overall(study, ("auroc", "prevalence"))
    groups = groups_of(study, patient_id)
    return SeenTests(
        auroc=auroc,
        prevalence=prevalence,
        everybody=overall(study, PATIENT_METRICS),
        groups=groups,
        findings=group_findings(study, groups),
        near=similar_risk(study, patient_id),
    )


def _reasons(case: Case) -> SeenReasons:
    study, patient_id = case.study, case.patient_id
    scale = chosen_unit() or SCALES[0]
    return SeenReasons(
        exact=explanation(study, patient_id, "shap", scale),
        local=explanation(study, patient_id, "lime", scale),
        stability=lime_stability(study, patient_id, scale),
        by_concept=state.choice("detail") != "features",
        opened=state.choice("opened_concept"),
    )
