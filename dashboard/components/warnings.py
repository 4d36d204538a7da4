"""What is wrong here, before anything else."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.components.chart import show_table
from dashboard.services.evaluation import PATIENT_METRICS, groups_of, overall
from dashboard.view_models.patient import (
    group_warnings,
    input_warnings,
    model_warnings,
    record_rows,
)
from dashboard.wording import say
from explainers.core.study import Study


def show_warnings(study: Study, patient_id: str) -> None:
    """Missing, implausible and unusual inputs, and groups for whom the model is off."""
    columns = study.model.columns
    at = study.position_of(patient_id)
    row, others = study.matrix[at], np.delete(study.matrix, at, axis=0)
    lines = input_warnings(row, columns, others)
    if study.is_labelled.any():
        lines += model_warnings(*overall(study, ("auroc",)))
        lines += group_warnings(groups_of(study, patient_id), overall(study, PATIENT_METRICS))
    st.header(say("patient.warnings"), anchor=False)
    if lines:
        st.warning("\n".join(f"- {line}" for line in lines))
    else:
        st.info(say("patient.no_warnings"))
    with st.expander(say("patient.record"), type="compact"):
        show_table(record_rows(row, columns), key="record", alt=say("patient.record"))
