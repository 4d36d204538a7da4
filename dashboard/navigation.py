"""The pages and their addresses.

Pages are built inside each run: a ``st.Page`` holds per-run state and must not be shared.
"""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.navigation.page import Page

from dashboard.context import Context
from dashboard.views import compare, glossary, groups, labels, model, patient, problems
from dashboard.wording import say


def build_navigation(ctx: Context) -> Page:
    """The page to run."""
    return st.navigation(
        [
            st.Page(
                partial(patient.render, ctx),
                title=say("app.patient"),
                icon=":material/person:",
                default=True,
            ),
            st.Page(
                partial(compare.render, ctx),
                title=say("app.compare"),
                icon=":material/compare_arrows:",
                url_path="compare",
            ),
            st.Page(
                partial(groups.render, ctx),
                title=say("app.groups"),
                icon=":material/groups:",
                url_path="groups",
            ),
            st.Page(
                partial(labels.render, ctx),
                title=say("app.labels"),
                icon=":material/sell:",
                url_path="labels",
            ),
            st.Page(
                partial(model.render, ctx),
                title=say("app.model"),
                icon=":material/model_training:",
                url_path="model",
            ),
            st.Page(
                partial(problems.render, ctx),
                title=say("app.problems"),
                icon=":material/fact_check:",
                url_path="problems",
            ),
            st.Page(
                partial(glossary.render, ctx),
                title=say("app.glossary"),
                icon=":material/menu_book:",
                url_path="glossary",
            ),
        ],
        position="top",
    )
