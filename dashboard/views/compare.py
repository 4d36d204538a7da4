"""Two patients under one model, or one patient under two models, side by side."""

from __future__ import annotations

import streamlit as st

from dashboard.components.clusters_note import show_clusters
from dashboard.components.model_picker import pick_model
from dashboard.components.part import show_part
from dashboard.components.segment_picker import pick_segment
from dashboard.components.two_models import show_two_models
from dashboard.components.two_patients import show_two_patients
from dashboard.context import Context
from dashboard.services.library import study_of
from dashboard.wording import say

KINDS = {"patients": show_two_patients, "models": show_two_models}
KEY = "side_by_side"


def render(ctx: Context) -> None:
    """Draw the screen of two side by side."""
    st.title(say("compare.title"))
    with show_part():
        kind = _pick_kind()
        facts = pick_model(ctx)
        if facts is not None:
            study = study_of(ctx, facts)
            show_clusters(study, "compare")
            KINDS[kind](ctx, facts, study)


def _pick_kind() -> str:
    return pick_segment(KEY, tuple(KINDS), label=say("compare.kind"), name_of=_name_of)


def _name_of(kind: str) -> str:
    return say(f"compare.kind_{kind}")
