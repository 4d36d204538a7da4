"""Bringing a model: its file, its inputs, what it is for, and ten patients scored by it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

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


def pick_model_file() -> OutsideModel | None:
    """An uploaded model; None before."""
    file = st.file_uploader(say("data.model"), key="data_model", help=say("data.model_help"))
    if file is None:
        st.caption(say("data.model_formats", formats=TAKEN))
        return None
    outside = registering.read_model(file.getvalue())
    st.caption(say("data.model_read", file_format=plain(outside.file_format), n=outside.n_features))
    return outside


def match_inputs(outside: OutsideModel, schema: Schema) -> tuple[FeatureMatch, ...] | None:
    """The column of each input, corrected by the user; None while one is missing."""
    names = [column.name for column in schema.features]
    if not outside.feature_names:
        st.caption(say("data.by_place", n=outside.n_features))
        order = st.multiselect(say("data.order"), names, key="data_order")
        if len(order) != outside.n_features:
            return None
        return match_features(outside, schema, order=order)
    found = match_features(outside, schema)
    unsure = [one for one in found if one.how != "exact"]
    given = {
        one.feature: column for one in unsure if (column := _pick_column(one, names)) is not None
    }
    matches = match_features(outside, schema, given=given)
    with st.expander(say("data.inputs", n=len(matches)), key="data_inputs"):
        st.dataframe(pd.DataFrame(match_rows(matches)), hide_index=True, alt=say("data.inputs_alt"))
    return matches if all(one.column for one in matches) else None


def _pick_column(match: FeatureMatch, names: list[str]) -> str | None:
    """The column of one input that has no column of its very name."""
    place = names.index(match.column) if match.column in names else None
    return st.selectbox(
        say("data.pick_column", feature=plain(match.feature)),
        names,
        index=place,
        key=f"data_match_{match.feature}",
    )


def declare_model(schema: Schema) -> ModelDeclaration | None:
    """What the user says about the model; None while something is missing."""
    outcomes = {outcome.name: outcome.label for outcome in schema.outcomes}
    if not outcomes:
        st.info(say("data.no_outcome"))
        return None
    outcome = st.selectbox(
        say("data.outcome"), tuple(outcomes), format_func=outcomes.__getitem__, key="data_outcome"
    )
    name = st.text_input(say("data.name"), key="data_name", help=say("data.name_help"))
    title = st.text_input(say("data.title_of_model"), key="data_model_title")
    purpose = st.text_area(say("data.purpose"), key="data_purpose")
    users = st.text_input(say("data.users"), key="data_users")
    patients = st.text_input(say("data.patients"), key="data_patients")
    percent = st.number_input(
        say("data.threshold"),
        min_value=0.1,
        max_value=99.9,
        value=None,
        step=0.5,
        key="data_threshold",
    )
    reason = st.text_area(say("data.reason"), key="data_reason", help=say("data.reason_help"))
    if percent is None or not (name and purpose and reason):
        return None
    return ModelDeclaration(
        name=name,
        title=title or name,
        outcome=outcome,
        purpose=purpose,
        intended_users=users,
        intended_patients=patients,
        threshold=percent / 100,
        threshold_reason=reason,
    )


def pick_trained_on() -> tuple[str, ...]:
    """Ids, as in the table, of the patients it was trained on; none by default."""
    text = st.text_area(
        say("data.trained_on"), key="data_trained_on", help=say("data.trained_on_help")
    )
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def show_scores(draft: ModelDraft) -> None:
    """Ten patients, and what may have been mixed up."""
    st.dataframe(pd.DataFrame(score_rows(draft)), hide_index=True, alt=say("data.scores_alt"))
    for doubt in draft.doubts:
        st.warning(plain(doubt))
