"""The statistics to read first, for everybody and each group."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.export import offer_csv
from dashboard.components.group_figures import COMPARED
from dashboard.services.evaluation import group_tables
from dashboard.services.groups import ratios_of_all, simultaneous_gaps
from dashboard.view_models.group_story import group_story
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

# The right measures first: whether risks are right, what deciding on them gains, whom it finds.
SHOWN = ("oe_ratio", "standardized_net_benefit", "sensitivity", "auroc")
NEXT = ("worst_served", "calibration", "decision", "mitigations")


def show_overview(study: Study, by: tuple[str, ...]) -> None:
    """What is found in a sentence, then calibration, net benefit, sensitivity and ranking."""
    tables = group_tables(study, by, SHOWN)
    gaps = simultaneous_gaps(study, by, COMPARED)[COMPARED.index("sensitivity")]
    story = group_story(tables, ratios_of_all(study, by), gaps, study.cohort.schema)
    st.info("\n\n".join(story))
    st.caption(say("groups.reference", reference=plain(tables[0].reference_group)))
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
    st.markdown(say("groups.next", **{part: say(f"groups.part_{part}") for part in NEXT}))
    offer_csv(export_table(tables, study), f"{study.model.name}-groups", key="groups")
