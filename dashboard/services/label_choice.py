"""What the choice of the outcome does, computed once per bundle, cohort and settings."""

from __future__ import annotations

from dataclasses import astuple

import streamlit as st

from dashboard.context import Context
from dashboard.services.library import BundleAddress, address_of
from explainers.models.bundle import BundleFacts
from explainers.subgroups.label_choice import LabelChoice, LabelSettings, compare_labels
from explainers.workspace import Workspace


def label_choice(ctx: Context, facts: BundleFacts, settings: LabelSettings) -> LabelChoice:
    """The model's recipe trained for several outcomes; takes seconds the first time.

    Raises
    ------
    PellucidError
        As :func:`~explainers.subgroups.label_choice.compare_labels`.
    """
    return _label_choice(address_of(ctx, facts), settings)


@st.cache_data(
    max_entries=64,
    show_spinner=False,
    hash_funcs={BundleAddress: astuple, LabelSettings: astuple},
)
def _label_choice(address: BundleAddress, settings: LabelSettings) -> LabelChoice:
    workspace = Workspace(address.root)
    bundle = workspace.load_bundle(address.name)
    return compare_labels(bundle, workspace.load_cohort(address.cohort), settings)
