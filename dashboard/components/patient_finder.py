"""Finding a patient: by id, by a question, next, previous, at random, or where methods disagree.

The id never enters the address.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.components.patient_filter import offer_everybody, pick_query, refusal
from dashboard.services.alternatives import first_to_show
from dashboard.services.explanations import methods_disagree
from dashboard.services.finding import find_id, found_patients
from dashboard.wording import plain, say
from explainers.core.arrays import IntArray
from explainers.core.study import Study

SEARCH_KEY = "patient_search"
QUESTION_KEY = "question_shown"
MOST_SOUGHT = 40


def pick_patient(study: Study, other_way: Callable[[str], None] | None = None) -> str | None:
    """Id of the patient to show; None, with a word on screen, where there is none.

    Parameters
    ----------
    study : Study
    other_way : callable, optional
        Draws a further way on from the patient whose id it is given, beside the last of these.
    """
    ids = study.cohort.frame.index
    if not len(ids):
        st.info(say("finder.empty"), title=say("finder.empty_title"))
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        typed = st.container(width="stretch")
        query = pick_query(study)
        rows = found_patients(study, query)
        position = _open_position(study, rows, query.to_text())
        with typed:
            _show_search(study, position)
        _show_steps(study, rows, position)
    refused = refusal()
    if refused:
        st.warning(refused)
    _show_place(study, rows, position)
    typed_id = state.text_typed(SEARCH_KEY).strip()
    if typed_id and find_id(study, typed_id) is None:
        st.warning(say("finder.unknown", query=plain(typed_id), example=plain(ids[0])))
    with st.container(horizontal=True, gap="small", key="finder-ways"):
        _seek_disagreement(study, rows, position)
        if other_way is not None:
            other_way(str(ids[position]))
    return str(ids[position])


def _open_position(study: Study, rows: IntArray, question: str) -> int:
    """Row of the open patient; a new question opens the first patient who meets it.

    Where nothing was asked yet, it is one on whose page every part has something to show.
    """
    cohort = study.cohort.schema.facts.name
    asked = state.open_patient(cohort)
    first = int(rows[0]) if len(rows) else 0
    is_new = state.text_typed(QUESTION_KEY) != question
    state.set_widgets({QUESTION_KEY: question})
    if asked is None or asked not in study.cohort.frame.index:
        return first if question else first_to_show(study)
    position = study.position_of(asked)
    if is_new and len(rows) and position not in rows:
        state.set_open_patient(cohort, str(study.cohort.frame.index[first]))
        return first
    return position


def _show_search(study: Study, position: int) -> None:
    st.text_input(
        say("finder.search"),
        key=SEARCH_KEY,
        placeholder=say("finder.placeholder", example=study.cohort.frame.index[position]),
        max_chars=64,
        autocomplete="off",
        on_change=_open_searched,
        args=(study,),
    )


def _show_steps(study: Study, rows: IntArray, position: int) -> None:
    """Buttons to the patients before and after this one among those asked for."""
    is_any = len(rows) > 0
    steps = _neighbours(rows, position) if is_any else (position, position, position)
    for label, icon, target in zip(
        ("previous", "next", "random"),
        (":material/chevron_left:", ":material/chevron_right:", ":material/shuffle:"),
        steps,
        strict=True,
    ):
        st.button(
            say(f"finder.{label}"),
            key=f"finder_{label}",
            icon=icon,
            disabled=not is_any,
            on_click=_open,
            args=(study, target),
        )


def _neighbours(rows: IntArray, position: int) -> tuple[int, int, int]:
    """Rows before and after this patient, in the question's order, and a random other one.

    From a patient who does not meet the question, the way leads to its first and last ones.
    """
    places = np.flatnonzero(rows == position)
    before, after = (int(places[0]) - 1, int(places[0]) + 1) if len(places) else (-1, 0)
    return (
        int(rows[before]),
        int(rows[after % len(rows)]),
        int(rows[secrets.randbelow(len(rows))]),
    )


def _seek_disagreement(study: Study, rows: IntArray, position: int) -> None:
    """A button to the next patient, among some, for whom SHAP and LIME disagree."""
    place = st.empty()
    if not len(rows) or not place.button(
        say("finder.disagree"), key="finder_disagree", type="tertiary", icon=":material/rule:"
    ):
        return
    at = np.flatnonzero(rows == position)
    after = int(at[0]) + 1 if len(at) else 0
    ahead = np.roll(rows, -after)[:MOST_SOUGHT]
    for done, row in enumerate(ahead.tolist()):
        place.progress(done / len(ahead), text=say("finder.seeking", done=done))
        if methods_disagree(study, str(study.cohort.frame.index[row])):
            cohort = study.cohort.schema.facts.name
            state.set_open_patient(cohort, str(study.cohort.frame.index[row]))
            st.rerun()
    place.info(say("finder.all_agree", n=len(ahead)))


def _show_place(study: Study, rows: IntArray, position: int) -> None:
    total = len(study.cohort)
    patient = plain(study.cohort.frame.index[position])
    if len(rows) == total:
        place = int(np.flatnonzero(rows == position)[0]) + 1
        st.caption(
            say("finder.position", patient=patient, position=f"{place:,}", total=f"{total:,}")
        )
        return
    if len(rows) == 0:
        st.warning(say("finder.nobody"))
        offer_everybody("nobody_found")
    places = np.flatnonzero(rows == position)
    key = "finder.position_found" if len(places) else "finder.position_other"
    st.caption(
        say(
            key,
            patient=patient,
            position=f"{int(places[0]) + 1:,}" if len(places) else "",
            found=f"{len(rows):,}",
            total=f"{total:,}",
        )
    )


def _open(study: Study, position: int) -> None:
    """Open that patient with every model of the same cohort, so that models can be compared."""
    patient_id = str(study.cohort.frame.index[position])
    state.set_open_patient(study.cohort.schema.facts.name, patient_id)
    state.clear_text(SEARCH_KEY)


def _open_searched(study: Study) -> None:
    query = state.text_typed(SEARCH_KEY).strip()
    found = find_id(study, query)
    if found is not None:
        _open(study, study.position_of(found))
