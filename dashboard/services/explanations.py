"""Reasons for predictions, computed once per study, patient, method and scale."""

from __future__ import annotations

import streamlit as st

from dashboard.services.keys import BY_DIGEST
from explainers.attribution.agreement import compare_attributions
from explainers.attribution.attributor import Attributor, prepare
from explainers.attribution.registry import exact_shap_for, find_attributor
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.study import Study


@st.cache_data(max_entries=2000, show_spinner=False, hash_funcs=BY_DIGEST)
def explanation(study: Study, patient_id: str, method: str, scale: Scale) -> Attribution:
    """Reasons for one patient; UnsupportedError where the method cannot answer."""
    return _explain(study, patient_id, method, scale)


@st.cache_data(max_entries=20_000, show_spinner=False, hash_funcs=BY_DIGEST)
def methods_disagree(study: Study, patient_id: str) -> bool:
    """Whether SHAP and LIME disagree on this patient, by single inputs or by concept."""
    exact = _explain(study, patient_id, "shap", "risk")
    local = _explain(study, patient_id, "lime", "risk")
    schema = study.cohort.schema
    return any(
        compare_attributions(first, second).methods_disagree
        for first, second in (
            (exact, local),
            (exact.by_concept(schema), local.by_concept(schema)),
        )
    )


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_DIGEST)
def prepared_method(study: Study, slug: str) -> Attributor:
    """The method of that slug, with what it computes but once for a study."""
    return prepare(find_attributor(slug), study)


def _explain(study: Study, patient_id: str, method: str, scale: Scale) -> Attribution:
    slug = exact_shap_for(study.model, scale).slug if method == "shap" else method
    prepared = prepared_method(study, slug)
    return prepared.explain(study, study.rows_of([patient_id]), (patient_id,), scale)
