"""What was done with the predictions, by group of patients."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st

from dashboard.components.chart import chart_mode, show_chart, show_table
from dashboard.components.choice_picker import pick_one
from dashboard.context import Context
from dashboard.services.auditing import (
    DecisionsSoFar,
    decisions_by_group,
    groups_on_record,
    models_by_digest,
    this_month,
)
from dashboard.view_models.audit import decision_rows, reason_name
from dashboard.wording import say, teach
from explainers.charts.forest import forest_alt, forest_chart
from explainers.disclosure.counts import SMALLEST_CELL, shown_count
from explainers.models.bundle import BundleFacts


def show_decisions(ctx: Context) -> None:
    """Overridden, agreed with and set aside, by one attribute; and why they were overridden."""
    facts, by = _pick(ctx)
    if facts is None or not by:
        return
    with st.spinner(say("audit.counting")):
        found = decisions_by_group(ctx, facts, by)
    st.header(say("audit.decisions"), anchor=False)
    if not found.n_decided:
        through = (this_month() - timedelta(days=1)).isoformat()
        st.info(say("audit.decisions_none", through=through))
        return
    st.caption(say("audit.decisions_intro", through=found.through))
    _show_shares(found)
    _show_reasons(found)


def _pick(ctx: Context) -> tuple[BundleFacts | None, str]:
    models = {facts.name: facts for facts in models_by_digest(ctx).values()}
    if not models:
        st.info(say("audit.decisions_no_model"))
        return None, ""
    left, right = st.columns(2, gap="medium")
    titles = {name: facts.title for name, facts in models.items()}
    with left:
        name = pick_one("audit_of", tuple(models), titles, label=say("audit.model"))
    groups = groups_on_record(ctx, models[name])
    if not groups:
        st.info(say("audit.decisions_no_groups"))
        return models[name], ""
    with right:
        key = f"audit_by_{models[name].cohort}"
        return models[name], pick_one(key, tuple(groups), groups, label=say("audit.by"))


def _show_shares(found: DecisionsSoFar) -> None:
    table, label = found.tables.overridden, say("audit.override_label")
    show_chart(
        forest_chart(table, label, mode=chart_mode()),
        key="audit-decisions",
        alt=forest_alt(table, label),
        table=decision_rows(found.tables),
        help_text=teach("hints.audit_decisions"),
        page="who-saw-what",
    )
    st.caption(say("audit.suppressed", floor=SMALLEST_CELL))
    if found.n_elsewhere:
        st.caption(say("audit.decisions_elsewhere", n=shown_count(found.n_elsewhere)))


def _show_reasons(found: DecisionsSoFar) -> None:
    st.header(say("audit.reasons"), anchor=False)
    reasons = found.tables.reasons
    if not reasons:
        st.caption(say("audit.reasons_withheld"))
        return
    rows = [
        {
            say("audit.reason"): reason_name(reason),
            say("audit.patients"): say("audit.withheld") if n is None else f"{n:,}",
        }
        for reason, n in reasons
    ]
    show_table(pd.DataFrame(rows), key="record-reasons", alt=say("audit.reasons_alt"))
