"""How to read a chart in two sentences, and how it is computed on one page."""

from __future__ import annotations

import streamlit as st

from dashboard.services.method_pages import method_page
from dashboard.wording import say


def show_hint(page: str, *, key: str) -> None:
    """A button that opens the page of a method; the two sentences belong to the chart's caption.

    Parameters
    ----------
    page : str
        Name of the page in ``docs/methods``, without its ending.
    key : str
        Unique on the page of the dashboard.
    """
    if st.button(
        say("hints.method"), key=f"hint_{key}", icon=":material/menu_book:", type="tertiary"
    ):
        _show_page(page)


@st.dialog(say("hints.method"), width="large")
def _show_page(page: str) -> None:
    text = method_page(page)
    if text is None:
        st.info(say("hints.missing", page=f"docs/methods/{page}.md"))
        return
    st.markdown(text)
