"""For whom the model works: statistics by group, with intervals, small cells withheld."""

from __future__ import annotations

import streamlit as st

from dashboard.components.clusters_note import show_clusters
from dashboard.components.group_parts import show_group_parts
from dashboard.components.group_picker import pick_attributes
from dashboard.components.model_picker import pick_model
from dashboard.components.part import show_part
from dashboard.components.representation import show_representation
from dashboard.components.threshold_picker import pick_threshold
from dashboard.context import Context
from dashboard.services.library import study_of
from dashboard.wording import say


def render(ctx: Context) -> None:
    """Draw the groups screen."""
    st.title(say("groups.title"))
    st.markdown(say("groups.intro"))
    with show_part():
        facts = pick_model(ctx)
        if facts is None:
            return
        study = study_of(ctx, facts)
        show_clusters(study, "groups")
        attribute_side, threshold_side = st.columns([3, 1], gap="large")
        with attribute_side:
            by = pick_attributes(study)
        with threshold_side:
            study = pick_threshold(study, facts, by)
        if not by:
            st.info(say("groups.empty"))
        elif not study.is_labelled.any():
            st.info(say("groups.no_labels"))
            show_representation(ctx, study, facts, by[0])
        else:
            show_group_parts(ctx, study, facts, by)
