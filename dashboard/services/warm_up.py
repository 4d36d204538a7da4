"""Loading and compiling while the first page is being read, so that no patient has to wait."""

from __future__ import annotations

import gc
import logging
import threading

import streamlit as st

from explainers.attribution.warm_up import warm_up
from explainers.errors import PellucidError

logger = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False, max_entries=1)
def start_warming_up() -> threading.Thread:
    """Once per server, in the background."""
    thread = threading.Thread(target=_warm_up, name="warm-up", daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    try:
        warm_up()
    except PellucidError as error:
        logger.warning("nothing to warm up with: %s", type(error).__name__)
    _spare_what_stays()


def _spare_what_stays() -> None:
    """Keep what was loaded for good out of garbage collection.

    Streamlit collects after each run of a page, so each click would pay for a walk through
    everything that numpy, pandas, Plotly and the compiled kernels hold: more than the page itself.
    """
    gc.collect()
    gc.freeze()
