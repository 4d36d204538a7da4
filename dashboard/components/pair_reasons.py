"""The reasons of two patients on one axis, and the inputs in which they differ."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart, show_table
from dashboard.components.detail_picker import pick_detail
from dashboard.components.part import show_part
from dashboard.components.unit_picker import pick_unit
from dashboard.services import record
from dashboard.services.case import Case
from dashboard.services.explanations import explanation, methods_disagree
from dashboard.view_models.compare import (
    difference_check,
    difference_sentence,
    differing_rows,
    letters_of,
)
from dashboard.view_models.patient import method_note
from dashboard.view_models.reliability import is_very_unusual
from dashboard.wording import say, teach
from explainers.attribution.two_patients import TwoPatients
from explainers.charts.two_patients import (
    two_patients_alt,
    two_patients_chart,
    two_patients_table,
)


@st.fragment
def show_pair_reasons(first: Case, second: Case) -> None:
    """Which contributions make the difference between the two risks."""
    study = first.study
    columns = study.model.columns
    st.header(say("compare.reasons"), anchor=False)
    unusual = [one.unusual is not None and is_very_unusual(one.unusual) for one in (first, second)]
    if any(unusual):
        st.warning(say("compare.unusual_reasons", names=letters_of(unusual)))
    with st.container(horizontal=True, gap="large"):
        scale = pick_unit()
        by_concept = pick_detail("detail")
    with show_part():
        for case in (first, second):
            record.explained(case.ctx, study, case.patient_id, {"shap": scale})
        with st.skeleton(height=420):
            pair = TwoPatients(
                *(explanation(study, one.patient_id, "shap", scale) for one in (first, second))
            )
            disagreeing = letters_of(
                [methods_disagree(study, one.patient_id) for one in (first, second)]
            )
        shown = pair.by_concept(study.cohort.schema) if by_concept else pair
        told = difference_sentence(shown, columns, disagreeing)
        (st.warning if disagreeing else st.info)(told)
        show_chart(
            two_patients_chart(shown, columns, mode=chart_mode()),
            key="two_patients",
            alt=two_patients_alt(shown, columns),
            table=two_patients_table(shown, columns),
            help_text=say("compare.chart_help"),
            page="two-patients",
        )
        st.caption(method_note(pair.first))
        st.subheader(say("compare.inputs"), anchor=False)
        show_table(differing_rows(pair, columns), key="differing", alt=say("compare.inputs"))
        st.caption(difference_check(pair))
        st.caption(teach("patient.sentence_caption", n_reference=len(study.reference)))
