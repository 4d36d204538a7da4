"""Every statistic of every group, and how far each group is from the reference group."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import show_statistics
from dashboard.components.export import offer_csv
from dashboard.services.evaluation import group_tables
from dashboard.services.groups import simultaneous_gaps
from dashboard.view_models.group_parts import gap_rows, n_gaps, shrunk_export, shrunk_rows
from dashboard.view_models.groups import absence_notes, export_table
from dashboard.wording import plain, say, teach
from explainers.charts import forest_panels_table
from explainers.charts.wording import format_percent
from explainers.core.study import Study
from explainers.core.subgroup import SubgroupTable
from explainers.disclosure.suppression import SMALLEST_CELL
from explainers.performance.metrics import find_metric
from explainers.subgroups.shrinkage import shrink_table

WITHOUT_THRESHOLD = ("prevalence", "oe_ratio", "calibration_slope", "auroc")
AT_THRESHOLD = ("standardized_net_benefit", "sensitivity", "specificity", "ppv", "npv")
SHRUNK = ("oe_ratio", "sensitivity")
COMPARED = ("auroc", "sensitivity", "specificity")


def show_figures(study: Study, by: tuple[str, ...]) -> None:
    """Three tables: ranking and calibration, the threshold, and gaps."""
    tables = group_tables(study, by, WITHOUT_THRESHOLD + AT_THRESHOLD)
    st.header(say("groups.figures_risk"), anchor=False)
    show_statistics(
        forest_panels_table(tables[: len(WITHOUT_THRESHOLD)]),
        key="figures_risk",
        alt=say("groups.figures_risk"),
        help_text=teach("groups.figures_risk_hint"),
        page="comparing-groups",
    )
    title = say("groups.figures_threshold", threshold=format_percent(study.threshold))
    st.header(title, anchor=False)
    at_threshold = forest_panels_table(tables[len(WITHOUT_THRESHOLD) :])
    show_statistics(
        at_threshold.drop(columns=["n", "Events"]),
        key="figures_threshold",
        alt=title,
        help_text=teach("groups.figures_threshold_hint"),
        page="sensitivity",
    )
    st.caption(say("groups.suppressed", floor=SMALLEST_CELL))
    for note in absence_notes(tables):
        st.caption(plain(note))
    offer_csv(export_table(tables, study), f"{study.model.name}-all-figures", key="figures")
    _show_gaps(study, by)
    if len(by) > 1:
        for table in tables:
            if table.metric in SHRUNK:
                _show_shrunk(table, study)


def _show_gaps(study: Study, by: tuple[str, ...]) -> None:
    gaps = simultaneous_gaps(study, by, COMPARED)
    st.header(say("groups.gaps"), anchor=False)
    reference = plain(gaps[0].reference_group)
    show_statistics(
        gap_rows(gaps),
        key="gaps",
        alt=say("groups.gaps"),
        help_text=teach("groups.gaps_hint", n=n_gaps(gaps), reference=reference),
        page="multiplicity",
    )
    offer_csv(export_table(gaps, study), f"{study.model.name}-gaps", key="gaps")


def _show_shrunk(table: SubgroupTable, study: Study) -> None:
    """Intersections are small: their sensitivity as counted, and drawn towards the mean of all."""
    groups = shrink_table(table)
    if not groups:
        return
    label = find_metric(table.metric).label
    title = say("groups.shrunk", statistic=label)
    st.header(title, anchor=False)
    show_statistics(
        shrunk_rows(groups),
        key=f"shrunk_{table.metric}",
        alt=title,
        help_text=teach("groups.shrunk_hint"),
        page="shrinkage",
    )
    name = f"{study.model.name}-shrunk-{table.metric}"
    offer_csv(shrunk_export(groups, study), name, key=f"shrunk_{table.metric}")
