"""One of two patients: what speaks against trusting the model, and the risk once it is revealed."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.components.own_estimate import pick_revealed
from dashboard.services import record
from dashboard.services.case import Case
from dashboard.services.evaluation import overall, similar_risk
from dashboard.view_models.patient import risk_sentence
from dashboard.view_models.risk import patient_warnings, risk_lines
from dashboard.wording import plain, say
from explainers.charts.two_patients import LETTERS


def pick_shown(case: Case, side: int, *, asks_first: bool) -> bool:
    """Show one patient; whether the model's risk is on screen."""
    # No id in a heading: Streamlit makes an anchor of it, and an anchor can end up in the address.
    st.header(say("compare.patient", letter=LETTERS[side]), anchor=False)
    st.caption(
        say(
            "finder.position",
            patient=plain(case.patient_id),
            position=f"{case.at + 1:,}",
            total=f"{len(case.study.cohort):,}",
        )
    )
    show_doubts(case)
    if asks_first and not pick_revealed(case.study, case.patient_id, f"_{side}"):
        return False
    record.revealed(case.study, case.patient_id)
    show_risk_box(case)
    return True


def show_doubts(case: Case) -> None:
    """What is missing, implausible or unusual about the patient."""
    lines = patient_warnings(case.row, case.study.model.columns, case.unusual)
    if lines:
        st.warning("\n".join(f"- {line}" for line in lines))
    elif case.unusual is not None:
        st.info(say("compare.nothing_unusual"))
    if case.unusual is None:
        st.caption(say("patient.unusual_untested"))


def show_risk_box(case: Case) -> None:
    """The risk with what belongs to it, as short as two side by side must be."""
    study = case.study
    outcome = study.cohort.schema.outcome(study.outcome)
    risk = float(study.predict(study.rows_of([case.patient_id]), "risk")[0])
    own = state.own_estimate(study.model.name, case.patient_id)
    with st.container(border=True):
        if not study.is_labelled.any():
            st.markdown(f"**{risk_sentence(risk, None, outcome)}**")
            lines = risk_lines(study, risk, own, None, None)
        else:
            near = similar_risk(study, case.patient_id)
            (prevalence,) = overall(study, ("prevalence",))
            st.markdown(f"**{risk_sentence(risk, near.at_this_risk, outcome)}**")
            lines = risk_lines(study, risk, own, prevalence, near)
        for line in lines:
            st.markdown(line)
