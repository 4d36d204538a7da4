"""Figures to take away."""

from __future__ import annotations

import streamlit as st

from dashboard.wording import say


def offer_csv(content: str, name: str, *, key: str) -> None:
    """A button that downloads figures as a CSV file of that name, without drawing the page anew."""
    st.download_button(
        say("common.download"),
        content,
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"download_{key}",
    )
