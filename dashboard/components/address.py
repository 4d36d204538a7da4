"""Choices that live in the page's address, so that a view can be shared; never a patient.

Streamlit's own binding writes the label that stands on screen. An address should outlive a change
of wording or version, so the choice's slug is written instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import state
from dashboard.view_models.address import refusal_sentence
from dashboard.wording import say

SEPARATOR = ","
# What Streamlit takes for a switch.
ON_OR_OFF = ("true", "false")


def start_from_address(
    key: str,
    allowed: Sequence[str],
    default: str,
    *,
    label: str,
    name_of: Callable[[str], str] = str,
) -> None:
    """Before a widget with this key is first drawn: begin with what the address asks for.

    What is not on offer is named, with what is shown instead, until another choice is made.

    Parameters
    ----------
    key : str
        Of the widget, and its name in the address.
    allowed : sequence of str
    default : str
        What is shown where the address asks for nothing on offer.
    label : str
        The widget's name on screen.
    name_of : callable
        Name on screen of one choice.
    """
    asked = st.query_params.get(key, default)
    if asked not in allowed and state.choice(key) is None:
        state.note_refused(key, (asked,))
    state.start_with(key, asked if asked in allowed else default)
    state.keep_within(key, allowed, default)
    refused = state.refused(key)
    if refused and state.choice(key) == default:
        st.warning(refusal_sentence(refused, label, (name_of(default),)))


def start_several_from_address(
    key: str,
    allowed: Sequence[str],
    default: Sequence[str],
    *,
    label: str,
    name_of: Callable[[str], str] = str,
) -> None:
    """As :func:`start_from_address` for a widget in which several can be chosen."""
    asked = st.query_params.get(key)
    wanted = list(default) if asked is None else asked.split(SEPARATOR)
    known = [name for name in dict.fromkeys(wanted) if name in allowed]
    unknown = tuple(name for name in dict.fromkeys(wanted) if name and name not in allowed)
    if unknown and state.choice(key) is None:
        state.note_refused(key, unknown)
    state.start_with(key, known)
    refused = state.refused(key)
    if refused:
        shown = tuple(name_of(name) for name in state.choice(key) if name in allowed)
        st.warning(refusal_sentence(refused, label, shown))


def tell_unknown_switch(key: str, *, label: str) -> None:
    """Before a switch that Streamlit binds to the address is first drawn, and on by default."""
    asked = st.query_params.get(key, "true")
    if asked.casefold() not in ON_OR_OFF and state.choice(key) is None:
        state.note_refused(key, (asked,))
    refused = state.refused(key)
    if refused and state.choice(key) is not False:
        st.warning(refusal_sentence(refused, label, (say("common.on"),)))


def write_to_address(key: str, chosen: str, default: str) -> None:
    """After the widget is drawn: put the choice into the address, unless it is the default."""
    if chosen != default:
        state.forget_refused(key)
        st.query_params[key] = chosen
    elif key in st.query_params:
        del st.query_params[key]
