"""Whether the intervals on a screen allow for patients who belong together."""

from __future__ import annotations

import streamlit as st

from dashboard.view_models.clusters import clusters_notes
from explainers.core.study import Study


def show_clusters(study: Study, page: str) -> None:
    """Whom the intervals of a page allow for; nothing where no two rows belong together."""
    if notes := clusters_notes(study.cohort, page):
        st.info("  \n".join(notes))
