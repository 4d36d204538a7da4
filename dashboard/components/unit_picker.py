"""Choosing the unit of reasons: points of risk or log-odds."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.components.segment_picker import pick_segment
from dashboard.wording import say
from explainers.core.link import Scale

SCALES: tuple[Scale, ...] = ("risk", "log-odds")
UNIT_KEY = "unit"


def pick_unit() -> Scale:
    """The unit that every contribution on the page is in; it lives in the address."""
    with st.container(width="content"):
        return pick_segment(UNIT_KEY, SCALES, label=say("patient.scale"), name_of=_scale_name)


def chosen_unit() -> Scale | None:
    """The unit that stands on screen; None before it was first drawn."""
    return next((one for one in SCALES if one == state.choice(UNIT_KEY)), None)


def _scale_name(scale: str) -> str:
    return say(f"patient.scale_{scale.replace('-', '_')}")
