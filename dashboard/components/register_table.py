"""Bringing a table: which, what may identify somebody in it, and what its columns mean."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import state
from dashboard.context import Context
from dashboard.services import registering
from dashboard.view_models.registering import (
    corrected_schema,
    event_values,
    fitting_treatments,
    hit_words,
    problem_rows,
    schema_rows,
)
from dashboard.wording import plain, say
from explainers.core.schema import Schema
from explainers.intake.identifiers import IdentifierReport, Treatment, TreatmentKind
from explainers.intake.proposal import Proposal
from explainers.intake.schema_file import KINDS, ROLES
from explainers.intake.schema_writing import write_schema
from explainers.intake.source_file import SourceTable
from explainers.registration import CohortDraft

UNTREATED = ""
MOST_ROWS_AT_ONCE = 20
# Guesses that have a field of their own above the table.
ASKED = ("noun", "at_least", "equals")


def pick_table(ctx: Context) -> SourceTable | None:
    """An uploaded file, or one of the workspace's inbox; None before."""
    file = st.file_uploader(say("data.table"), key="data_table", help=say("data.table_help"))
    if file is not None:
        return registering.read_upload(file.getvalue(), file.name)
    waiting = registering.inbox_files(ctx)
    if not waiting:
        return None
    name = st.selectbox(say("data.inbox"), waiting, index=None, key="data_inbox")
    if name is None:
        return None
    return registering.read_inbox(ctx, name)


def show_source(source: SourceTable) -> None:
    """How large it is, and what was found out or changed in reading it."""
    st.caption(
        say("data.read", n=f"{len(source.table):,}", columns=f"{len(source.table.columns):,}")
    )
    if source.notes:
        st.caption(plain(" ".join(source.notes)))


def name_cohort(first: str) -> str:
    """A name for the patients; as their file is called at first."""
    state.start_with("data_cohort", first)
    return st.text_input(say("data.cohort_name"), key="data_cohort", help=say("data.name_help"))


def pick_columns(source: SourceTable, guessed: Proposal) -> tuple[str, str]:
    """The columns of the patients' ids ("" where there is none) and of the outcome."""
    columns = [str(name) for name in source.table.columns]
    known = [one.column for outcome in guessed.schema.outcomes for one in outcome.any_of]
    ids, outcomes = st.columns(2)
    patient_id = _pick_column(ids, "id", columns, guessed.schema.patient_id, source)
    outcome = _pick_column(outcomes, "outcome", columns, known[0] if known else "", source)
    return patient_id, outcome


def pick_clusters(source: SourceTable, guessed: Proposal) -> tuple[str, str]:
    """The columns that say whose row each is, and where; "" where there is none."""
    columns = [str(name) for name in source.table.columns]
    sites = [
        column.name
        for column in guessed.schema.columns
        if column.kind == "category" and column.role in ("feature", "attribute")
    ]
    persons, places = st.columns(2)
    person = _pick_column(persons, "person", columns, guessed.schema.person, source)
    site = _pick_column(places, "site", sites, guessed.schema.site, source)
    return person, site


def _pick_column(
    place: DeltaGenerator, what: str, names: list[str], guessed: str, source: SourceTable
) -> str:
    """The name that is chosen, "" for none."""
    chosen = place.selectbox(
        say(f"data.column_{what}"),
        names,
        index=_place(guessed, names),
        placeholder=say(f"data.no_column_{what}"),
        key=f"data_{what}_{source.digest}",
        help=say(f"data.column_help_{what}"),
    )
    return chosen or ""


def _place(name: str, names: list[str]) -> int | None:
    return names.index(name) if name in names else None


def say_outcome(schema: Schema) -> Schema:
    """Which value means that a patient has the outcome, and the words for it."""
    if not schema.outcomes:
        return schema
    outcome = schema.outcomes[0]
    condition = outcome.any_of[0]
    values, words = st.columns(2)
    if condition.equals is not None:
        levels = event_values(schema.column(condition.column))
        level = values.selectbox(
            say("data.event"),
            levels,
            index=_place(condition.equals, list(levels)),
            key=f"data_event_{condition.column}",
        )
        condition = replace(condition, equals=level)
    else:
        limit = values.number_input(
            say("data.event_from"), value=condition.at_least, key=f"data_event_{condition.column}"
        )
        condition = replace(condition, at_least=limit)
    noun = words.text_input(
        say("data.noun"), value=outcome.noun, key=f"data_noun_{condition.column}"
    )
    noun = noun.strip() or outcome.noun
    return replace(schema, outcomes=(replace(outcome, any_of=(condition,), noun=noun),))


def correct_schema(proposal: Proposal, schema: Schema) -> Schema:
    """The proposed schema, and what is doubtful in it, as a table to correct."""
    doubts = [guess for guess in proposal.doubts if guess.column and guess.what not in ASKED]
    with st.expander(say("data.doubts", n=len(doubts)), key="data_doubts"):
        for guess in doubts:
            st.markdown(f"- {plain(guess.column)}: {plain(guess)}")
    st.caption(say("data.schema_intro"))
    rows = pd.DataFrame(schema_rows(schema))
    # What was corrected stands by its row, so other rows need another table.
    shape = hashlib.sha256(write_schema(proposal.schema)).hexdigest()[:16]
    edited = st.data_editor(
        rows,
        key=f"data_schema_{shape}",
        height="content" if len(rows) <= MOST_ROWS_AT_ONCE else "auto",
        hide_index=True,
        disabled=["name"],
        column_config={
            "name": st.column_config.TextColumn(say("data.column")),
            "label": st.column_config.TextColumn(say("data.label")),
            "kind": st.column_config.SelectboxColumn(say("data.kind"), options=KINDS),
            "role": st.column_config.SelectboxColumn(
                say("data.role"), options=ROLES, help=say("data.role_help")
            ),
            "unit": st.column_config.TextColumn(say("data.unit")),
            "levels": st.column_config.TextColumn(say("data.levels"), help=say("data.levels_help")),
            "low": st.column_config.NumberColumn(say("data.low")),
            "high": st.column_config.NumberColumn(say("data.high")),
            "missing": st.column_config.TextColumn(say("data.missing")),
            "sensitive": st.column_config.CheckboxColumn(say("data.sensitive")),
        },
        alt=say("data.schema_alt"),
    )
    return corrected_schema(schema, _rows_of(edited))


def _rows_of(edited: pd.DataFrame) -> list[dict[str, object]]:
    names = list(map(str, edited.columns))
    cells = edited.to_numpy(dtype=object).tolist()
    return [dict(zip(names, row, strict=True)) for row in cells]


def pick_treatments(report: IdentifierReport, schema: Schema) -> dict[str, Treatment] | None:
    """What is done about each suspected column; None while one of them is left.

    Columns that the schema leaves out are dropped, so nothing is asked about them.
    """
    used = {column.name for column in schema.columns if column.role != "excluded"}
    suspects = [column for column in report.suspects if column in used]
    left_out = [column.name for column in schema.columns if column.role == "excluded"]
    if left_out:
        st.caption(say("data.dropped", columns=plain(", ".join(left_out))))
    if not suspects:
        st.caption(say("data.no_hits"))
        return {}
    found = {column: _pick_treatment(report, column) for column in suspects}
    treatments = {column: one for column, one in found.items() if one is not None}
    return treatments if len(treatments) == len(suspects) else None


def _pick_treatment(report: IdentifierReport, column: str) -> Treatment | None:
    words = {UNTREATED: say("data.untreated")} | {
        str(kind): say(f"data.treat_{kind}") for kind in fitting_treatments(report, column)
    }
    with st.container(border=True, gap="small"):
        st.markdown(f"**{plain(column)}**: {plain(hit_words(report, column))}")
        kind = st.selectbox(
            say("data.treatment"),
            tuple(words),
            format_func=words.__getitem__,
            key=f"data_treat_{column}",
            label_visibility="collapsed",
        )
        if kind == UNTREATED:
            return None
        if kind != TreatmentKind.JUSTIFY:
            return Treatment(TreatmentKind(kind))
        st.caption(say("data.justify_help"))
        name = st.text_input(say("data.justified_by"), key=f"data_by_{column}")
        reason = st.text_input(say("data.justified_why"), key=f"data_why_{column}")
        return Treatment(TreatmentKind.JUSTIFY, name, reason) if name and reason else None


def accept_rows(draft: CohortDraft) -> bool:
    """Whether the rows that fit may go on; the others are shown, a hundred faults at most."""
    n = len(draft.table)
    if not draft.n_left_out:
        st.caption(say("data.all_fit", n=f"{n:,}"))
        return True
    report = draft.problems
    st.warning(
        say("data.some_do_not_fit", n=f"{draft.n_left_out:,}", faults=f"{report.n_problems:,}")
    )
    if report.n_problems > len(report.problems):
        st.caption(say("data.first_faults", n=len(report.problems)))
    st.dataframe(
        pd.DataFrame(problem_rows(report.problems)), hide_index=True, alt=say("data.faults_alt")
    )
    return st.checkbox(
        say("data.good_rows", n=f"{n:,}", left=f"{draft.n_left_out:,}"), key="data_good_rows"
    )
