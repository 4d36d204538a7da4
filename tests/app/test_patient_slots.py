"""What is typed about one patient never shows up on another, and no key is ever new for long."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.state import N_SLOTS
from tests.app.pages import OpenPage, texts

MODEL = "heart-xgboost"
INPUT = "resting_systolic_mmhg"


def editor_of(app: AppTest, slot: int) -> float | None:
    value: float | None = app.number_input(key=f"what_if_{slot}_{INPUT}").value
    return value


def step(app: AppTest, way: str) -> AppTest:
    app = app.button(key=f"finder_{way}").click().run()
    assert not app.exception
    return app


def test_edits_of_one_patient_are_not_those_of_the_next_nor_come_back(open_page: OpenPage) -> None:
    """Another patient's blood pressure would be taken for this one's, and its risk for theirs."""
    app = open_page("patient", model=MODEL, own_first="false")
    recorded = editor_of(app, 0)
    app = app.number_input(key=f"what_if_0_{INPUT}").set_value(191).run()
    assert "191 mmHg instead of" in texts(app)
    app = step(app, "next")
    assert editor_of(app, 1) != 191
    assert app.metric[1].value == app.metric[0].value
    app = step(app, "previous")
    assert editor_of(app, 2) == recorded
    assert app.metric[1].value == app.metric[0].value


def test_a_value_left_in_a_slot_does_not_reach_the_patient_who_gets_it(
    open_page: OpenPage,
) -> None:
    """Runs cut short by quick clicks leave values behind, which a key used again would show."""
    app = open_page("patient", model=MODEL, own_first="false")
    app.session_state[f"what_if_1_{INPUT}"] = 191
    app.session_state["what_if_1__curve"] = "nothing"
    app = step(app, "next")
    assert editor_of(app, 1) != 191
    assert app.metric[1].value == app.metric[0].value


def test_two_sessions_share_no_edit(open_page: OpenPage) -> None:
    """The same slot of another tab would carry a colleague's edit over."""
    first = open_page("patient", model=MODEL, own_first="false")
    first.number_input(key=f"what_if_0_{INPUT}").set_value(191).run()
    assert editor_of(open_page("patient", model=MODEL, own_first="false"), 0) != 191


def test_an_estimate_typed_for_one_patient_is_not_there_for_the_next(open_page: OpenPage) -> None:
    """A number in the box is an anchor, and one that belongs to somebody else."""
    app = open_page("patient", model=MODEL)
    app.session_state["own_estimate_1_"] = 88
    app.number_input(key="own_estimate_0_").set_value(77)
    app = step(app, "next")
    assert app.number_input(key="own_estimate_1_").value is None
    app = step(app, "previous")
    assert app.number_input(key="own_estimate_2_").value is None


def test_a_reason_chosen_for_one_patient_is_not_there_for_the_next(open_page: OpenPage) -> None:
    """An override would go on record with the reason for overriding somebody else's."""
    app = open_page("patient", model=MODEL, own_first="false")
    app = app.button(key="override").click().run()
    app = app.radio(key="override_reason_0_").set_value("other").run()
    app = step(app, "next")
    app.session_state["override_reason_1_"] = "wrong_input"
    app = app.button(key="override").click().run()
    assert app.radio(key="override_reason_1_").value is None


def _page_of_slots(n_patients: int) -> None:
    import streamlit as st  # noqa: PLC0415 - AppTest runs the source of this function alone

    from dashboard import state  # noqa: PLC0415

    for at in range(n_patients):
        prefix = state.slot("what_if", ("model", f"P{at}"))
        again = state.slot("what_if", ("model", f"P{at}"))
        st.write(prefix if prefix == again else "another slot for the same patient")


@pytest.mark.parametrize("n_patients", [1, N_SLOTS, 3 * N_SLOTS])
def test_slots_are_used_in_turn_and_again(n_patients: int) -> None:
    """Streamlit never forgets a key: with one for each patient, memory would grow without end."""
    app = AppTest.from_function(_page_of_slots, args=(n_patients,)).run()
    assert not app.exception
    prefixes = [markdown.value for markdown in app.markdown]
    assert prefixes == [f"what_if_{at % N_SLOTS}_" for at in range(n_patients)]
