"""How good the model is for patients like this one."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import show_statistics
from dashboard.services.evaluation import PATIENT_METRICS, groups_of, overall
from dashboard.view_models.clusters import clusters_notes
from dashboard.view_models.patient import group_rows, suppression_note, untested_groups
from dashboard.wording import say, teach
from explainers.core.study import Study
from explainers.disclosure import SMALLEST_CELL


def show_validity(study: Study, patient_id: str) -> None:
    """Observed/expected and sensitivity for each group of this patient, with intervals."""
    st.header(say("patient.validity"), anchor=False)
    if not study.is_labelled.any():
        st.info(say("patient.no_labels"))
        return
    groups = groups_of(study, patient_id)
    show_statistics(
        group_rows(groups, overall(study, PATIENT_METRICS)),
        key="validity",
        alt=say("patient.validity"),
        help_text=teach("patient.validity_help"),
        page="observed-expected",
    )
    notes = (suppression_note(groups, SMALLEST_CELL), untested_groups(groups))
    for note in (*notes, *clusters_notes(study.cohort, "patient")):
        if note:
            st.caption(note)
