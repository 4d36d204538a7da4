"""Who opened one patient, and did what: the answer to a patient who asks."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import state
from dashboard.components.audit_records import below_of, show_page
from dashboard.components.choice_picker import pick_one
from dashboard.context import Context
from dashboard.services import auditing, record
from dashboard.view_models.audit import record_table, records_csv
from dashboard.wording import say
from explainers.audit import Selection

KEY = "audit_patient_id"


def show_about_patient(ctx: Context) -> None:
    """Every entry about a patient whose id is typed in; the id enters no address and no entry."""
    st.header(say("audit.about"), anchor=False)
    st.caption(say("audit.about_intro"))
    cohort, typed = _pick(ctx)
    if not typed:
        return
    models = {digest: facts.name for digest, facts in auditing.models_by_digest(ctx).items()}
    about = auditing.seek_patient(ctx, cohort, typed)
    told = "audit.about_opened" if about.n_opened else "audit.about_never"
    st.markdown(say(told, n=f"{about.n_opened:,}", people=f"{about.n_people:,}"))
    turned = f"audit_about_{about.key}"
    wanted = Selection(patient=about.key)
    found = auditing.records(ctx, replace(wanted, below=below_of(turned)))
    page = record_table(found[: auditing.AT_ONCE], models)
    show_page(found, page, turned, none=say("audit.records_none"))
    st.download_button(
        say("audit.export"),
        record.export(
            lambda: records_csv(auditing.records_to_export(ctx, wanted), models),
            "audit-patient",
            "csv",
        ),
        file_name="pellucid-audit-patient.csv",
        mime="text/csv",
        on_click="ignore",
        key="download_audit_patient",
    )


def _pick(ctx: Context) -> tuple[str, str]:
    """Name of a cohort, and what was typed as an id."""
    names = auditing.cohorts_on_record(ctx)
    sides = st.columns(2, gap="medium")
    with sides[0]:
        words = {name: name for name in names}
        cohort = pick_one("audit_cohort", names, words, label=say("audit.about_cohort"))
    with sides[1]:
        st.text_input(say("audit.about_id"), key=KEY, max_chars=64, autocomplete="off")
    return cohort, state.text_typed(KEY).strip()
