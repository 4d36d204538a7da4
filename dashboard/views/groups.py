"""For whom the model works: statistics by group, with intervals, small cells withheld."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.group_picker import pick_attributes
from dashboard.components.model_picker import pick_model
from dashboard.components.part import show_part
from dashboard.components.threshold_picker import pick_threshold
from dashboard.context import Context
from dashboard.services.evaluation import group_tables
from dashboard.services.library import study_of
from dashboard.view_models.groups import (
    absence_notes,
    export_table,
    n_comparisons,
    reading_notes,
)
from dashboard.wording import plain, say
from explainers.charts import forest_panels_alt, forest_panels_chart, forest_panels_table
from explainers.core.study import Study
from explainers.core.subgroup import SubgroupTable
from explainers.disclosure.suppression import SMALLEST_CELL
from explainers.subgroups.disaggregation import DEFAULT_METRICS


def render(ctx: Context) -> None:
    """Draw the groups screen."""
    st.title(say("groups.title"))
    st.markdown(say("groups.intro"))
    with show_part():
        facts = pick_model(ctx)
        if facts is None:
            return
        study = study_of(ctx, facts)
        attribute_side, threshold_side = st.columns([3, 1], gap="large")
        with attribute_side:
            by = pick_attributes(study)
        with threshold_side:
            study = pick_threshold(study, facts)
        if not study.is_labelled.any():
            st.info(say("groups.no_labels"))
        elif not by:
            st.info(say("groups.empty"))
        else:
            _show_tables(study, group_tables(study, by, DEFAULT_METRICS))


def _show_tables(study: Study, tables: Sequence[SubgroupTable]) -> None:
    st.caption(say("groups.reference", reference=plain(tables[0].reference_group)))
    st.info(say("groups.hidden"))
    show_chart(
        forest_panels_chart(tables, mode=chart_mode()),
        key="groups",
        alt=forest_panels_alt(tables),
        table=forest_panels_table(tables),
        help_text=reading_notes(tables),
    )
    st.caption(say("groups.suppressed", floor=SMALLEST_CELL))
    for note in absence_notes(tables):
        st.caption(plain(note))
    st.caption(say("groups.many", n=n_comparisons(tables)))
    st.download_button(
        say("common.download"),
        export_table(tables, study),
        file_name=f"{study.model.name}-groups.csv",
        mime="text/csv",
        on_click="ignore",
    )
