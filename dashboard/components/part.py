"""A part of a page that can fail on its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.services.sessions import is_at_work
from dashboard.wording import plain, say, upper_first
from explainers.errors import PellucidError

logger = logging.getLogger(__name__)


@contextmanager
def show_part() -> Iterator[None]:
    """Show what went wrong in this part and let the rest of the page go on.

    Only errors a user can act on are caught; any other one is a defect and stays loud. A part is
    also where a page that is only drawn in part finds out that the visit is over.
    """
    if not is_at_work():
        st.warning(say("gate.over"))
        st.stop()
    try:
        yield
    except PellucidError as error:
        logger.warning("a part of the page failed: %s", type(error).__name__)
        st.error(
            say("common.failed", message=plain(upper_first(str(error)))),
            title=say("common.failed_title"),
        )
