"""What the clinician does with the prediction: one click, an override with its reason."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import state
from dashboard.state import Decision
from dashboard.view_models.decision import decision_sentence
from dashboard.wording import say
from explainers.core.study import Study

REASONS = ("not_in_model", "wrong_input", "not_like_these", "reasons_implausible", "other")


def show_decision(study: Study, patient_id: str) -> None:
    """Agree, override with a reason, or set aside; and what was decided."""
    st.header(say("decision.title"), anchor=False)
    name = study.model.name
    decide = partial(_decide, name, patient_id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(say("decision.agree"), icon=":material/check:", on_click=decide, args=("agree",))
        with st.popover(say("decision.override"), icon=":material/edit:"):
            reason = st.radio(
                say("decision.reason"),
                REASONS,
                index=None,
                format_func=lambda reason: say(f"decision.reason_{reason}"),
                key=f"override_reason_{name}_{study.position_of(patient_id)}",
            )
            st.button(
                say("decision.override_now"),
                disabled=reason is None,
                on_click=decide,
                args=("override", reason or ""),
            )
        st.button(
            say("decision.set_aside"), icon=":material/schedule:", on_click=decide,
            args=("set_aside",),
        )  # fmt: skip
    made = state.decision(name, patient_id)
    if made is None:
        st.caption(say("decision.none"))
        return
    st.success(decision_sentence(made.kind, made.reason, made.made_at))
    st.caption(say("decision.kept"))


def _decide(model_name: str, patient_id: str, kind: str, reason: str = "") -> None:
    state.set_decision(model_name, patient_id, Decision(kind, reason, datetime.now(UTC)))
