"""How the contributions of each input are spread over patients."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.detail_picker import pick_detail
from dashboard.components.export import offer_csv
from dashboard.services.behaviour import spread
from dashboard.view_models.behaviour import spread_export, spread_sentence
from dashboard.wording import teach
from explainers.charts.beeswarm import beeswarm_alt, beeswarm_chart, beeswarm_table
from explainers.core.attribution import Attribution
from explainers.core.study import Study


def show_beeswarm(study: Study, attribution: Attribution) -> None:
    """A row for each input, thick where many patients are."""
    by_concept = pick_detail("spread_detail", default="features")
    found, columns = spread(study, attribution, by_concept=by_concept), study.model.columns
    st.subheader(spread_sentence(found, columns), anchor=False)
    show_chart(
        beeswarm_chart(found, columns, mode=chart_mode()),
        key="beeswarm",
        alt=beeswarm_alt(found, columns),
        table=beeswarm_table(found, columns),
        help_text=teach("hints.beeswarm", floor=found.floor),
        page="beeswarm",
    )
    with st.container(horizontal=True, gap="small"):
        offer_csv(spread_export(found, study), f"{study.model.name}-spread", key="spread")
