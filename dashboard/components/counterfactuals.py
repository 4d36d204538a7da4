"""The smallest plausible changes with which the model would put the patient on the other side."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import show_statistics
from dashboard.components.editors import put_into_editors
from dashboard.services.alternatives import counterfactuals_of
from dashboard.view_models.alternatives import ANSWER_NAMES, answer_values, counterfactual_rows
from dashboard.wording import plain, say, teach
from explainers.alternatives import Counterfactuals
from explainers.charts.wording import format_percent
from explainers.core.study import Study


def show_counterfactuals(study: Study, patient_id: str, prefix: str) -> None:
    """A table with one column per answer, each of which can be put into the editors."""
    with st.skeleton(height=160):
        found = counterfactuals_of(study, patient_id)
    direction = "lower" if found.towards_lower else "higher"
    threshold = format_percent(found.threshold)
    st.subheader(say(f"changes.smallest_{direction}", threshold=threshold), anchor=False)
    if not found.answers:
        st.info(plain(found.reason))
        return
    show_statistics(
        counterfactual_rows(
            found, study.matrix[study.position_of(patient_id)], study.model.columns
        ),
        key="counterfactuals",
        alt=say(f"changes.smallest_{direction}", threshold=threshold),
        help_text=teach("changes.smallest_help"),
        page="counterfactuals",
    )
    _show_try(study, found, prefix)


def _show_try(study: Study, found: Counterfactuals, prefix: str) -> None:
    columns = study.model.columns
    with st.container(horizontal=True):
        for at, name in enumerate(ANSWER_NAMES[: len(found.answers)]):
            values = answer_values(found, at, columns)
            st.button(
                say("changes.try", name=name),
                key=f"try_{name}",
                on_click=put_into_editors,
                args=(prefix, columns, values),
            )
