"""Figures to take away."""

from __future__ import annotations

import streamlit as st

from dashboard.services import record
from dashboard.wording import say


def offer_csv(content: str, name: str, *, key: str) -> None:
    """A button that downloads figures as a CSV file of that name, without drawing the page anew.

    The download is put on record when it is asked for, and does not happen where it cannot be.
    """
    st.download_button(
        say("common.download"),
        record.export(content, key, "csv"),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"download_{key}",
    )
