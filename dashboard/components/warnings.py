"""What is wrong here, before anything else."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import show_table
from dashboard.services.case import Case
from dashboard.services.evaluation import PATIENT_METRICS, groups_of, overall
from dashboard.view_models.patient import record_rows
from dashboard.view_models.risk import patient_warnings, tested_warnings
from dashboard.wording import say


def show_warnings(case: Case) -> None:
    """Missing, implausible and unusual inputs, and groups for whom the model is off."""
    study, columns, row = case.study, case.study.model.columns, case.row
    lines = patient_warnings(row, columns, case.unusual)
    if study.is_labelled.any():
        (auroc,) = overall(study, ("auroc",))
        groups = groups_of(study, case.patient_id)
        lines += tested_warnings(auroc, groups, overall(study, PATIENT_METRICS))
    st.header(say("patient.warnings"), anchor=False)
    if lines:
        st.warning("\n".join(f"- {line}" for line in lines))
    else:
        st.info(say("patient.no_warnings"))
    if case.unusual is None:
        st.caption(say("patient.unusual_untested"))
    with st.expander(say("patient.record"), type="compact"):
        show_table(record_rows(row, columns), key="record", alt=say("patient.record"))
