"""What the sessions of the load benchmark send, and what they take an answer for."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.load.clinician import ACTIONS, GROUPS, NEXT, OPEN, Done, Pace, Patient
from benchmarks.load.comparison import PATIENTS_EACH, draw_patients
from benchmarks.load.screen import Screen
from benchmarks.load.session import Answer
from benchmarks.load.shift import Shift, work_at_once
from dashboard.view_models.rounding import frequency
from dashboard.wording import say

PATIENTS = (Patient("NH-1", 0.12), Patient("NH-2", 0.34))
PAGES = {"": "page-patient", "groups": "page-groups"}


def drawn(kind: str, body: str, fragment_id: str = "") -> ForwardMsg:
    message = ForwardMsg()
    message.delta.fragment_id = fragment_id
    element = getattr(message.delta.new_element, kind)
    if kind in ("button", "text_input", "button_group"):
        element.id = f"$$ID-0-{body}"
    elif kind == "exception":
        element.message = body
    else:
        element.body = body
    return message


def pills(*options: str) -> ForwardMsg:
    message = drawn("button_group", "opened_concept", "reasons")
    for option in options:
        message.delta.new_element.button_group.options.add(content=option)
    return message


def finished(status: ForwardMsg.ScriptFinishedStatus.ValueType) -> ForwardMsg:
    return ForwardMsg(script_finished=status)


def navigation(page: str) -> ForwardMsg:
    message = ForwardMsg()
    for address, page_hash in PAGES.items():
        message.navigation.app_pages.add(url_pathname=address, page_script_hash=page_hash)
    message.navigation.page_script_hash = PAGES[page]
    return message


def about_risk(risk: float) -> str:
    return say("patient.risk_sentence", frequency=frequency(risk), noun="have it")


def about(patient: Patient) -> list[ForwardMsg]:
    place = say("finder.position", patient=patient.patient_id, position="1", total="2")
    return [drawn("heading", about_risk(patient.risk)), drawn("markdown", place)]


def answered(*messages: ForwardMsg) -> list[ForwardMsg]:
    return [*messages, finished(ForwardMsg.FINISHED_SUCCESSFULLY)]


class MadeUpServer:
    """Speaks the protocol for two patients; ``stuck`` shows everybody the first one for ever."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.asked: list[ClientState] = []
        self._stuck = stuck

    async def serve(self, connection: ServerConnection) -> None:
        row = 0
        async for received in connection:
            asked = BackMsg.FromString(bytes(received)).rerun_script
            self.asked.append(asked)
            pressed = [one.id for one in asked.widget_states.widgets if one.trigger_value]
            row += 0 if self._stuck else len(pressed)
            for message in self._answer(asked, PATIENTS[row]):
                await connection.send(message.SerializeToString())

    def _answer(self, asked: ClientState, patient: Patient) -> list[ForwardMsg]:
        if asked.page_script_hash == PAGES["groups"]:
            return answered(navigation("groups"))
        reasons = [drawn("heading", say("patient.reasons"), "reasons"), pills("Body size")]
        if asked.fragment_id:
            return [*reasons, finished(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)]
        widgets = [drawn("text_input", "patient_search"), drawn("button", "finder_next")]
        return answered(navigation(""), *widgets, *about(patient), *reasons)


def visit(made_up: MadeUpServer) -> tuple[list[Done], list[str]]:
    async def both() -> tuple[list[Done], list[str]]:
        done: list[Done] = []
        async with serve(made_up.serve, "127.0.0.1", 0, subprotocols=["streamlit"]) as server:
            port = server.sockets[0].getsockname()[1]
            address = f"http://127.0.0.1:{port}"
            broken = await work_at_once(address, [PATIENTS], Pace(), 0, done.append)
        return done, broken

    # In a thread of its own: the tests of a browser leave an event loop in this one.
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, both()).result()


def test_a_session_asks_as_a_browser_does_and_waits_for_the_end() -> None:
    """Prevents figures of a session that never opened the next patient, or not the reasons."""
    made_up = MadeUpServer()
    done, broken = visit(made_up)
    assert broken == []
    assert [one.action for one in done] == list(ACTIONS)
    assert not any(one.failures for one in done)
    opened, searched, pressed, picked, left = made_up.asked
    assert opened.query_string == "own_first=false"
    assert searched.widget_states.widgets[0].string_value == "NH-1"
    assert {one.id for one in pressed.widget_states.widgets if one.trigger_value} == {
        "$$ID-0-finder_next"
    }
    assert picked.fragment_id == "reasons"
    states = {one.id: one for one in picked.widget_states.widgets}
    assert list(states["$$ID-0-opened_concept"].string_array_value.data) == ["Body size"]
    assert not any(one.trigger_value for one in states.values())
    assert (left.page_script_hash, len(left.widget_states.widgets)) == (PAGES["groups"], 0)


def test_an_answer_about_another_patient_is_a_failure() -> None:
    """Prevents mixed-up sessions that count as quick ones."""
    done, _ = visit(MadeUpServer(stuck=True))
    wrong = {one.action: one.failures for one in done if one.failures}
    assert wrong == {NEXT: ("another patient's page",)}


@pytest.mark.parametrize(
    ("texts", "is_shown"),
    [
        ((about_risk(0.12), "Patient **NH-1** · 1 of 2"), True),
        ((about_risk(0.12), "Patient **NH-10** · 1 of 2"), False),
        ((about_risk(0.13), "Patient **NH-1** · 1 of 2"), False),
        (("Patient **NH-1** · 1 of 2",), False),
    ],
)
def test_a_patient_is_known_by_id_and_risk(texts: tuple[str, ...], *, is_shown: bool) -> None:
    """Prevents one patient's risk under another's name from passing."""
    assert PATIENTS[0].is_shown(Answer(0.1, 1, 1, texts, ())) is is_shown


def test_a_run_given_up_for_another_is_not_the_answer() -> None:
    """Prevents times that end before the page was drawn."""
    screen = Screen()
    screen.take(drawn("heading", "half a page"))
    assert not screen.take(finished(ForwardMsg.FINISHED_EARLY_FOR_RERUN))
    screen.take(drawn("heading", "whole page"))
    assert screen.take(finished(ForwardMsg.FINISHED_SUCCESSFULLY))
    assert (screen.texts, screen.n_deltas) == (["whole page"], 1)


def test_what_could_not_be_shown_is_a_failure() -> None:
    """Prevents a page of error messages from counting as quickly answered."""
    screen = Screen()
    refused = drawn("alert", "no model")
    refused.delta.new_element.alert.title = say("common.failed_title")
    for message in (refused, drawn("alert", "a warning"), drawn("exception", "broken")):
        screen.take(message)
    screen.take(finished(ForwardMsg.FINISHED_WITH_COMPILE_ERROR))
    assert screen.failures == ["no model", ": broken", "the page could not be compiled"]


def test_a_message_sent_before_is_taken_from_memory_for_two_runs() -> None:
    """Prevents sessions that make the server send more, or less, than a browser does."""
    screen = Screen()
    large = drawn("markdown", "a long text")
    large.hash, large.metadata.cacheable = "one", True
    screen.take(large)
    assert list(screen.request().cached_message_hashes) == ["one"]
    screen.take(ForwardMsg(ref_hash="one"))
    assert screen.texts == ["a long text"]
    for _ in range(3):
        screen.take(finished(ForwardMsg.FINISHED_SUCCESSFULLY))
    assert list(screen.request().cached_message_hashes) == []


def test_sessions_that_broke_off_are_counted_and_quantiles_are_of_one_action() -> None:
    """Prevents a server that drops sessions from looking faultless."""
    done = (Done(OPEN, 9.0), Done(GROUPS, 1.0), Done(GROUPS, 3.0, ("wrong",)))
    shift = Shift(1, Pace(), done, ("ConnectionClosed: gone",), 10.0, 5.0, 1.0, (1.0, 2.0, 3.0))
    assert shift.failures == {"wrong": 1, "ConnectionClosed: gone": 1}
    assert shift.quantile(0.5, GROUPS) == pytest.approx(2.0)
    assert np.isnan(shift.quantile(0.5, NEXT))
    assert "0.50 of a processor" in shift.describe()


def test_no_patient_is_opened_by_two_sessions() -> None:
    """Prevents answers kept for one session from making those of another look quick."""
    sessions = draw_patients(52)
    ids = [patient.patient_id for patients in sessions for patient in patients]
    assert len(ids) == len(set(ids)) == 52 * PATIENTS_EACH
