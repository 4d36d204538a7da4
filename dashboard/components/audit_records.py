"""The entries themselves, a page at a time, and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.components.audit_filter import AuditFilter, pick_filter
from dashboard.components.chart import show_table
from dashboard.context import Context
from dashboard.services import auditing, record
from dashboard.view_models.audit import record_table, records_csv, refusal_table
from dashboard.wording import say
from explainers.audit import Record


def show_refusals(ctx: Context) -> None:
    """Who was refused what, the newest first."""
    asked = pick_filter(ctx, with_kind=False)
    st.header(say("audit.refusals"), anchor=False)
    key = f"audit_refusals_{asked.key}"
    found = auditing.denied(ctx, replace(asked.wanted, below=below_of(key)))
    page = refusal_table(found[: auditing.AT_ONCE])
    show_page(found, page, key, none=say("audit.refusals_none"))


def show_records(ctx: Context) -> None:
    """Every entry that fits the filter, by pages, and a file of them."""
    asked = pick_filter(ctx)
    st.header(say("audit.records"), anchor=False)
    st.caption(say("audit.records_intro"))
    key = f"audit_records_{asked.key}"
    found = auditing.records(ctx, replace(asked.wanted, below=below_of(key)))
    page = record_table(found[: auditing.AT_ONCE], asked.models)
    show_page(found, page, key, none=say("audit.records_none"))
    if found:
        _offer_file(ctx, asked)


def below_of(key: str) -> int:
    """Only entries below this number stand on the page; 0 on the first one."""
    return int(state.choice(key) or 0)


def show_page(found: Sequence[Record], page: pd.DataFrame, key: str, *, none: str) -> None:
    """Up to fifty entries, and the ways to newer and older ones; ``none`` where there are none."""
    if not found:
        st.caption(none)
    else:
        show_table(page, key="record-entries", alt=say("audit.records_alt"))
    with st.container(horizontal=True):
        if below_of(key):
            st.button(
                say("audit.newer"),
                key="audit_newest",
                icon=":material/first_page:",
                on_click=state.set_widgets,
                args=({key: 0},),
            )
        if len(found) > auditing.AT_ONCE:
            st.button(
                say("audit.older"),
                key="audit_older",
                icon=":material/chevron_right:",
                on_click=state.set_widgets,
                args=({key: found[auditing.AT_ONCE - 1].seq},),
            )


def _offer_file(ctx: Context, asked: AuditFilter) -> None:
    st.download_button(
        say("audit.export"),
        record.export(partial(_write, ctx, asked), "audit-entries", "csv"),
        file_name="pellucid-audit.csv",
        mime="text/csv",
        on_click="ignore",
        key="download_audit",
    )
    st.caption(say("audit.export_most", n=f"{auditing.MOST_EXPORTED:,}"))


def _write(ctx: Context, asked: AuditFilter) -> str:
    """At the click: what is on record by then, the download itself included."""
    return records_csv(auditing.records_to_export(ctx, asked.wanted), asked.models)
