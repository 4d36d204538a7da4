"""Finding a patient: by id, next, previous, or at random. The id never enters the address."""

from __future__ import annotations

import secrets

import streamlit as st

from dashboard import state
from dashboard.wording import plain, say
from explainers.core.study import Study

SEARCH_KEY = "patient_search"


def pick_patient(study: Study) -> str | None:
    """Id of the patient to show; None, with a word on screen, where the cohort is empty."""
    ids = study.cohort.patient_ids
    if not ids:
        st.info(say("finder.empty"), title=say("finder.empty_title"))
        return None
    patient_id = state.open_patient(study.cohort.schema.facts.name) or ids[0]
    if patient_id not in study.cohort.frame.index:
        patient_id = ids[0]
    _show_controls(study, study.position_of(patient_id))
    query = state.text_typed(SEARCH_KEY).strip()
    if query and _found(study, query) is None:
        st.warning(say("finder.unknown", query=plain(query), example=plain(ids[0])))
    return patient_id


def _show_controls(study: Study, position: int) -> None:
    ids = study.cohort.patient_ids
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            say("finder.search"),
            key=SEARCH_KEY,
            placeholder=say("finder.placeholder", example=ids[position]),
            max_chars=64,
            autocomplete="off",
            on_change=_open_searched,
            args=(study,),
        )
        for label, icon, target in (
            ("previous", ":material/chevron_left:", ids[position - 1]),
            ("next", ":material/chevron_right:", ids[(position + 1) % len(ids)]),
            ("random", ":material/shuffle:", secrets.choice(ids)),
        ):
            st.button(
                say(f"finder.{label}"),
                key=f"finder_{label}",
                icon=icon,
                on_click=_open,
                args=(study, target),
            )
    st.caption(
        say(
            "finder.position",
            patient=plain(ids[position]),
            position=f"{position + 1:,}",
            total=f"{len(ids):,}",
        )
    )


def _found(study: Study, query: str) -> str | None:
    """The patient of that id; small letters stand for capital ones where only one id fits."""
    ids = study.cohort.patient_ids
    if query in study.cohort.frame.index:
        return query
    alike = [one for one in ids if one.casefold() == query.casefold()]
    return alike[0] if len(alike) == 1 else None


def _open(study: Study, patient_id: str) -> None:
    """Open that patient with every model of the same cohort, so that models can be compared."""
    state.set_open_patient(study.cohort.schema.facts.name, patient_id)
    state.clear_text(SEARCH_KEY)


def _open_searched(study: Study) -> None:
    query = state.text_typed(SEARCH_KEY).strip()
    found = _found(study, query)
    if found is not None:
        _open(study, found)
