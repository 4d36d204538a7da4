"""Choosing between clinical concepts and single inputs."""

from __future__ import annotations

import streamlit as st

from dashboard.components.segment_picker import pick_segment
from dashboard.wording import say

DETAILS = ("concepts", "features")


def pick_detail(key: str, *, default: str = DETAILS[0]) -> bool:
    """Whether inputs are to be summed into clinical concepts."""
    with st.container(width="content"):
        detail = pick_segment(
            key, DETAILS, label=say("common.detail"), name_of=_detail_name, default=default
        )
    return detail == "concepts"


def _detail_name(detail: str) -> str:
    return say(f"common.detail_{detail}")
