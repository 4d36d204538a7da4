"""Choosing between clinical concepts and single inputs."""

from __future__ import annotations

import streamlit as st

from dashboard.components.address import start_from_address, write_to_address
from dashboard.wording import say

DETAILS = ("concepts", "features")


def pick_detail(key: str, *, default: str = DETAILS[0]) -> bool:
    """Whether inputs are to be summed into clinical concepts."""
    label = say("common.detail")
    with st.container(width="content"):
        start_from_address(key, DETAILS, default, label=label, name_of=_detail_name)
        detail = st.segmented_control(
            label,
            DETAILS,
            required=True,
            format_func=_detail_name,
            key=key,
            persist_state="session",
        )
    write_to_address(key, detail or default, default)
    return detail == "concepts"


def _detail_name(detail: str) -> str:
    return say(f"common.detail_{detail}")
