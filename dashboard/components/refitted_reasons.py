"""Whether another training sample would have given other reasons; on demand, and can be stopped."""

from __future__ import annotations

from typing import cast

import streamlit as st

from dashboard import state
from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.part import show_part
from dashboard.services.case import Case
from dashboard.services.reliability import N_REFITS, RefitsJob
from dashboard.view_models.reliability import refits_sentence
from dashboard.wording import say, teach
from explainers.charts.refitted_reasons import (
    refitted_reasons_alt,
    refitted_reasons_chart,
    refitted_reasons_table,
)
from explainers.reliability.bootstrapped_reasons import BootstrappedReasons

LOOK_EVERY_SECONDS = 0.5


def show_refitted_reasons(case: Case, *, by_concept: bool) -> None:
    """A button that trains the model again many times, then an interval for each reason."""
    st.subheader(say("refits.title"), anchor=False)
    study = case.study
    key = ("refits", case.facts.digest, study.reference.digest, case.patient_id)
    kept = cast("BootstrappedReasons | None", state.kept_result(key))
    if kept is None:
        kept = _ask(case, key)
        if kept is None:
            return
        state.keep_result(key, kept)
    shown = kept.by_concept(study.cohort.schema) if by_concept else kept
    columns = study.model.columns
    st.markdown(refits_sentence(shown, columns))
    show_chart(
        refitted_reasons_chart(shown, columns, mode=chart_mode()),
        key="refitted_reasons",
        alt=refitted_reasons_alt(shown, columns),
        table=refitted_reasons_table(shown, columns),
        help_text=teach("refits.help", n=kept.n_refits, level=f"{kept.level:.0%}"),
        page="bootstrapped-reasons",
    )


def _ask(case: Case, key: tuple[object, ...]) -> BootstrappedReasons | None:
    """The answer once it is there; until then what is offered, or how far it is."""
    st.caption(say("refits.offer", n=N_REFITS))
    place = st.empty()
    job = cast("RefitsJob | None", state.job_about(key))
    if job is None:
        if not place.button(
            say("refits.start"), icon=":material/model_training:", key="refits_start"
        ):
            return None
        job = RefitsJob(case.ctx, case.facts, case.study, case.patient_id)
        state.begin_job(key, job)
    progress = job.wait(0.0)
    if progress.state == "running":
        with place.container():
            _show_progress(job)
        return None
    state.end_job()
    if progress.error is not None:
        raise progress.error
    if progress.answer is None:
        st.rerun()
    return progress.answer


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def _show_progress(job: RefitsJob) -> None:
    """Asks how far the job is until it ends; then the page is drawn without asking."""
    with show_part():
        progress = job.wait(0.0)
        if progress.state != "running":
            st.rerun()
        text = say("refits.progress", done=progress.n_done, total=progress.n_all)
        st.progress(progress.n_done / progress.n_all, text=text)
        st.button(say("refits.stop"), icon=":material/stop:", key="refits_stop", on_click=job.stop)
