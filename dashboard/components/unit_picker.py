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
    start_from_address(UNIT_KEY, SCALES, SCALES[0])
    chosen = st.segmented_control(
        say("patient.scale"),
        SCALES,
        required=True,
        format_func=lambda scale: say(f"patient.scale_{scale.replace('-', '_')}"),
        key=UNIT_KEY,
        persist_state="session",
    )
    scale = chosen or SCALES[0]
    write_to_address(UNIT_KEY, scale, SCALES[0])
    return scale
