"""Choosing the attributes by which patients are compared."""

from __future__ import annotations

import streamlit as st

from dashboard.components.address import (
    SEPARATOR,
    start_several_from_address,
    write_to_address,
)
from dashboard.wording import say
from explainers.core.study import Study
from explainers.subgroups.slices import MOST_ATTRIBUTES


def pick_attributes(study: Study) -> tuple[str, ...]:
    """Slugs of the attributes; the first one of the schema until somebody chooses."""
    groups = {group.name: group.label for group in study.cohort.schema.groups}
    key = f"by_{study.cohort.schema.facts.name}"
    default = tuple(groups)[:1]
    start_several_from_address(
        key, tuple(groups), default, label=say("groups.by"), name_of=groups.__getitem__
    )
    chosen = st.pills(
        say("groups.by"),
        tuple(groups),
        selection_mode="multi",
        format_func=groups.__getitem__,
        key=key,
        persist_state="session",
        help=say("groups.by_help"),
    )
    write_to_address(key, SEPARATOR.join(chosen), SEPARATOR.join(default))
    if len(chosen) > MOST_ATTRIBUTES:
        st.warning(say("groups.too_many", most=MOST_ATTRIBUTES))
    return tuple(chosen[:MOST_ATTRIBUTES])
