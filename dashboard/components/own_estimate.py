"""The clinician's own estimate, asked for before the model's is shown."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.components.address import tell_unknown_switch
from dashboard.services import record
from dashboard.wording import plain, say
from explainers.core.study import Study

OWN_FIRST = "own_first"


def pick_own_estimate(study: Study, patient_id: str) -> bool:
    """Ask for an estimate; whether the model's risk may be shown now."""
    if pick_own_first() and not pick_revealed(study, patient_id):
        return False
    record.revealed(study, patient_id)
    return True


def is_shown_at_once(study: Study, patient_id: str) -> bool:
    """Whether nothing is asked before the risk; not before the switch was first drawn."""
    is_asked_first = state.choice(OWN_FIRST) is not False
    return not is_asked_first or state.is_revealed(study.model.name, patient_id)


def pick_own_first() -> bool:
    """Whether the clinician's own estimate is asked for before the model's risk is shown."""
    tell_unknown_switch(OWN_FIRST, label=say("patient.own_switch"))
    return st.toggle(
        say("patient.own_switch"),
        value=True,
        key=OWN_FIRST,
        bind="query-params",
        help=say("patient.own_help"),
    )


def pick_revealed(study: Study, patient_id: str, place: str = "") -> bool:
    """Ask for an estimate, unless it was given; ``place`` tells two forms on one page apart."""
    name = study.model.name
    if state.is_revealed(name, patient_id):
        return True
    outcome = study.cohort.schema.outcome(study.outcome)
    key = state.slot(f"own_estimate{place}", (name, patient_id))
    state.start_with(key, None)
    with st.form(f"own_estimate{place}", enter_to_submit=True):
        st.header(say("patient.own_title"), anchor=False)
        # Empty at first and new for each patient: a preset value would be an anchor of its own.
        chosen = st.number_input(
            say("patient.own_question", noun=plain(outcome.noun)),
            min_value=0,
            max_value=100,
            value=None,
            step=1,
            key=key,
            placeholder=say("patient.own_placeholder"),
            width=420,
        )
        with st.container(horizontal=True):
            submitted = st.form_submit_button(
                say("patient.own_reveal"), icon=":material/visibility:"
            )
            skipped = st.form_submit_button(say("patient.own_skip"), type="tertiary")
        st.caption(say("patient.own_waiting"))
    if submitted and chosen is None:
        st.warning(say("patient.own_missing"))
    elif submitted or skipped:
        if submitted and chosen is not None:
            record.estimated(study, patient_id, chosen)
        state.reveal(name, patient_id, chosen if submitted else None)
        st.rerun()
    return False
