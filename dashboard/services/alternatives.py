"""What would change a prediction, computed once per study, patient and setting."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.services.keys import BY_DIGEST
from explainers.alternatives import (
    Counterfactuals,
    PatientSpace,
    Relation,
    SeenPatients,
    SimilarPatients,
    build_space,
    describe_seen_patients,
    find_counterfactuals,
    find_relations,
    find_similar_patients,
)
from explainers.core.model import BudgetedModel
from explainers.core.study import Study

# More would make the first page wait; where none has one, the first patient is as good.
N_TRIED = 4


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_DIGEST)
def relations_of(study: Study) -> tuple[Relation, ...]:
    """Inputs that are worked out from each other."""
    return tuple(find_relations(study.matrix, study.model.columns, seed=study.seed))


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_DIGEST)
def inputs_with_gaps(study: Study) -> frozenset[str]:
    """Inputs that some held-out patient lacks."""
    missing = np.flatnonzero(np.isnan(study.matrix).sum(axis=0))
    return frozenset(study.model.feature_names[at] for at in missing.tolist())


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_DIGEST)
def seen_patients_of(study: Study) -> SeenPatients:
    """What real patients are like, for counterfactuals."""
    return describe_seen_patients(study)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_DIGEST)
def space_of(study: Study) -> PatientSpace:
    """Distances between patients."""
    return build_space(study.matrix, study.model.columns)


@st.cache_data(max_entries=2000, show_spinner=False, hash_funcs=BY_DIGEST)
def counterfactuals_of(study: Study, patient_id: str) -> Counterfactuals:
    """The smallest plausible changes that cross the threshold."""
    return find_counterfactuals(study, patient_id, seen=seen_patients_of(study))


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_DIGEST)
def first_to_show(study: Study) -> int:
    """Row of the first of the first few patients for whom some change crosses the threshold.

    The first of all where each prediction is asked of a service: nothing of a patient is sent there
    before somebody opened that patient.
    """
    if isinstance(study.model, BudgetedModel):
        return 0
    few = study.cohort.frame.index[:N_TRIED]
    found = (at for at, one in enumerate(few) if counterfactuals_of(study, str(one)).answers)
    return next(found, 0)


@st.cache_data(max_entries=2000, show_spinner=False, hash_funcs=BY_DIGEST)
def similar_to(study: Study, patient_id: str, k: int) -> SimilarPatients:
    """Outcome among the k most similar held-out patients."""
    return find_similar_patients(study, patient_id, k=k, space=space_of(study))
