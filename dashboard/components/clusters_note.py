"""Whether the intervals on a screen allow for patients who belong together."""

from __future__ import annotations

import streamlit as st

from dashboard.view_models.clusters import clusters_notes, rows_note
from explainers.core.schema import Schema
from explainers.core.study import Study


def show_clusters(study: Study) -> None:
    """Whom intervals allow for; nothing where no two rows belong together."""
    if notes := clusters_notes(study.cohort):
        st.info("  \n".join(notes))


def show_rows_only(schema: Schema) -> None:
    """That the intervals of this screen allow for nobody; nothing where none is declared."""
    if note := rows_note(schema):
        st.warning(note)
