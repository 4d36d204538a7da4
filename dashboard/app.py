"""The dashboard's entry: one run per interaction."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import state
from dashboard.components.gate import pick_context, show_single_user, show_visit
from dashboard.navigation import build_navigation
from dashboard.services.taking_turns import turn
from dashboard.services.warm_up import start_warming_up
from dashboard.wording import say

# A file of our own: Streamlit would fetch an icon named by its Material symbol from the network.
ICON = Path(__file__).parent / "assets" / "icon.png"
STYLE = Path(__file__).parent / "assets" / "style.css"


def main() -> None:
    """Draw the page the address asks for."""
    st.set_page_config(page_title=say("app.title"), page_icon=ICON, layout="wide")
    st.html(STYLE)
    start_warming_up()
    ctx = pick_context()
    if ctx is None:
        return
    state.begin_page()
    page = build_navigation(ctx)
    show_visit(ctx)
    with turn():
        page.run()
    show_single_user(ctx)
    state.end_page()


main()
