"""What a model looks at, over everybody and beside each group."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.choice_picker import pick_attribute
from dashboard.components.detail_picker import pick_detail
from dashboard.components.export import offer_csv
from dashboard.services.behaviour import GroupedImportance, importance, importance_by
from dashboard.view_models.behaviour import gap_sentence, importance_export, lead_sentence
from dashboard.wording import plain, say, teach
from explainers.attribution.importance import ImportanceTable
from explainers.charts.importance import importance_alt, importance_chart, importance_table
from explainers.charts.importance_panels import (
    ImportancePanel,
    importance_panels_alt,
    importance_panels_chart,
    importance_panels_table,
)
from explainers.core.attribution import Attribution
from explainers.core.study import Study
from explainers.subgroups.reasons import compare_importance


def show_importance(study: Study, attribution: Attribution) -> None:
    """Mean size of the contributions, by concept or input, for everybody or by group."""
    with st.container(horizontal=True, gap="medium"):
        by_concept = pick_detail("model_detail")
        by = pick_attribute(study)
    table = importance(study, attribution, by_concept=by_concept)
    if by:
        found = importance_by(study, attribution, by, by_concept=by_concept)
        _show_groups(study, table, found)
    else:
        _show_everybody(study, table)


def _show_everybody(study: Study, table: ImportanceTable) -> None:
    names, estimates, columns = table.feature_names, table.estimates, study.model.columns
    st.subheader(lead_sentence(table, columns), anchor=False)
    show_chart(
        importance_chart(names, estimates, columns, scale=table.scale, mode=chart_mode()),
        key="importance",
        alt=importance_alt(names, estimates, columns, scale=table.scale),
        table=importance_table(names, estimates, columns, scale=table.scale),
        help_text=teach("hints.importance"),
        page="importance",
    )
    panels = [ImportancePanel(say("behaviour.all_patients"), table)]
    _show_foot(study, panels, "importance")


def _show_groups(study: Study, table: ImportanceTable, found: GroupedImportance) -> None:
    groups = found.groups
    if not found.tables:
        st.info(say("behaviour.no_groups"))
        return
    panels = [ImportancePanel(say("behaviour.all_patients"), table)]
    panels += [ImportancePanel(group.label, group.table) for group in found.tables]
    columns = study.model.columns
    gaps = compare_importance(found.tables, groups.reference)
    st.subheader(gap_sentence(gaps, columns), anchor=False)
    show_chart(
        importance_panels_chart(panels, columns, mode=chart_mode()),
        key="importance_by",
        alt=importance_panels_alt(panels, columns),
        table=importance_panels_table(panels, columns),
        help_text=teach("hints.importance_by"),
        page="importance",
    )
    if gaps:
        st.caption(say("behaviour.gap_many", n=f"{len(gaps):,}"))
    if groups.hidden:
        st.caption(say("behaviour.hidden", names=plain(", ".join(groups.hidden))))
    _show_foot(study, panels, "importance-by-group")


def _show_foot(study: Study, panels: list[ImportancePanel], name: str) -> None:
    with st.container(horizontal=True, gap="small"):
        offer_csv(importance_export(panels, study), f"{study.model.name}-{name}", key=name)
