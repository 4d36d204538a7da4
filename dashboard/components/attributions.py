"""Waiting for the reasons of all patients: progress, a way to stop, and what to do meanwhile."""

from __future__ import annotations

import streamlit as st

from dashboard.context import Context
from dashboard.services.attributions import (
    MOST_SHOWN,
    AttributionJob,
    attribution_job,
    command_for,
    is_made_in_background,
    most_patients,
    store_directory,
    store_state,
    stored_attribution,
)
from dashboard.wording import plain, say
from explainers.core.attribution import Attribution
from explainers.core.study import Study
from explainers.disclosure.held_out import held_out_size
from explainers.errors import StoreError
from explainers.models.bundle import BundleFacts

# Most models answer within this: a bar that flashes up says nothing.
AT_ONCE_SECONDS = 0.7
LOOK_EVERY_SECONDS = 0.5
PLACE_OF_CHART = 420


def wait_for_attribution(ctx: Context, study: Study, facts: BundleFacts) -> Attribution | None:
    """Reasons of all held-out patients, or of a sample; None while they are not there.

    Nothing on the page waits for them: what is drawn instead says how far they are.
    """
    directory = store_directory(ctx, study)
    if not is_made_in_background(study):
        return _large_cohort(ctx, study, facts)
    job = attribution_job(study, "" if directory is None else str(directory))
    progress = job.wait(AT_ONCE_SECONDS)
    if progress.state == "running":
        _show_progress(job)
        return None
    if progress.state != "done":
        _show_end(job)
        return None
    if progress.note:
        st.warning(say("behaviour.not_kept", message=plain(progress.note)))
    _show_sample(study)
    return progress.answer


def _large_cohort(ctx: Context, study: Study, facts: BundleFacts) -> Attribution | None:
    directory = store_directory(ctx, study)
    if directory is None:
        return None
    state = store_state(directory)
    if state:
        try:
            attribution = stored_attribution(study, str(directory), state)
        except StoreError as error:
            st.error(say("behaviour.store_failed", message=plain(error)))
        else:
            _show_sample(study)
            return attribution
    limit = f"{most_patients(study):,}"
    st.info(
        say("behaviour.too_many", limit=limit, n=held_out_size(study)),
        title=say("behaviour.too_many_title"),
    )
    st.code(command_for(ctx, study, facts, directory), language="shell", wrap_lines=True)
    return None


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def _show_progress(job: AttributionJob) -> None:
    """Asks how far the job is until it ends; then the whole page is drawn without asking."""
    progress = job.wait(0.0)
    if progress.state != "running":
        st.rerun()
    text = say("behaviour.progress", done=f"{progress.n_done:,}", total=f"{progress.n_all:,}")
    st.progress(progress.n_done / max(progress.n_all, 1), text=text)
    st.button(say("behaviour.stop"), key="behaviour_stop", on_click=job.stop)
    # Keeps the place of the chart, so that nothing jumps when it comes.
    st.skeleton(height=PLACE_OF_CHART)


def _show_end(job: AttributionJob) -> None:
    """It was stopped, or failed: what happened, and a button that goes on."""
    progress = job.wait(0.0)
    if progress.error is not None:
        st.error(plain(progress.error), title=say("behaviour.failed_title"))
        label = say("behaviour.again")
    else:
        done, total = f"{progress.n_done:,}", f"{progress.n_all:,}"
        st.info(say("behaviour.stopped", done=done, total=total))
        label = say("behaviour.go_on")
    st.button(label, key="behaviour_go_on", on_click=job.start)


def _show_sample(study: Study) -> None:
    if len(study.cohort) > MOST_SHOWN:
        st.caption(say("behaviour.sample", shown=f"{MOST_SHOWN:,}", n=held_out_size(study)))
