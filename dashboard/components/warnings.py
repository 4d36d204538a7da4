"""What is wrong here, before anything else."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import show_table
from dashboard.services.case import Case
from dashboard.services.checking import group_findings
from dashboard.services.evaluation import groups_of, overall
from dashboard.view_models.patient import record_rows
from dashboard.view_models.problems import findings_note
from dashboard.view_models.risk import patient_warnings, tested_warnings
from dashboard.wording import say


def show_warnings(case: Case) -> None:
    """Missing, implausible and unusual inputs, and groups for whom the model is off."""
    study, columns, row = case.study, case.study.model.columns, case.row
    lines, note = patient_warnings(row, columns, case.unusual), ""
    if study.is_labelled.any():
        (auroc,) = overall(study, ("auroc",))
        findings = group_findings(study, groups_of(study, case.patient_id))
        lines += tested_warnings(auroc, findings)
        note = findings_note(findings)
    st.header(say("patient.warnings"), anchor=False)
    if lines:
        st.warning("\n".join(f"- {line}" for line in lines))
    else:
        st.info(say("patient.no_warnings"))
    if note:
        st.caption(note)
    if case.unusual is None:
        st.caption(say("patient.unusual_untested"))
    with st.expander(say("patient.record"), type="compact"):
        show_table(record_rows(row, columns), key="record", alt=say("patient.record"))
