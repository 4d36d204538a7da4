"""Who is selected by each label, what need they have, and what each correction gives."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart, show_statistics
from dashboard.components.export import offer_csv
from dashboard.view_models.labels import (
    correction_rows,
    export_table,
    finding,
    format_top,
    merged_note,
    need_rows,
    overlap_sentences,
    picked_note,
    ranking_note,
    share_note,
)
from dashboard.wording import plain, say, teach
from explainers.charts.need_by_risk import (
    need_by_risk_alt,
    need_by_risk_chart,
    need_by_risk_table,
)
from explainers.charts.selection import selection_alt, selection_chart, selection_table
from explainers.subgroups.label_choice import LabelChoice

PAGE = "label-choice"


def show_finding(choice: LabelChoice) -> None:
    """The finding in plain words, and what to doubt about it first."""
    if note := share_note(choice):
        st.caption(note)
    st.info(finding(choice))
    for note in (merged_note(choice), ranking_note(choice), picked_note(choice)):
        if note:
            st.caption(note)
    st.caption(
        say("labels.how", n=f"{choice.n:,}", n_train=f"{choice.n_train:,}")
        + " "
        + say("labels.doubt")
    )


def show_selected(choice: LabelChoice) -> None:
    """Who is selected, by each label."""
    st.header(say("labels.selected"), anchor=False)
    show_chart(
        selection_chart(choice, mode=chart_mode()),
        key="selection",
        alt=selection_alt(choice),
        table=selection_table(choice),
        help_text=teach("labels.selected_help", n=f"{choice.n_selected:,}"),
        page=PAGE,
    )
    st.caption(" ".join(overlap_sentences(choice)))


def show_need(choice: LabelChoice) -> None:
    """What need the selected have, and need at each level of predicted risk."""
    st.header(say("labels.need"), anchor=False)
    show_statistics(
        need_rows(choice),
        key="concentration",
        alt=say("labels.need"),
        help_text=teach("labels.need_help"),
        page=PAGE,
    )
    st.subheader(say("labels.curves"), anchor=False)
    show_chart(
        need_by_risk_chart(choice, mode=chart_mode()),
        key="need-by-risk",
        alt=need_by_risk_alt(choice),
        table=need_by_risk_table(choice),
        help_text=teach("labels.curves_help", top=format_top(choice.top)),
        page=PAGE,
    )


def show_corrections(choice: LabelChoice) -> None:
    """Both ways of correcting, told apart."""
    st.header(say("labels.corrections"), anchor=False)
    st.markdown(say("labels.corrections_intro"))
    need = plain(choice.labels[1].label)
    for way in ("everybody", "one_way"):
        reference = plain(choice.reference)
        st.markdown(say(f"labels.way_{way}", need=need, reference=reference))
    show_statistics(
        correction_rows(choice),
        key="corrections",
        alt=say("labels.corrections"),
        help_text=teach("labels.corrections_help"),
        page=PAGE,
    )
    st.caption(say("labels.published"))
    st.caption(say("labels.suppressed", floor=choice.floor))
    offer_csv(export_table(choice), f"{choice.model}-labels", key="labels")
