"""A hospital's own patients and model: the steps of ``pellucid register``, on one page."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from dashboard.components.part import show_part
from dashboard.components.register_model import (
    declare_model,
    match_inputs,
    pick_model_file,
    pick_trained_on,
    show_scores,
)
from dashboard.components.register_table import (
    accept_rows,
    correct_schema,
    name_cohort,
    pick_clusters,
    pick_columns,
    pick_table,
    pick_treatments,
    say_outcome,
    show_source,
)
from dashboard.context import Context
from dashboard.services import registering
from dashboard.wording import say
from explainers.core.cohort import Cohort
from explainers.core.schema import Schema
from explainers.disclosure.roles import Permission
from explainers.errors import NotFoundError
from explainers.intake.source_file import SourceTable
from explainers.models.outside_file import OutsideModel
from explainers.registration import CohortDraft


def render(ctx: Context) -> None:
    """Draw the steps, each once the one before it is done."""
    st.title(say("data.title"))
    st.markdown(say("data.intro"))
    with show_part():
        ctx.person.require(Permission.REGISTER)
        if ctx.root is None:
            st.info(say("data.no_workspace"))
            return
        saved = registering.saved_model()
        if saved is not None:
            _show_saved(saved)
            return
        st.header(say("data.step_files"), anchor="files")
        source, picked = pick_table(ctx), pick_model_file()
        if source is not None and picked is not None:
            outside, file_name = picked
            _go_on(ctx, registering.fit_names(source, outside), outside, file_name)


def _show_saved(name: str) -> None:
    st.success(say("data.saved"))
    st.link_button(say("data.open"), f"./?{urlencode({'model': name})}")
    st.button(say("data.another"), key="data_another", on_click=registering.begin_anew)


def _go_on(ctx: Context, source: SourceTable, outside: OutsideModel, file_name: str) -> None:
    checked = _check_patients(ctx, source, outside)
    if checked is None:
        return
    draft, cohort = checked
    st.header(say("data.step_model"), anchor="model")
    matches = match_inputs(outside, cohort.schema)
    declaration = declare_model(cohort.schema, registering.first_name(ctx, file_name))
    own_ids = pick_trained_on()
    if matches is None or declaration is None:
        return
    strangers = [name for name in own_ids if name not in draft.display_ids]
    if strangers:
        raise NotFoundError("whoever it was trained on must be in the table", value=strangers[:5])
    trained_on = [draft.display_ids[name] for name in own_ids]
    prepared = registering.prepare(outside, cohort, matches, declaration, tuple(trained_on))
    st.header(say("data.step_scores"), anchor="scores")
    st.markdown(say("data.scores_intro"))
    show_scores(prepared, draft.display_ids)
    if st.button(say("data.save"), key="data_save"):
        registering.save(ctx, source, draft, prepared)
        st.rerun()


def _check_patients(
    ctx: Context, source: SourceTable, outside: OutsideModel
) -> tuple[CohortDraft, Cohort] | None:
    """The patients as they would be kept; None before the user has answered everything."""
    show_source(source)
    st.header(say("data.step_schema"), anchor="schema")
    schema = _describe(ctx, source, outside)
    if schema is None:
        return None
    st.header(say("data.step_identifiers"), anchor="identifiers")
    treatments = pick_treatments(registering.scan(source, schema), schema)
    attested_by = st.text_input(say("data.attest"), key="data_attest", help=say("data.attest_help"))
    if treatments is None or not attested_by.strip():
        st.caption(say("data.before_checking"))
        return None
    draft = registering.check_patients(source, schema, treatments, attested_by)
    if not accept_rows(draft):
        return None
    return draft, registering.read_back(ctx, source, draft)


def _describe(ctx: Context, source: SourceTable, outside: OutsideModel) -> Schema | None:
    """What the columns mean, as guessed and then corrected; None without a name for the cohort."""
    name = name_cohort(registering.first_name(ctx, source.name))
    if not name:
        return None
    registering.require_new(ctx, name)
    guessed = registering.propose(source, name, outside)
    patient_id, outcome = pick_columns(source, guessed)
    clusters = pick_clusters(source, guessed)
    proposal = registering.propose(
        source, name, outside, patient_id=patient_id, outcome=outcome, clusters=clusters
    )
    return correct_schema(proposal, say_outcome(proposal.schema))
