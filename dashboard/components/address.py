"""Choices that live in the page's address, so that a view can be shared; never a patient.

Streamlit's own binding writes the label that stands on screen. An address should outlive a change
of wording or version, so the choice's slug is written instead.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import state

SEPARATOR = ","


def start_from_address(key: str, allowed: Sequence[str], default: str) -> None:
    """Before a widget with this key is first drawn: begin with what the address asks for."""
    asked = st.query_params.get(key, default)
    state.start_with(key, asked if asked in allowed else default)
    state.keep_within(key, allowed, default)


def start_several_from_address(key: str, allowed: Sequence[str], default: Sequence[str]) -> None:
    """As :func:`start_from_address` for a widget in which several can be chosen."""
    asked = st.query_params.get(key)
    wanted = list(default) if asked is None else asked.split(SEPARATOR)
    state.start_with(key, [name for name in dict.fromkeys(wanted) if name in allowed])


def write_to_address(key: str, chosen: str, default: str) -> None:
    """After the widget is drawn: put the choice into the address, unless it is the default."""
    if chosen != default:
        st.query_params[key] = chosen
    elif key in st.query_params:
        del st.query_params[key]
