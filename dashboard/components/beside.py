"""Parts that stand side by side where there is room for both, else one below the other."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def put_beside(key: str, widths: int | Sequence[int] = 2) -> list[DeltaGenerator]:
    """Columns that the style sheet stacks on a tablet.

    Parameters
    ----------
    key : str
        Unique on the page.
    widths : int or sequence of int
        How many of one width, or their shares of the width.
    """
    with st.container(key=f"beside-{key}"):
        return st.columns(widths, gap="large")
