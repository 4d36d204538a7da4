"""Choosing a model, and reading its facts without leaving the page."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard.components.address import start_from_address, write_to_address
from dashboard.context import Context
from dashboard.services.library import open_catalogue, schema_of
from dashboard.view_models.model import fact_rows, option_titles, version_and_purpose
from dashboard.wording import plain, say
from explainers.core.schema import Schema
from explainers.models.bundle import BundleFacts

KEY = "model"


def pick_model(ctx: Context) -> BundleFacts | None:
    """The chosen model's facts; None, with a remedy on screen, where there is no model."""
    catalogue = open_catalogue(ctx)
    every = catalogue.models
    if catalogue.refused:
        st.warning(plain(" ".join(catalogue.refused)), title=say("common.refused_title"))
    if not every:
        st.info(say("common.no_models"), title=say("common.no_models_title"))
        return None
    default = _first_shown(every)
    titles = option_titles(every)
    start_from_address(
        KEY, tuple(every), default, label=say("common.model_picker"), name_of=titles.__getitem__
    )
    name = st.selectbox(
        say("common.model_picker"),
        tuple(every),
        format_func=titles.__getitem__,
        key=KEY,
        persist_state="session",
        help=say("common.model_help"),
    )
    with st.container(horizontal=True, vertical_alignment="top", gap="small", key="model-line"):
        st.caption(plain(version_and_purpose(every[name])), width="stretch")
        with st.popover(say("common.facts"), type="tertiary", width="content"):
            _show_facts(every[name], schema_of(ctx, every[name]))
    if every[name].sends_to:
        st.caption(say("common.sends", host=plain(every[name].sends_to)))
    write_to_address(KEY, name, default)
    return every[name]


def _first_shown(every: Mapping[str, BundleFacts]) -> str:
    """The first model that is held against a simpler one, rather than a simple one itself."""
    return next((name for name, facts in every.items() if facts.comparator), next(iter(every)))


def _show_facts(facts: BundleFacts, schema: Schema) -> None:
    rows = fact_rows(facts, schema)
    st.markdown("\n\n".join(f"**{label}**  \n{plain(value)}" for label, value in rows))
