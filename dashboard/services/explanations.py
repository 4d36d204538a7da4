"""Reasons for predictions, computed once per study, patient, method and scale."""

from __future__ import annotations

import streamlit as st

from dashboard.services.keys import BY_DIGEST
from explainers.attribution.agreement import compare_attributions
from explainers.attribution.registry import explain_patient
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.study import Study


@st.cache_data(max_entries=2000, show_spinner=False, hash_funcs=BY_DIGEST)
def explanation(study: Study, patient_id: str, method: str, scale: Scale) -> Attribution:
    """Reasons for one patient; UnsupportedError where the method cannot answer."""
    return explain_patient(study, patient_id, method=method, scale=scale)


@st.cache_data(max_entries=20_000, show_spinner=False, hash_funcs=BY_DIGEST)
def methods_disagree(study: Study, patient_id: str) -> bool:
    """Whether SHAP and LIME disagree on this patient, by single inputs or by concept."""
    exact = explain_patient(study, patient_id)
    local = explain_patient(study, patient_id, method="lime")
    schema = study.cohort.schema
    return any(
        compare_attributions(first, second).methods_disagree
        for first, second in (
            (exact, local),
            (exact.by_concept(schema), local.by_concept(schema)),
        )
    )
