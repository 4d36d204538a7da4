"""The one place that draws a Plotly figure: with a name for screen readers and its numbers."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import streamlit as st
from plotly.graph_objects import Figure

from dashboard.components.hint import show_reading
from dashboard.wording import linked, plain, say
from explainers.charts import CHART_CONFIG
from explainers.charts.palette import Mode


def chart_mode() -> Mode:
    """Whether this browser shows the light or the dark theme."""
    return "dark" if st.context.theme.type == "dark" else "light"


def show_chart(
    figure: Figure, *, key: str, alt: str, table: pd.DataFrame, help_text: str, page: str
) -> None:
    """Draw a figure, how to read it and how it is computed, and its numbers behind a fold.

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
        How to read it, in two sentences of Markdown.
    page : str
        Name of the page in ``docs/methods`` that says how it is computed, without its ending.
    """
    st.plotly_chart(figure, key=key, alt=alt, theme=None, config=CHART_CONFIG)
    show_reading(help_text, page, key=key)
    with st.expander(say("common.table"), type="compact"):
        show_table(table, key=f"{key}-table", alt=alt)


def show_statistics(table: pd.DataFrame, *, key: str, alt: str, help_text: str, page: str) -> None:
    """A table of statistics, whose terms lead to the glossary, with the words of a chart below."""
    _draw_table(table, linked, key=key, alt=alt)
    show_reading(help_text, page, key=key)


def show_table(table: pd.DataFrame, *, key: str, alt: str) -> None:
    """A table that a screen reader can walk through; its text is never read as Markdown."""
    _draw_table(table, plain, key=key, alt=alt)


def _draw_table(table: pd.DataFrame, word: Callable[[object], str], *, key: str, alt: str) -> None:
    """Every value as text, the names of the columns and the first column by ``word``."""
    with st.container(key=key):
        st.table(_as_text(table, word), border="horizontal", hide_index=True, alt=alt)


def _as_text(table: pd.DataFrame, word: Callable[[object], str]) -> pa.Table:
    """Made without pandas, which looks for the best type of each column of text it is given."""
    columns = [values.tolist() for _, values in table.items()]
    texts = [[(plain if at else word)(one) for one in column] for at, column in enumerate(columns)]
    return pa.table(
        [pa.array(column, pa.string()) for column in texts],
        names=[word(name) for name in table.columns],
    )
