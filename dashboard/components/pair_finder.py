"""Finding each of two patients: by id, the one before or after, or at random.

The first is the patient who is open on the patient screen; neither id enters the address.
"""

from __future__ import annotations

import secrets

import streamlit as st

from dashboard import state
from dashboard.services.alternatives import first_to_show
from dashboard.services.finding import find_id
from dashboard.wording import plain, say
from explainers.charts.two_patients import LETTERS
from explainers.core.study import Study

STEPS = (
    ("previous", ":material/chevron_left:"),
    ("next", ":material/chevron_right:"),
    ("random", ":material/shuffle:"),
)


def pick_one_of_two(study: Study, side: int) -> str:
    """Id of the first (0) or second (1) patient to compare."""
    index = study.cohort.frame.index
    position = _open_position(study, side)
    letter = LETTERS[side]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            say("compare.search", letter=letter),
            key=_search_key(side),
            placeholder=say("finder.placeholder", example=index[position]),
            max_chars=64,
            autocomplete="off",
            on_change=_open_searched,
            args=(study, side),
        )
        targets = (position - 1, (position + 1) % len(index), secrets.randbelow(len(index)))
        for (step, icon), target in zip(STEPS, targets, strict=True):
            st.button(
                say(f"compare.{step}", letter=letter),
                key=f"compare_{step}_{side}",
                icon=icon,
                on_click=_open,
                args=(study, side, target),
            )
    typed = state.text_typed(_search_key(side)).strip()
    if typed and find_id(study, typed) is None:
        st.warning(say("finder.unknown", query=plain(typed), example=plain(index[0])))
    return str(index[position])


def _open_position(study: Study, side: int) -> int:
    """Row of the open patient; the second one starts beside the first."""
    asked = state.open_patient(_place(study, side))
    if asked is not None and asked in study.cohort.frame.index:
        return study.position_of(asked)
    if side == 0:
        return first_to_show(study)
    return (_open_position(study, 0) + 1) % len(study.cohort)


def _place(study: Study, side: int) -> str:
    """Where an open patient is remembered; a cohort's name has no blank of its own."""
    name = study.cohort.schema.facts.name
    return name if side == 0 else f"{name} beside"


def _search_key(side: int) -> str:
    return f"compare_search_{side}"


def _open(study: Study, side: int, position: int) -> None:
    state.set_open_patient(_place(study, side), str(study.cohort.frame.index[position]))
    state.clear_text(_search_key(side))


def _open_searched(study: Study, side: int) -> None:
    found = find_id(study, state.text_typed(_search_key(side)).strip())
    if found is not None:
        _open(study, side, study.position_of(found))
