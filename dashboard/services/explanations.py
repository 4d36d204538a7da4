"""Reasons for predictions, computed once per study, patient, method and scale."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.services.keys import BY_DIGEST
from explainers.attribution.agreement import compare_attributions
from explainers.attribution.attributor import Attributor, prepare
from explainers.attribution.kernel_shap import KernelShap
from explainers.attribution.lime_tabular import LimeTabular
from explainers.attribution.registry import exact_shap_for, find_attributor
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.model import AdditiveModel, BudgetedModel, TreeModel
from explainers.core.study import Study

# Sets of inputs; where there are many inputs, the method takes more by itself.
FEWEST = 128
# LIME's stability is shown by as many repeats, which together stay within the budget too.
LIME_SHARE = 20


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
    """The method of that slug, with what it computes but once for a study.

    A model that a service scores says how many predictions may be asked of it for one patient.
    """
    method = find_attributor(slug)
    if isinstance(study.model, BudgetedModel):
        method = _within(study.model.prediction_budget, method, len(study.reference))
    return prepare(method, study)


def _within(budget: int, method: Attributor, n_reference: int) -> Attributor:
    if isinstance(method, KernelShap):
        return replace(method, n_coalitions=max(FEWEST, budget // n_reference))
    if isinstance(method, LimeTabular):
        return replace(method, n_samples=budget // LIME_SHARE)
    return method


def _explain(study: Study, patient_id: str, method: str, scale: Scale) -> Attribution:
    slug = _shap_for(study, scale) if method == "shap" else method
    prepared = prepared_method(study, slug)
    return prepared.explain(study, study.rows_of([patient_id]), (patient_id,), scale)


def _shap_for(study: Study, scale: Scale) -> str:
    """The exact method; where nothing but predictions is known, one that the screen names."""
    if isinstance(study.model, TreeModel | AdditiveModel):
        return exact_shap_for(study.model, scale).slug
    return KernelShap.slug
