"""How good and for whom, computed once per study and choice of groups."""

from __future__ import annotations

import streamlit as st

from dashboard.services.keys import BY_DIGEST
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.core.subgroup import SubgroupTable
from explainers.disclosure.persons import floor_in_rows
from explainers.performance.curves import RiskDistribution, risk_distribution
from explainers.performance.similar_risk import SimilarRisk, observe_at_risk
from explainers.subgroups.disaggregation import (
    AttributeGroups,
    DividedStudy,
    PatientGroup,
    divide_study,
    estimate_attribute_groups,
    estimate_everybody,
)

PATIENT_METRICS = ("oe_ratio", "sensitivity")


# It holds the risk of every patient twice, and is asked by one run of a page only.
@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_DIGEST)
def divided_study(study: Study, by: tuple[str, ...]) -> DividedStudy:
    """The patients of each group, for all tables of a page."""
    return divide_study(study, by)


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=BY_DIGEST)
def group_tables(
    study: Study, by: tuple[str, ...], metrics: tuple[str, ...]
) -> tuple[SubgroupTable, ...]:
    """One table per metric, small cells suppressed."""
    return divided_study(study, by).tables(metrics)


def groups_of(study: Study, patient_id: str) -> tuple[PatientGroup, ...]:
    """The groups a patient belongs to, with how good the model is for each."""
    row = study.position_of(patient_id)
    return tuple(attribute.group_of(row) for attribute in _attribute_groups(study))


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_DIGEST)
def _attribute_groups(study: Study) -> tuple[AttributeGroups, ...]:
    """The same for every patient, so that only the first waits."""
    return estimate_attribute_groups(study, PATIENT_METRICS)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def overall(study: Study, metrics: tuple[str, ...]) -> tuple[Estimate, ...]:
    """Statistics over all held-out patients with a label."""
    return estimate_everybody(study, metrics)


@st.cache_data(max_entries=2000, show_spinner=False, hash_funcs=BY_DIGEST)
def similar_risk(study: Study, patient_id: str) -> SimilarRisk:
    """How often patients at about this patient's risk turned out to have the outcome."""
    return observe_at_risk(study, patient_id)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_DIGEST)
def distribution(study: Study) -> RiskDistribution:
    """Risks of held-out patients by outcome."""
    floor = floor_in_rows(study.cohort)
    return risk_distribution(study.labels, study.risk, floor, study.threshold)
