"""Choosing one of a few that all stand on screen; the choice lives in the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from dashboard.components.address import start_from_address, write_to_address

Choice = TypeVar("Choice", bound=str)


def pick_segment(
    key: str,
    options: Sequence[Choice],
    *,
    label: str,
    name_of: Callable[[str], str],
    default: Choice | None = None,
    help_text: str | None = None,
) -> Choice:
    """One of the options, each a segment of one control.

    Parameters
    ----------
    key : str
        Of the control, and its name in the address.
    options : sequence of str
        As the address has them; at least one.
    label : str
        The control's name on screen.
    name_of : callable
        Name on screen of one option.
    default : str, optional
        What is chosen until somebody chooses; the first option unless given.
    help_text : str, optional
    """
    first = options[0] if default is None else default
    start_from_address(key, options, first, label=label, name_of=name_of)
    chosen = st.segmented_control(
        label,
        options,
        required=True,
        format_func=name_of,
        key=key,
        persist_state="session",
        help=help_text,
    )
    taken = chosen or first
    write_to_address(key, taken, first)
    return taken
