"""Reasons for predictions, computed once per study, patient, method and scale."""

from __future__ import annotations

import streamlit as st

from dashboard.services.keys import BY_DIGEST
from explainers.attribution.importance import ImportanceTable, global_importance
from explainers.attribution.registry import explain_patient
from explainers.attribution.sample import explain_sample
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.study import Study


@st.cache_data(max_entries=2000, show_spinner=False, hash_funcs=BY_DIGEST)
def explanation(study: Study, patient_id: str, method: str, scale: Scale) -> Attribution:
    """Reasons for one patient; UnsupportedError where the method cannot answer."""
    return explain_patient(study, patient_id, method=method, scale=scale)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def importance(study: Study, *, by_concept: bool) -> ImportanceTable:
    """Mean size of the contributions over a seeded sample of the held-out patients."""
    attribution = explain_sample(study)
    return global_importance(
        attribution.by_concept(study.cohort.schema) if by_concept else attribution
    )
