"""The one place that draws a Plotly figure: with a name for screen readers and its numbers."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure

from dashboard.wording import plain, say
from explainers.charts import CHART_CONFIG
from explainers.charts.palette import Mode


def chart_mode() -> Mode:
    """Whether this browser shows the light or the dark theme."""
    return "dark" if st.context.theme.type == "dark" else "light"


def show_chart(figure: Figure, *, key: str, alt: str, table: pd.DataFrame, help_text: str) -> None:
    """Draw a figure, how to read it, and a table of the same numbers behind a fold.

    Parameters
    ----------
    figure : Figure
    key : str
        Unique on its page.
    alt : str
        What the figure shows, in a sentence or two.
    table : DataFrame
        The numbers of the figure.
    help_text : str
        How to read it, in about two sentences.
    """
    st.plotly_chart(figure, key=key, alt=alt, theme=None, config=CHART_CONFIG)
    st.caption(help_text)
    with st.expander(say("common.table"), type="compact"):
        show_table(table, key=f"{key}-table", alt=alt)


def show_table(table: pd.DataFrame, *, key: str, alt: str) -> None:
    """A table that a screen reader can walk through; its text is never read as Markdown."""
    with st.container(key=key):
        st.table(
            table.map(plain).rename(columns=plain), border="horizontal", hide_index=True, alt=alt
        )
