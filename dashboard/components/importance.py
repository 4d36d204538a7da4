"""What a model looks at."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.detail_picker import pick_detail
from dashboard.services.explanations import importance
from dashboard.wording import say
from explainers.charts.importance import importance_alt, importance_chart, importance_table
from explainers.core.study import Study


def show_importance(study: Study) -> None:
    """Mean size of the contributions, by clinical concept or by single input."""
    st.header(say("model.importance"), anchor=False)
    by_concept = pick_detail("model_detail")
    with st.skeleton(height=420):
        table = importance(study, by_concept=by_concept)
    names, estimates, columns = table.feature_names, table.estimates, study.model.columns
    show_chart(
        importance_chart(names, estimates, columns, scale=table.scale, mode=chart_mode()),
        key="importance",
        alt=importance_alt(names, estimates, columns, scale=table.scale),
        table=importance_table(names, estimates, columns, scale=table.scale),
        help_text=say("model.importance_help", n=f"{table.n_patients:,}"),
    )
