"""What one browser session remembers; the only module that touches ``st.session_state``.

A patient's id lives here and never in the address, so that neither the browser's history nor a
proxy's log holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast

import streamlit as st

OPEN_PATIENT = "open_patient"
REVEALED = "revealed"
ESTIMATES = "own_estimates"
DECISIONS = "decisions"
RESULTS = "results"
JOB = "_job"
REFUSED = "_refused_in_address"
MOST_RESULTS = 20
CONTEXT = "_context"
ON_SCREEN = "_on_screen"
DRAWN = "_drawn"
STUDY_DIGESTS = "_study_digests"
THRESHOLDS = "_thresholds_on_record"
SLOTS = "_slots"
# Streamlit never forgets that a key was used: as many as this are used in turn.
N_SLOTS = 16


class Stoppable(Protocol):
    """Work that goes on while the page is drawn."""

    def stop(self) -> None:
        """Stop soon."""


@dataclass(frozen=True)
class Decision:
    """What a clinician did with a prediction.

    Attributes
    ----------
    kind : str
        ``agree``, ``override`` or ``set_aside``.
    reason : str
        Slug of the reason of an override; "" otherwise.
    made_at : datetime
        With its time zone.
    """

    kind: str
    reason: str
    made_at: datetime


def open_patient(cohort_name: str) -> str | None:
    """Id of the patient of that cohort this session looks at; None before the first."""
    patients: dict[str, str] = st.session_state.get(OPEN_PATIENT, {})
    return patients.get(cohort_name)


def set_open_patient(cohort_name: str, patient_id: str) -> None:
    """Remember which patient this session looks at."""
    patients: dict[str, str] = st.session_state.get(OPEN_PATIENT, {})
    st.session_state[OPEN_PATIENT] = {**patients, cohort_name: patient_id}


def is_revealed(model_name: str, patient_id: str) -> bool:
    """Whether the model's risk was already shown for this patient."""
    return (model_name, patient_id) in st.session_state.get(REVEALED, frozenset())


def reveal(model_name: str, patient_id: str, estimate_percent: int | None) -> None:
    """Show the model's risk from now on, and keep the clinician's own estimate."""
    key = (model_name, patient_id)
    st.session_state[ESTIMATES] = {**st.session_state.get(ESTIMATES, {}), key: estimate_percent}
    st.session_state[REVEALED] = st.session_state.get(REVEALED, frozenset()) | {key}


def own_estimate(model_name: str, patient_id: str) -> int | None:
    """The clinician's own estimate in per cent; None where none was given."""
    estimates: dict[tuple[str, str], int | None] = st.session_state.get(ESTIMATES, {})
    return estimates.get((model_name, patient_id))


def decision(model_name: str, patient_id: str) -> Decision | None:
    """What this session decided about a patient; None before."""
    decisions: dict[tuple[str, str], Decision] = st.session_state.get(DECISIONS, {})
    return decisions.get((model_name, patient_id))


def set_decision(model_name: str, patient_id: str, made: Decision | None) -> None:
    """Keep a decision for this session; None takes it back."""
    decisions = {**st.session_state.get(DECISIONS, {})}
    decisions.pop((model_name, patient_id), None)
    if made is not None:
        decisions[(model_name, patient_id)] = made
    st.session_state[DECISIONS] = decisions


def kept_result(key: tuple[object, ...]) -> object | None:
    """A result that took long and that this session asked for; None where there is none."""
    results: dict[tuple[object, ...], object] = st.session_state.get(RESULTS, {})
    return results.get(key)


def keep_result(key: tuple[object, ...], result: object) -> None:
    """Keep a result that took long; the oldest give way."""
    results = {**st.session_state.get(RESULTS, {}), key: result}
    st.session_state[RESULTS] = dict(list(results.items())[-MOST_RESULTS:])


def job_about(key: tuple[object, ...]) -> Stoppable | None:
    """The work this session began about something; what it began about another is stopped."""
    about, job = st.session_state.get(JOB, (None, None))
    if about == key:
        return cast("Stoppable", job)
    end_job()
    return None


def begin_job(key: tuple[object, ...], job: Stoppable) -> None:
    """Keep hold of work that goes on in the background; a session has one at a time."""
    end_job()
    st.session_state[JOB] = (key, job)


def end_job() -> None:
    """Let go of the work in the background, and stop it where it still goes on."""
    _, job = st.session_state.pop(JOB, (None, None))
    if job is not None:
        job.stop()


def forget_results() -> None:
    """Let go of everything that took long, or still does."""
    end_job()
    st.session_state.pop(RESULTS, None)


def set_widgets(values: Mapping[str, object]) -> None:
    """Give widgets new values; only allowed from a callback, before they are drawn."""
    for key, value in values.items():
        st.session_state[key] = value


def forget_widgets(keys: Iterable[str]) -> None:
    """Let widgets start anew; only allowed from a callback, before they are drawn."""
    for key in keys:
        st.session_state.pop(key, None)


def forget_widgets_like(prefix: str) -> None:
    """Let every widget whose key begins so start anew; only allowed from a callback."""
    forget_widgets([str(key) for key in st.session_state if str(key).startswith(prefix)])


def slot(kind: str, subject: tuple[str, ...]) -> str:
    """What the keys of the widgets about one subject begin with; only before they are drawn.

    Another subject gets another slot, in turn, and what was left in it is forgotten. A widget
    without a first value of its own must :func:`start_with` None: what a browser still sends for
    the slot's last subject then has no say.

    Parameters
    ----------
    kind : str
        What the widgets are for.
    subject : tuple of str
        What a value of theirs must never be carried away from, such as a model and a patient.
    """
    slots: dict[str, tuple[tuple[str, ...], int]] = st.session_state.get(SLOTS, {})
    before, number = slots.get(kind, ((), -1))
    if before != subject:
        number = (number + 1) % N_SLOTS
        st.session_state[SLOTS] = {**slots, kind: (subject, number)}
        forget_widgets_like(f"{kind}_{number}_")
    return f"{kind}_{number}_"


def drop_unknown(key: str, allowed: Sequence[str]) -> None:
    """Keep those of several remembered choices that are still on offer."""
    st.session_state[key] = [one for one in st.session_state[key] if one in allowed]


def clip_range(key: str, low: float, high: float) -> None:
    """Keep a remembered range inside what a slider offers."""
    first, last = st.session_state[key]
    kept = (min(max(first, low), high), min(max(last, low), high))
    if kept != (first, last):
        st.session_state[key] = kept


def choice(key: str) -> Any:
    """What was chosen in a widget; None before it was drawn."""
    return st.session_state.get(key)


def start_with(key: str, value: object) -> None:
    """Give a widget its first value; only before it is drawn."""
    if key not in st.session_state:
        st.session_state[key] = value


def keep_within(key: str, allowed: Sequence[str], default: str) -> None:
    """Fall back to the default where a remembered choice is no longer on offer."""
    if st.session_state[key] not in allowed:
        st.session_state[key] = default


def note_refused(key: str, asked: tuple[str, ...]) -> None:
    """Remember what the address asked of a widget that does not offer it."""
    st.session_state[f"{key}{REFUSED}"] = asked


def refused(key: str) -> tuple[str, ...]:
    """What the address asked of a widget in vain; empty where it did not."""
    asked: tuple[str, ...] = st.session_state.get(f"{key}{REFUSED}", ())
    return asked


def forget_refused(key: str) -> None:
    """Say no more about it: somebody made another choice."""
    st.session_state.pop(f"{key}{REFUSED}", None)


def text_typed(key: str) -> str:
    """What stands in a text box."""
    return str(st.session_state.get(key, ""))


def clear_text(key: str) -> None:
    """Empty a text box; only allowed from a callback, before the box is drawn."""
    st.session_state[key] = ""


def context() -> Any:
    """The surroundings of whoever is at work in this session; None where nobody is."""
    return st.session_state.get(CONTEXT)


def set_context(ctx: object | None) -> None:
    """Remember who is at work in this session."""
    st.session_state[CONTEXT] = ctx


def forget_everything() -> None:
    """Leave nothing to whoever uses this session next."""
    st.session_state.clear()


def begin_page() -> None:
    """A page begins to be drawn."""
    st.session_state[DRAWN] = frozenset()


def end_page() -> None:
    """A page was drawn to its end: what is not on it is no longer on screen."""
    st.session_state[ON_SCREEN] = st.session_state.get(DRAWN, frozenset())


def is_on_screen(key: tuple[str, ...]) -> bool:
    """Whether that has been on screen without a break, and is put on record already."""
    is_known = key in st.session_state.get(ON_SCREEN, frozenset())
    if is_known:
        _draw(key)
    return is_known


def put_on_screen(key: tuple[str, ...]) -> None:
    """That is on screen from now on, and on record."""
    st.session_state[ON_SCREEN] = st.session_state.get(ON_SCREEN, frozenset()) | {key}
    _draw(key)


def _draw(key: tuple[str, ...]) -> None:
    st.session_state[DRAWN] = st.session_state.get(DRAWN, frozenset()) | {key}


def study_digests() -> tuple[str, str]:
    """Digests of the model and the patients opened last; empty before."""
    digests: tuple[str, str] = st.session_state.get(STUDY_DIGESTS, ("", ""))
    return digests


def set_study_digests(model: str, cohort: str) -> None:
    """Remember which model and patients were opened last."""
    st.session_state[STUDY_DIGESTS] = (model, cohort)


def threshold_on_record(model_digest: str) -> float | None:
    """The threshold last recorded for a model; None before."""
    thresholds: dict[str, float] = st.session_state.get(THRESHOLDS, {})
    return thresholds.get(model_digest)


def set_threshold_on_record(model_digest: str, threshold: float) -> None:
    """Remember which threshold was recorded for a model."""
    kept = st.session_state.get(THRESHOLDS, {})
    st.session_state[THRESHOLDS] = {**kept, model_digest: threshold}
