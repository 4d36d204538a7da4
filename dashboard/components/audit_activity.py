"""How much was done when, and by whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from dashboard.components.audit_filter import AuditFilter, pick_filter
from dashboard.components.chart import chart_mode, show_chart, show_table
from dashboard.context import Context
from dashboard.services.auditing import activity, actors, counted_until
from dashboard.view_models.audit import people_table, periods_of, series_of
from dashboard.wording import say, teach
from explainers.charts.activity import activity_alt, activity_chart, activity_table
from explainers.disclosure.counts import SMALLEST_CELL

MOST_PEOPLE = 30


def show_activity(ctx: Context) -> None:
    """A chart over time, and a row for each person."""
    asked = pick_filter(ctx)
    st.header(say("audit.activity"), anchor=False)
    with st.spinner(say("audit.counting")):
        _show_chart(ctx, asked)
        _show_people(ctx, asked)


def _show_chart(ctx: Context, asked: AuditFilter) -> None:
    # Every action is counted, and those of other kinds are left out here: the database answers
    # from its index by time, which has no other order.
    every = activity(ctx, replace(asked.wanted, actions=()), asked.span.step)
    names = {str(action) for action in asked.wanted.actions}
    counts = [one for one in every if not names or one.action in names]
    periods = periods_of(counts, asked.span, datetime.now(UTC).date())
    series = series_of(counts, periods, asked.kind)
    show_chart(
        activity_chart(periods, series, mode=chart_mode()),
        key="audit-activity",
        alt=activity_alt(periods, series),
        table=activity_table(periods, series),
        help_text=teach("hints.audit_activity"),
        page="who-saw-what",
    )
    if asked.span.step != "day":
        st.caption(say("audit.until_midnight", day=counted_until(asked.span.step)))
    if any(None in one.counts for one in series):
        st.caption(say("audit.withheld_bars", most=SMALLEST_CELL - 1))


def _show_people(ctx: Context, asked: AuditFilter) -> None:
    every = actors(ctx, replace(asked.wanted, actions=()), asked.span.step)
    names = {str(action) for action in asked.wanted.actions}
    counts = [one for one in every if not names or one.action in names]
    st.header(say("audit.people"), anchor=False)
    if not counts:
        st.caption(say("audit.records_none"))
        return
    table = people_table(counts, asked.kind, SMALLEST_CELL)
    show_table(table.head(MOST_PEOPLE), key="record-people", alt=say("audit.people_alt"))
    if len(table) > MOST_PEOPLE:
        st.caption(say("audit.more_people", n=MOST_PEOPLE, total=f"{len(table):,}"))
