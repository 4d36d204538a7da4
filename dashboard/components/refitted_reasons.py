"""Whether another training sample would have given other reasons; on demand, and can be stopped."""

from __future__ import annotations

from typing import cast

import streamlit as st

from dashboard import state
from dashboard.components.chart import chart_mode, show_chart
from dashboard.services.case import Case
from dashboard.services.reliability import N_REFITS, refitted_reasons
from dashboard.view_models.reliability import refits_sentence
from dashboard.wording import say, teach
from explainers.charts.refitted_reasons import (
    refitted_reasons_alt,
    refitted_reasons_chart,
    refitted_reasons_table,
)
from explainers.reliability.bootstrapped_reasons import BootstrappedReasons


def show_refitted_reasons(case: Case, *, by_concept: bool) -> None:
    """A button that trains the model again many times, then an interval for each reason."""
    st.subheader(say("refits.title"), anchor=False)
    study = case.study
    key = ("refits", case.facts.digest, study.reference.digest, case.patient_id)
    kept = cast("BootstrappedReasons | None", state.kept_result(key))
    if kept is None:
        kept = _ask(case)
        if kept is None:
            return
        state.keep_result(key, kept)
        st.rerun(scope="fragment")
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


def _ask(case: Case) -> BootstrappedReasons | None:
    st.caption(say("refits.offer", n=N_REFITS))
    place = st.empty()
    if not place.button(say("refits.start"), icon=":material/model_training:", key="refits_start"):
        return None
    with place.container():
        bar = st.progress(0.0, text=say("refits.progress", done=0, total=N_REFITS))
        # Any click ends the run at the next step of the bar; this one says so.
        st.button(say("refits.stop"), icon=":material/stop:", key="refits_stop")

    def tell(done: int, total: int) -> None:
        bar.progress(done / total, text=say("refits.progress", done=done, total=total))

    return refitted_reasons(case.ctx, case.facts, case.study, case.patient_id, tell)
