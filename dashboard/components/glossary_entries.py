"""The glossary: looking for a term, the entries found, and a method page by its address."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.components.hint import show_method, show_reading
from dashboard.glossary import TERM, Term, find_term, search_terms
from dashboard.services.method_pages import method_page
from dashboard.wording import plain, say

KEY = "glossary_search"
ASKED_KEY = "glossary_asked"


def is_asked() -> bool:
    """Whether the address or the search box asks for something; before the box is drawn."""
    _start_from_address()
    return bool(state.text_typed(KEY).strip())


def pick_terms() -> tuple[Term, ...]:
    """The terms that the search box asks for; all of them where it is empty."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        typed = st.text_input(
            say("glossary.search"),
            key=KEY,
            placeholder=say("glossary.placeholder"),
            max_chars=64,
            autocomplete="off",
            width=420,
        )
        if typed.strip():
            st.button(say("glossary.everything"), type="tertiary", on_click=_clear)
    _write_to_address(typed)
    return search_terms(typed)


def show_terms(found: tuple[Term, ...]) -> None:
    """Each term with its meaning, what it does not say, and the way to its method."""
    if not found:
        st.info(say("glossary.nothing"))
        return
    with st.container(key="glossary-entries"):
        for term in found:
            _show_term(term)


def show_method_page(name: str) -> None:
    """A page of a method, for readers who came by its address."""
    found = method_page(name)
    if found is not None:
        st.header(plain(found.title), anchor=False)
    show_method(name)
    st.button(
        say("glossary.back"), icon=":material/arrow_back:", type="tertiary", on_click=_leave_method
    )


def _show_term(term: Term) -> None:
    st.subheader(plain(term.name), anchor=term.slug)
    st.markdown(plain(term.definition))
    show_reading(say("glossary.limit", limit=plain(term.limit)), term.page, key=term.slug)


def _start_from_address() -> None:
    """Fill the box when the address asks for another term than the one last seen in it."""
    asked = st.query_params.get(TERM, "")
    if asked == state.text_typed(ASKED_KEY):
        return
    term = find_term(asked)
    state.set_widgets({KEY: asked if term is None else term.name, ASKED_KEY: asked})


def _write_to_address(typed: str) -> None:
    """Only a term of the glossary goes there, never other words that somebody typed."""
    term = find_term(typed)
    slug = "" if term is None else term.slug
    if slug:
        st.query_params[TERM] = slug
    elif TERM in st.query_params:
        del st.query_params[TERM]
    state.set_widgets({ASKED_KEY: slug})


def _clear() -> None:
    state.clear_text(KEY)


def _leave_method() -> None:
    st.query_params.clear()
