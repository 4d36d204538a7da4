"""The search for badly served groups, run once per study."""

from __future__ import annotations

import streamlit as st

from dashboard.services.keys import BY_DIGEST
from explainers.core.study import Study
from explainers.subgroups.discovery import Discovery, discover_slices


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_DIGEST)
def worst_served(study: Study) -> Discovery:
    """Groups that one half of the held-out patients brings and the other half is asked about."""
    return discover_slices(study)
