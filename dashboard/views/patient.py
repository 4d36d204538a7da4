"""One patient: what speaks against trusting the model, the risk, its validity, the reasons."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.components.beside import put_beside
from dashboard.components.decision import show_decision
from dashboard.components.model_picker import pick_model
from dashboard.components.opened_case import open_case
from dashboard.components.other_model import show_way_to_other_model
from dashboard.components.own_estimate import pick_own_estimate
from dashboard.components.part import show_part
from dashboard.components.patient_finder import pick_patient
from dashboard.components.print_page import show_print
from dashboard.components.reasons import show_reasons
from dashboard.components.risk import show_distribution, show_risk
from dashboard.components.similar_patients import show_similar_patients
from dashboard.components.validity import show_validity
from dashboard.components.warnings import show_warnings
from dashboard.components.what_if import show_what_if
from dashboard.context import Context
from dashboard.services.library import study_of
from dashboard.wording import say


def render(ctx: Context) -> None:
    """Draw the patient screen."""
    with st.container(horizontal=True, gap="medium", key="page-top"):
        st.title(say("patient.title"), width="content")
        st.caption(say("app.caption"), width="content")
    with show_part():
        top_left, top_right = put_beside("top", [5, 6])
        with top_left:
            facts = pick_model(ctx)
        if facts is None:
            return
        study = study_of(ctx, facts)
        with top_right:
            to_other_model = partial(show_way_to_other_model, ctx, facts, study)
            patient_id = pick_patient(study, to_other_model)
            if patient_id is None:
                return
        case = open_case(ctx, facts, study, patient_id)
        with show_part():
            show_warnings(case)
        if not pick_own_estimate(study, patient_id):
            return
        risk_side, validity_side, distribution_side = put_beside("risk", [5, 8, 5])
        with risk_side, show_part():
            show_risk(study, patient_id)
        with validity_side, show_part():
            show_validity(study, patient_id)
        with distribution_side, show_part():
            show_distribution(study, patient_id)
        show_reasons(case)
        show_what_if(case)
        show_similar_patients(study, patient_id)
        show_decision(study, patient_id)
        show_print(case)
