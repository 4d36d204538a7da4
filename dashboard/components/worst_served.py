"""The groups served worst: found by a search, and asked about on patients it did not see."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart, show_statistics
from dashboard.components.export import offer_csv
from dashboard.services.evaluation import overall
from dashboard.services.worst_served import worst_served
from dashboard.view_models.worst_served import (
    at_threshold,
    chart_table,
    detectable_sentence,
    finding,
    searched_sentence,
    slice_export,
    slice_rows,
    what_is_wrong,
    withheld_sentence,
)
from dashboard.wording import plain, say, teach
from explainers.charts.forest import forest_alt, forest_chart, forest_table
from explainers.core.study import Study
from explainers.subgroups.discovery import Discovery, FoundSlice

PAGE = "slice-discovery"


def show_worst_served(study: Study) -> None:
    """What was searched, what is confirmed, every group that was brought, and its figures."""
    st.markdown(say("groups.slices_intro"))
    with st.spinner(say("groups.slices_running")):
        discovery = worst_served(study)
    if discovery.reason:
        st.info(plain(discovery.reason))
        return
    st.header(say("groups.slices_confirmed"), anchor=False)
    st.info(finding(discovery))
    st.caption(searched_sentence(discovery))
    if discovery.slices:
        _show_found(discovery, study)
    if discovery.confirmed:
        st.caption(detectable_sentence(discovery))
    _show_searched(discovery)


def _show_found(discovery: Discovery, study: Study) -> None:
    for at, found in enumerate(discovery.slices, start=1):
        if found.is_confirmed:
            _show_slice(found, study, at)
    (everybody,) = overall(study, ("oe_ratio",))
    table = chart_table(discovery, everybody)
    st.header(say("groups.slices_chart"), anchor=False)
    show_chart(
        forest_chart(table, mode=chart_mode()),
        key="worst_served",
        alt=forest_alt(table),
        table=forest_table(table),
        help_text=teach("groups.slices_chart_hint"),
        page=PAGE,
    )
    st.header(say("groups.slices_table"), anchor=False)
    show_statistics(
        slice_rows(discovery),
        key="worst_served_figures",
        alt=say("groups.slices_table"),
        help_text=teach("groups.slices_table_hint"),
        page=PAGE,
    )
    if told := withheld_sentence(discovery):
        st.caption(told)
    offer_csv(slice_export(discovery, study), f"{study.model.name}-worst-served", key="slices")


def _show_slice(found: FoundSlice, study: Study, at: int) -> None:
    with st.container(border=True, key=f"slice-{at}"):
        st.subheader(say("groups.slices_name", at=at, words=plain(found.text)), anchor=False)
        st.markdown(what_is_wrong(found))
        told = at_threshold(found, study)
        if told:
            st.markdown(told)


def _show_searched(discovery: Discovery) -> None:
    st.caption(say("groups.slices_attributes", names=plain(", ".join(discovery.attributes))))
    if discovery.left_out:
        st.caption(say("groups.slices_left_out", names=plain(", ".join(discovery.left_out))))
    if discovery.n_withheld:
        st.caption(say("groups.slices_n_withheld", n=discovery.n_withheld))
