"""The places in which this server computes pages: one register for all sessions."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager

import streamlit as st

from dashboard.turns import Turns

# Two: while one waits for the disk or for compiled code, another one goes on.
N_PLACES = 2
# A page of a patient takes a third of this; whatever takes longer does not keep others waiting.
MOST_SECONDS = 1.0


def turn() -> AbstractContextManager[None]:
    """A place for one run of a page; waits for it when entered.

    What Streamlit draws again by itself, a part of a page, goes without: it is short.
    """
    return _turns().taken()


@st.cache_resource(show_spinner=False, max_entries=1)
def _turns() -> Turns:
    return Turns(N_PLACES, MOST_SECONDS, time.monotonic)
