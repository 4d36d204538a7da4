"""The problem list of a model: faults found before anybody looks for them."""

from __future__ import annotations

import streamlit as st

from dashboard.components.clusters_note import show_clusters
from dashboard.components.model_picker import pick_model
from dashboard.components.part import show_part
from dashboard.components.problem_list import show_problems
from dashboard.context import Context
from dashboard.services.library import study_of
from dashboard.wording import say


def render(ctx: Context) -> None:
    """Draw the problem list."""
    st.title(say("problems.title"))
    st.markdown(say("problems.intro"))
    with show_part():
        facts = pick_model(ctx)
        if facts is not None:
            show_clusters(study_of(ctx, facts), "problems")
            show_problems(ctx, facts)
