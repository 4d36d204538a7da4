"""From a patient to what another model says about the same patient."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.context import Context
from dashboard.services.library import open_catalogue
from dashboard.view_models.behaviour_comparison import comparable_models
from dashboard.wording import say
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts


def show_way_to_other_model(
    ctx: Context, facts: BundleFacts, study: Study, patient_id: str
) -> None:
    """A button, where a second model predicts the same; the session carries who it is about."""
    if not comparable_models(open_catalogue(ctx).models, facts):
        return
    if st.button(
        say("compare.to_models"),
        key="to_models",
        type="tertiary",
        icon=":material/compare_arrows:",
    ):
        state.set_open_patient(study.cohort.schema.facts.name, patient_id)
        state.forget_widgets(("side_by_side",))
        asked = {"side_by_side": "models", "model": facts.name}
        st.switch_page(st.Page(_of_that_address, url_path="compare"), query_params=asked)


def _of_that_address() -> None:
    """Streamlit finds the page by its address and runs the one of the navigation."""
