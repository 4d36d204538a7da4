"""What the clinician does with the prediction: one click, an override with its reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import state
from dashboard.components.part import show_part
from dashboard.services import record
from dashboard.state import Decision
from dashboard.view_models.decision import decision_sentence
from dashboard.wording import say
from explainers.core.study import Study

REASONS = ("not_in_model", "wrong_input", "not_like_these", "reasons_implausible", "other")


@st.fragment
def show_decision(study: Study, patient_id: str) -> None:
    """Agree, override with a reason, or set aside; and what was decided."""
    st.header(say("decision.title"), anchor=False)
    name = study.model.name
    decide = partial(_decide, study, patient_id)
    opened = f"override_open_{name}_{study.position_of(patient_id)}"
    is_open = bool(state.choice(opened))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(say("decision.agree"), icon=":material/check:", on_click=decide, args=("agree",))
        st.button(
            say("decision.override"),
            icon=":material/edit:",
            key="override",
            on_click=state.set_widgets,
            args=({opened: not is_open},),
        )
        st.button(
            say("decision.set_aside"), icon=":material/schedule:", on_click=decide,
            args=("set_aside",),
        )  # fmt: skip
    if is_open:
        _ask_reason(study, patient_id, decide)
    made = state.decision(name, patient_id)
    if made is None:
        st.caption(say("decision.none"))
        return
    st.success(decision_sentence(made.kind, made.reason, made.made_at))
    st.button(
        say("decision.take_back"),
        key="take_back",
        icon=":material/undo:",
        type="tertiary",
        on_click=_take_back,
        args=(study, patient_id),
    )
    st.caption(say("decision.kept"))


def _ask_reason(study: Study, patient_id: str, decide: Callable[..., None]) -> None:
    """The reasons of an override, in the flow of the page, where nothing can be cut off."""
    key = state.slot("override_reason", (study.model.name, patient_id))
    state.start_with(key, None)
    with st.container(border=True, width="content"):
        reason = st.radio(
            say("decision.reason"),
            REASONS,
            index=None,
            format_func=lambda reason: say(f"decision.reason_{reason}"),
            key=key,
        )
        st.button(
            say("decision.override_now"),
            disabled=reason is None,
            on_click=decide,
            args=("override", reason or ""),
        )


def _decide(study: Study, patient_id: str, kind: str, reason: str = "") -> None:
    """On record first: a decision that cannot be recorded is not made, and the page says so."""
    with show_part():
        record.decided(study, patient_id, kind, reason)
        made = Decision(kind, reason, datetime.now(UTC))
        state.set_decision(study.model.name, patient_id, made)
        state.forget_widgets_like("override_open_")


def _take_back(study: Study, patient_id: str) -> None:
    """On record as an act of its own: what was decided stays there, and so does that it was."""
    with show_part():
        record.decided(study, patient_id, "take_back")
        state.set_decision(study.model.name, patient_id, None)
