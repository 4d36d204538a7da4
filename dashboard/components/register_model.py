"""Bringing a model: its file, its inputs, what it is for, and ten patients scored by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.services import registering
from dashboard.view_models.registering import match_rows, score_rows
from dashboard.wording import plain, say
from explainers.core.schema import Schema
from explainers.models.outside_file import TAKEN, OutsideModel
from explainers.registration import (
    FeatureMatch,
    ModelDeclaration,
    ModelDraft,
    match_features,
)

# Height of a box for a sentence or two, in pixels.
FEW_LINES = 80


def pick_model_file() -> tuple[OutsideModel, str] | None:
    """An uploaded model and the name of its file; None before."""
    file = st.file_uploader(say("data.model"), key="data_model", help=say("data.model_help"))
    if file is None:
        st.caption(say("data.model_formats", formats=TAKEN))
        return None
    outside = registering.read_model(file.getvalue())
    st.caption(say("data.model_read", file_format=plain(outside.file_format), n=outside.n_features))
    if not outside.sends_to:
        return outside, file.name
    st.warning(say("data.sends", host=plain(outside.sends_to)))
    name = st.text_input(
        say("data.sends_confirm"), key="data_sends", help=say("data.sends_confirm_help")
    )
    return (replace(outside, sending_confirmed_by=name), file.name) if name.strip() else None


def match_inputs(outside: OutsideModel, schema: Schema) -> tuple[FeatureMatch, ...] | None:
    """The column of each input, corrected by the user; None while one is missing."""
    names = [column.name for column in schema.features]
    if not outside.feature_names:
        st.caption(say("data.by_place", n=outside.n_features))
        order = st.multiselect(say("data.order"), names, key="data_order")
        if len(order) != outside.n_features:
            st.caption(say("data.order_left", n=outside.n_features - len(order)))
            return None
        return match_features(outside, schema, order=order)
    found = match_features(outside, schema)
    picked = {one.feature: _pick_column(one, names) for one in found if not one.column}
    with st.expander(say("data.inputs", n=len(found)), key="data_inputs"):
        alike = {one.feature: _pick_column(one, names) for one in found if one.how == "alike"}
        given = {feature: column for feature, column in {**picked, **alike}.items() if column}
        matches = match_features(outside, schema, given=given)
        st.dataframe(pd.DataFrame(match_rows(matches)), hide_index=True, alt=say("data.inputs_alt"))
    if not all(one.column for one in matches):
        st.caption(say("data.inputs_left"))
        return None
    return matches


def _pick_column(match: FeatureMatch, names: list[str]) -> str | None:
    """The column of one input that has no column of its very name."""
    place = names.index(match.column) if match.column in names else None
    return st.selectbox(
        say("data.pick_column", feature=plain(match.feature)),
        names,
        index=place,
        key=f"data_match_{match.feature}",
    )


def declare_model(schema: Schema, name: str) -> ModelDeclaration | None:
    """What the user says about the model; None while something is missing."""
    if not schema.outcomes:
        st.info(say("data.no_outcome"))
        return None
    state.start_with("data_name", name)
    names = st.columns(2)
    name = names[0].text_input(say("data.name"), key="data_name", help=say("data.name_help"))
    title = names[1].text_input(say("data.title_of_model"), key="data_model_title")
    purpose = st.text_area(say("data.purpose"), key="data_purpose", height=FEW_LINES)
    about = st.columns(2)
    users = about[0].text_input(say("data.users"), key="data_users")
    patients = about[1].text_input(say("data.patients"), key="data_patients")
    percent = st.number_input(
        say("data.threshold"),
        min_value=0.1,
        max_value=99.9,
        value=None,
        step=0.5,
        key="data_threshold",
    )
    reason = st.text_area(
        say("data.reason"), key="data_reason", height=FEW_LINES, help=say("data.reason_help")
    )
    needed = {"name": name, "purpose": purpose, "threshold": percent, "reason": reason}
    missing = [say(f"data.{key}") for key, given in needed.items() if not given]
    if percent is None or missing:
        st.caption(say("data.still_needed", fields="; ".join(missing)))
        return None
    return ModelDeclaration(
        name=name,
        title=title or name,
        outcome=schema.outcomes[0].name,
        purpose=purpose,
        intended_users=users,
        intended_patients=patients,
        threshold=percent / 100,
        threshold_reason=reason,
    )


def pick_trained_on() -> tuple[str, ...]:
    """Ids, as in the table, of the patients it was trained on; none by default."""
    text = st.text_area(
        say("data.trained_on"),
        key="data_trained_on",
        height=FEW_LINES,
        help=say("data.trained_on_help"),
    )
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def show_scores(draft: ModelDraft, display_ids: Mapping[str, str]) -> None:
    """Ten patients by their ids in the table, and what may have been mixed up."""
    own_ids = {shown: own for own, shown in display_ids.items()}
    st.dataframe(
        pd.DataFrame(score_rows(draft, own_ids)), hide_index=True, alt=say("data.scores_alt")
    )
    for doubt in draft.doubts:
        st.warning(plain(doubt))
