"""Choosing the unit of reasons: points of risk or log-odds."""

from __future__ import annotations

import streamlit as st

from dashboard.components.address import start_from_address, write_to_address
from dashboard.wording import say
from explainers.core.link import Scale

SCALES: tuple[Scale, ...] = ("risk", "log-odds")
UNIT_KEY = "unit"


def pick_unit() -> Scale:
    """The unit that every contribution on the page is in; it lives in the address."""
    label = say("patient.scale")
    with st.container(width="content"):
        start_from_address(UNIT_KEY, SCALES, SCALES[0], label=label, name_of=_scale_name)
        chosen = st.segmented_control(
            label,
            SCALES,
            required=True,
            format_func=_scale_name,
            key=UNIT_KEY,
            persist_state="session",
        )
    scale = chosen or SCALES[0]
    write_to_address(UNIT_KEY, scale, SCALES[0])
    return scale


def _scale_name(scale: str) -> str:
    return say(f"patient.scale_{scale.replace('-', '_')}")
