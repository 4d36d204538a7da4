"""How to read what is shown, in two sentences, and how it is computed, on one page."""

from __future__ import annotations

import streamlit as st

from dashboard.glossary import link_to_term, terms
from dashboard.services.method_pages import method_page
from dashboard.wording import plain, say


def show_reading(sentences: str, page: str, *, key: str) -> None:
    """The two sentences under a chart or table, and at their end the way to its method.

    Parameters
    ----------
    sentences : str
        Markdown.
    page : str
        Name of the page in ``docs/methods``, without its ending.
    key : str
        Unique on the page of the dashboard.
    """
    with st.container(key=f"reading-{key}", horizontal=True, gap="small"):
        st.caption(sentences, width="stretch")
        show_method_button(page, key=key)


def show_method_button(page: str, *, key: str) -> None:
    """A quiet button that opens the page of a method without leaving the patient."""
    label = say("hints.method")
    if st.button(label, key=f"method_{key}", icon=":material/menu_book:", type="tertiary"):
        found = method_page(page)
        title = label if found is None else plain(found.title)
        st.dialog(title, width="medium")(show_method)(page)


def show_method(page: str) -> None:
    """The terms that a page explains, and the page itself."""
    for term in (term for term in terms().values() if term.page == page):
        st.caption(f"**{link_to_term(term, plain(term.name))}.** {plain(term.definition)}")
    found = method_page(page)
    if found is None:
        st.info(say("hints.missing", page=plain(page)))
        return
    st.markdown(found.text, anchors=False)
