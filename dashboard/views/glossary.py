"""What every term means, and where each kind of reader may start."""

from __future__ import annotations

import streamlit as st

from dashboard.components.glossary_entries import (
    is_asked,
    pick_terms,
    show_method_page,
    show_terms,
)
from dashboard.components.part import show_part
from dashboard.context import Context
from dashboard.glossary import METHOD
from dashboard.wording import say

READERS = ("clinician", "board", "teacher")


def render(ctx: Context) -> None:  # noqa: ARG001 - every page is given its surroundings
    """Draw the glossary, a single term, or the page of a method."""
    st.title(say("glossary.title"))
    method = st.query_params.get(METHOD)
    if method:
        with show_part():
            show_method_page(method)
        return
    if not is_asked():
        _show_start()
    st.header(say("glossary.terms"), anchor="terms")
    st.markdown(say("glossary.intro"))
    show_terms(pick_terms())


def _show_start() -> None:
    st.header(say("start.title"), anchor="start")
    st.caption(say("start.intro"))
    with st.container(key="start"):
        for reader, side in zip(READERS, st.columns(len(READERS), gap="medium"), strict=True):
            with side, st.container(border=True, height="stretch"):
                st.subheader(say(f"start.title_{reader}"), anchor=False)
                st.markdown(say(f"start.{reader}"))
