"""What the choice of the outcome does to who is selected."""

from __future__ import annotations

import streamlit as st

from dashboard.components.clusters_note import show_clusters
from dashboard.components.label_choice import (
    show_corrections,
    show_finding,
    show_need,
    show_selected,
)
from dashboard.components.label_picker import pick_label_settings
from dashboard.components.model_picker import pick_model
from dashboard.components.part import show_part
from dashboard.context import Context
from dashboard.services.label_choice import label_choice
from dashboard.services.library import schema_of, study_of
from dashboard.view_models.labels import untested_reason
from dashboard.wording import plain, say, teach
from explainers.core.schema import Schema
from explainers.errors import UnsupportedError
from explainers.models.bundle import BundleFacts


def render(ctx: Context) -> None:
    """Draw the label choice screen."""
    st.title(say("labels.title"))
    st.markdown(teach("labels.intro"))
    with show_part():
        facts = pick_model(ctx)
        if facts is None:
            return
        schema = schema_of(ctx, facts)
        show_clusters(study_of(ctx, facts), "labels")
        try:
            _show_choice(ctx, facts, schema)
        except UnsupportedError as error:
            st.info(untested_reason(error), title=say("labels.untested"))


def _show_choice(ctx: Context, facts: BundleFacts, schema: Schema) -> None:
    settings = pick_label_settings(schema)
    with st.spinner(say("labels.training")):
        choice = label_choice(ctx, facts, settings)
    show_finding(choice)
    show_selected(choice)
    show_need(choice)
    show_corrections(choice)
    for caveat in schema.facts.caveats[:2]:
        st.caption(plain(caveat))
