"""What happened to patients like this one, never shown one by one."""

from __future__ import annotations

import streamlit as st

from dashboard.components.beside import put_beside
from dashboard.components.chart import show_statistics
from dashboard.components.part import show_part
from dashboard.services.alternatives import similar_to
from dashboard.view_models.alternatives import difference_rows, similar_risk_note, similar_sentence
from dashboard.wording import say, teach
from explainers.core.study import Study

SIZES = (25, 50, 100)


@st.fragment
def show_similar_patients(study: Study, patient_id: str) -> None:
    """The outcome among the nearest patients, and where this patient differs from them."""
    st.header(say("similar.title"), anchor=False)
    if not study.is_labelled.any():
        st.info(say("similar.no_labels"))
        return
    # Inside the fragment: no error of it reaches the page around it.
    with show_part():
        _show_nearest(study, patient_id)


def _show_nearest(study: Study, patient_id: str) -> None:
    k = st.segmented_control(
        say("similar.size"), SIZES, default=SIZES[1], required=True, key="similar_size"
    )
    similar = similar_to(study, patient_id, k or SIZES[1])
    risk = float(study.risk[study.position_of(patient_id)])
    outcome = study.cohort.schema.outcome(study.outcome)
    told, table = put_beside("similar", [5, 6])
    with told:
        st.markdown(similar_sentence(similar, risk, outcome))
        note = similar_risk_note(similar, risk)
        if note:
            st.markdown(note)
        st.caption(say("similar.caption", distance=f"{similar.median_distance:.2f}"))
    with table:
        st.markdown(f"**{say('similar.differences')}**")
        rows = difference_rows(similar, study.model.columns)
        show_statistics(
            rows,
            key="differences",
            alt=say("similar.differences"),
            help_text=teach("similar.differences_help"),
            page="similar-patients",
        )
