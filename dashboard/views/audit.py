"""The record of who saw and did what, for administrators and boards."""

from __future__ import annotations

import streamlit as st

from dashboard.components.audit_activity import show_activity
from dashboard.components.audit_chain import show_chain
from dashboard.components.audit_decisions import show_decisions
from dashboard.components.audit_patient import show_about_patient
from dashboard.components.audit_records import show_records, show_refusals
from dashboard.components.gate import show_not_permitted
from dashboard.components.part import show_part
from dashboard.components.segment_picker import pick_segment
from dashboard.context import Context
from dashboard.services import record
from dashboard.wording import say
from explainers.disclosure.roles import Permission

KEY = "audit_part"
# Parts made of single entries.
ENTRIES = ("records", "patient")
PARTS = {
    "activity": show_activity,
    "decisions": show_decisions,
    "refusals": show_refusals,
    "records": show_records,
    "patient": show_about_patient,
}


def render(ctx: Context) -> None:
    """Draw the audit screen."""
    if _asks_too_much(ctx):
        with show_part():
            record.denied(ctx, Permission.RECORDS, f"audit-{st.query_params[KEY]}")
            show_not_permitted(ctx, Permission.RECORDS)
        return
    st.title(say("audit.title"))
    st.markdown(say("audit.intro"))
    if ctx.root is None:
        st.error(say("audit.nothing_recorded"), title=say("audit.nothing_recorded_title"))
        return
    something = True
    with show_part():
        something = show_chain(ctx)
    if not something:
        return
    sees_entries = ctx.person.may(Permission.RECORDS)
    offered = [part for part in PARTS if sees_entries or part not in ENTRIES]
    with show_part():
        part = pick_segment(KEY, offered, label=say("audit.part"), name_of=_part_name)
        PARTS[part](ctx)


def _asks_too_much(ctx: Context) -> bool:
    """Whether the address asks a role that counts people for single entries."""
    return st.query_params.get(KEY) in ENTRIES and not ctx.person.may(Permission.RECORDS)


def _part_name(part: str) -> str:
    return say(f"audit.part_{part}")
