"""Choosing between clinical concepts and single inputs."""

from __future__ import annotations

import streamlit as st

from dashboard.components.address import start_from_address, write_to_address
from dashboard.wording import say

DETAILS = ("concepts", "features")


def pick_detail(key: str, *, default: str = DETAILS[0]) -> bool:
    """Whether inputs are to be summed into clinical concepts."""
    start_from_address(key, DETAILS, default)
    detail = st.segmented_control(
        say("common.detail"),
        DETAILS,
        required=True,
        format_func=lambda detail: say(f"common.detail_{detail}"),
        key=key,
        persist_state="session",
    )
    write_to_address(key, detail or default, default)
    return detail == "concepts"
