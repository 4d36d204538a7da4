"""A hospital's own patients and model: the steps of ``pellucid register``, on one page."""

from __future__ import annotations

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
    correct_schema,
    pick_table,
    pick_treatments,
    show_source,
)
from dashboard.context import Context
from dashboard.services import registering
from dashboard.wording import say
from explainers.core.cohort import Cohort
from explainers.disclosure.roles import Permission
from explainers.errors import NotFoundError
from explainers.intake.source_file import SourceTable
from explainers.models.outside_file import OutsideModel
from explainers.registration import CohortDraft, ModelDraft, prepare_model


def render(ctx: Context) -> None:
    """Draw the steps, each once the one before it is done."""
    st.title(say("data.title"))
    st.markdown(say("data.intro"))
    with show_part():
        ctx.person.require(Permission.REGISTER)
        if ctx.root is None:
            st.info(say("data.no_workspace"))
            return
        st.header(say("data.step_files"), anchor="files")
        source, outside = pick_table(ctx), pick_model_file()
        if source is not None and outside is not None:
            _go_on(ctx, source, outside)


def _go_on(ctx: Context, source: SourceTable, outside: OutsideModel) -> None:
    show_source(source)
    checked = _check_patients(ctx, source, outside)
    if checked is None:
        return
    draft, cohort = checked
    st.caption(say("data.checked", n=f"{len(cohort):,}", left=f"{draft.n_left_out:,}"))
    st.header(say("data.step_model"), anchor="model")
    matches = match_inputs(outside, cohort.schema)
    declaration = declare_model(cohort.schema)
    own_ids = pick_trained_on()
    if matches is None or declaration is None:
        return
    strangers = [name for name in own_ids if name not in draft.display_ids]
    if strangers:
        raise NotFoundError("whoever it was trained on must be in the table", value=strangers[:5])
    trained_on = [draft.display_ids[name] for name in own_ids]
    prepared = prepare_model(outside, cohort, matches, declaration, trained_on=trained_on)
    st.header(say("data.step_scores"), anchor="scores")
    st.markdown(say("data.scores_intro"))
    show_scores(prepared)
    _offer_to_save(ctx, source, draft, prepared)


def _check_patients(
    ctx: Context, source: SourceTable, outside: OutsideModel
) -> tuple[CohortDraft, Cohort] | None:
    """The patients as they would be kept; None before the user has answered everything."""
    st.header(say("data.step_schema"), anchor="schema")
    name = st.text_input(say("data.cohort_name"), key="data_cohort", help=say("data.name_help"))
    if not name:
        return None
    ctx.workspace.new_cohort_directory(name)
    schema = correct_schema(registering.propose(source, name, outside))
    st.header(say("data.step_identifiers"), anchor="identifiers")
    treatments = pick_treatments(registering.scan(source, schema), schema)
    attested_by = st.text_input(say("data.attest"), key="data_attest", help=say("data.attest_help"))
    good_rows = st.checkbox(say("data.good_rows"), key="data_good_rows")
    if treatments is None or not attested_by.strip():
        st.caption(say("data.before_checking"))
        return None
    return registering.check_patients(
        ctx, source, schema, treatments, attested_by, good_rows=good_rows
    )


def _offer_to_save(
    ctx: Context, source: SourceTable, draft: CohortDraft, prepared: ModelDraft
) -> None:
    if st.button(say("data.save"), key="data_save"):
        registering.save(ctx, source, draft, prepared)
        st.success(say("data.saved"))
        st.link_button(say("data.open"), f"./?model={prepared.facts.name}")
