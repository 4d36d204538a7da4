"""Bringing a table: which, what may identify somebody in it, and what its columns mean."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.context import Context
from dashboard.services import registering
from dashboard.view_models.registering import corrected_schema, hit_words, schema_rows
from dashboard.wording import plain, say
from explainers.core.schema import Schema
from explainers.intake.identifiers import IdentifierReport, Treatment, TreatmentKind
from explainers.intake.proposal import Proposal
from explainers.intake.schema_file import KINDS, ROLES
from explainers.intake.source_file import SourceTable

UNTREATED = ""


def pick_table(ctx: Context) -> SourceTable | None:
    """An uploaded file, or one of the workspace's inbox; None before."""
    with_plain_names = st.checkbox(
        say("data.plain_names"), key="data_plain", help=say("data.plain_names_help")
    )
    file = st.file_uploader(say("data.table"), key="data_table", help=say("data.table_help"))
    if file is not None:
        return registering.read_upload(
            file.getvalue(), file.name, with_plain_names=with_plain_names
        )
    waiting = registering.inbox_files(ctx)
    if not waiting:
        return None
    name = st.selectbox(say("data.inbox"), waiting, index=None, key="data_inbox")
    if name is None:
        return None
    return registering.read_inbox(ctx, name, with_plain_names=with_plain_names)


def show_source(source: SourceTable) -> None:
    """How large it is, and what was found out or changed in reading it."""
    st.caption(
        say("data.read", n=f"{len(source.table):,}", columns=f"{len(source.table.columns):,}")
    )
    if source.notes:
        st.caption(plain(" ".join(source.notes)))


def correct_schema(proposal: Proposal) -> Schema:
    """The proposed schema, and what is doubtful in it, as a table to correct."""
    with st.expander(say("data.doubts", n=len(proposal.doubts)), key="data_doubts"):
        for guess in proposal.doubts:
            st.markdown(f"- {plain(guess.column)}: {plain(guess)}")
    rows = pd.DataFrame(schema_rows(proposal.schema))
    edited = st.data_editor(
        rows,
        key=f"data_schema_{proposal.schema.facts.name}",
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
    return corrected_schema(
        proposal.schema,
        _rows_of(edited),
    )


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
    if not suspects:
        st.caption(say("data.no_hits"))
        return {}
    found = {column: _pick_treatment(report, column) for column in suspects}
    treatments = {column: one for column, one in found.items() if one is not None}
    return treatments if len(treatments) == len(suspects) else None


def _pick_treatment(report: IdentifierReport, column: str) -> Treatment | None:
    words = {UNTREATED: say("data.untreated")} | {
        str(kind): say(f"data.treat_{kind}") for kind in TreatmentKind
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
        name = st.text_input(say("data.justified_by"), key=f"data_by_{column}")
        reason = st.text_input(say("data.justified_why"), key=f"data_why_{column}")
        return Treatment(TreatmentKind.JUSTIFY, name, reason) if name and reason else None
