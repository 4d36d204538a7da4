"""The three statistics to read first, for everybody and each group."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.export import offer_csv
from dashboard.services.evaluation import group_tables
from dashboard.view_models.groups import (
    absence_notes,
    export_table,
    n_comparisons,
    reading_notes,
)
from dashboard.wording import plain, say, teach
from explainers.charts import forest_panels_alt, forest_panels_chart, forest_panels_table
from explainers.core.study import Study
from explainers.disclosure.suppression import SMALLEST_CELL
from explainers.subgroups.disaggregation import DEFAULT_METRICS


def show_overview(study: Study, by: tuple[str, ...]) -> None:
    """Ranking, calibration and sensitivity side by side."""
    tables = group_tables(study, by, DEFAULT_METRICS)
    st.caption(say("groups.reference", reference=plain(tables[0].reference_group)))
    st.info(say("groups.hidden"))
    show_chart(
        forest_panels_chart(tables, mode=chart_mode()),
        key="groups",
        alt=forest_panels_alt(tables),
        table=forest_panels_table(tables),
        help_text=teach("hints.groups"),
        page="comparing-groups",
    )
    st.caption(reading_notes(tables))
    st.caption(say("groups.suppressed", floor=SMALLEST_CELL))
    for note in absence_notes(tables):
        st.caption(plain(note))
    st.caption(say("groups.many", n=n_comparisons(tables)))
    offer_csv(export_table(tables, study), f"{study.model.name}-groups", key="groups")
