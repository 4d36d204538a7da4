"""What a model does over all patients: one view at a time, only the open one is computed."""

from __future__ import annotations

import streamlit as st

from dashboard.components.attributions import wait_for_attribution
from dashboard.components.beeswarm import show_beeswarm
from dashboard.components.dependence import show_dependence
from dashboard.components.effects import show_effects
from dashboard.components.importance import show_importance
from dashboard.components.model_comparison import show_comparison
from dashboard.components.part import show_part
from dashboard.components.segment_picker import pick_segment
from dashboard.context import Context
from dashboard.view_models.behaviour import method_note
from dashboard.wording import say
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts

KEY = "behaviour"
VIEWS = ("importance", "beeswarm", "dependence", "effects", "compare")
OF_ATTRIBUTIONS = {
    "importance": show_importance,
    "beeswarm": show_beeswarm,
    "dependence": show_dependence,
}


@st.fragment
def show_behaviour(ctx: Context, study: Study, facts: BundleFacts) -> None:
    """The view that is asked for; those that need the reasons of all patients wait for them."""
    st.header(say("behaviour.title"), anchor=False)
    st.markdown(say("behaviour.intro"))
    view = _pick_view()
    with show_part():
        if view == "effects":
            show_effects(study)
        elif view == "compare":
            show_comparison(ctx, study, facts)
        else:
            attribution = wait_for_attribution(ctx, study, facts)
            if attribution is not None:
                OF_ATTRIBUTIONS[view](study, attribution)
                st.caption(method_note(attribution, len(study.reference)))


def _pick_view() -> str:
    return pick_segment(KEY, VIEWS, label=say("behaviour.view"), name_of=_view_name)


def _view_name(view: str) -> str:
    return say(f"behaviour.view_{view}")
