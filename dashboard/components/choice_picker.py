"""Choosing one of many by name; the choice lives in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.components.address import start_from_address, write_to_address
from dashboard.wording import say
from explainers.core.study import Study

# Stands for no attribute; the names of attributes are in small letters.
EVERYBODY = "ALL"


def pick_one(
    key: str,
    options: Sequence[str],
    labels: Mapping[str, str],
    *,
    label: str,
    help_text: str | None = None,
) -> str:
    """One of the options; the first until somebody chooses."""
    start_from_address(key, options, options[0], label=label, name_of=labels.__getitem__)
    chosen = st.selectbox(
        label,
        options,
        format_func=lambda name: labels[name],
        key=key,
        persist_state="session",
        help=help_text,
    )
    write_to_address(key, chosen, options[0])
    return chosen


def pick_attribute(study: Study) -> str:
    """Slug of the one attribute by which patients are set apart; "" for all together."""
    groups = {group.name: group.label for group in study.cohort.schema.groups}
    chosen = pick_one(
        f"behaviour_by_{study.cohort.schema.facts.name}",
        (EVERYBODY, *groups),
        {**groups, EVERYBODY: say("behaviour.by_all")},
        label=say("behaviour.by"),
        help_text=say("behaviour.by_help"),
    )
    return "" if chosen == EVERYBODY else chosen


def pick_feature(study: Study, key: str, names: Sequence[str]) -> str:
    """One of the model's inputs, in the order given."""
    labels = {column.name: column.label for column in study.model.columns}
    return pick_one(key, names, labels, label=say("behaviour.feature"))
