"""Two models of the same outcome side by side: how good, what they look at, whether they agree."""

from __future__ import annotations

import streamlit as st

from dashboard.components.attributions import wait_for_attribution
from dashboard.components.beside import put_beside
from dashboard.components.chart import chart_mode, show_chart, show_statistics
from dashboard.components.choice_picker import pick_one
from dashboard.components.detail_picker import pick_detail
from dashboard.components.export import offer_csv
from dashboard.components.part import show_part
from dashboard.components.performance import SHOWN_METRICS
from dashboard.components.threshold_picker import say_other_threshold
from dashboard.context import Context
from dashboard.services.behaviour import agreement, importance
from dashboard.services.evaluation import overall
from dashboard.services.groups import nearest_threshold
from dashboard.services.library import open_catalogue, study_of
from dashboard.view_models.behaviour import importance_export, method_note
from dashboard.view_models.behaviour_comparison import (
    agreement_rows,
    agreement_sentence,
    comparable_models,
    leading_sentence,
    performance_columns,
    unique_titles,
)
from dashboard.wording import say, teach
from explainers.charts.importance_panels import (
    ImportancePanel,
    importance_panels_alt,
    importance_panels_chart,
    importance_panels_table,
)
from explainers.charts.risk_agreement import (
    risk_agreement_alt,
    risk_agreement_chart,
    risk_agreement_table,
)
from explainers.charts.wording import format_percent
from explainers.core.attribution import Attribution
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts


def show_comparison(ctx: Context, study: Study, facts: BundleFacts) -> None:
    """The model of this page and another one, at the first one's threshold."""
    others = comparable_models(open_catalogue(ctx).models, facts)
    if not others:
        st.info(say("behaviour.compare_none"))
        return
    names = sorted(others, key=lambda name: (name != facts.comparator, name))
    chosen = pick_one(
        f"compare_{facts.name}",
        names,
        {name: other.title for name, other in others.items()},
        label=say("behaviour.compare_with"),
    )
    other = others[chosen]
    second = study_of(ctx, other)
    if second.cohort.digest != study.cohort.digest:
        st.info(say("behaviour.compare_none"))
        return
    titles = unique_titles(facts, other)
    left, right = put_beside("comparison")
    with left:
        with show_part():
            _show_performance(study, second, titles)
        with show_part():
            show_statistics(
                agreement_rows(agreement(study, second)),
                key="agreed",
                alt=say("behaviour.compare_risks"),
                help_text=teach("hints.agreed"),
                page="model-comparison",
            )
    with right, show_part():
        _show_agreement(study, second, titles)
    with show_part():
        own = wait_for_attribution(ctx, study, facts)
        its = None if own is None else wait_for_attribution(ctx, second, other)
        if own is not None and its is not None:
            _show_reasons((study, own), (second, its), titles)


def _show_performance(study: Study, second: Study, titles: tuple[str, str]) -> None:
    st.subheader(say("behaviour.compare_performance"), anchor=False)
    if not study.is_labelled.any():
        st.info(say("patient.no_labels"))
        return
    threshold = nearest_threshold(second, (), study.threshold)
    at_same = second.with_threshold(threshold)
    rows = performance_columns(
        titles, overall(study, SHOWN_METRICS), overall(at_same, SHOWN_METRICS)
    )
    show_statistics(
        rows,
        key="compared",
        alt=say("behaviour.compare_performance"),
        help_text=teach("hints.compared", threshold=format_percent(study.threshold)),
        page="model-comparison",
    )
    say_other_threshold(titles[1], threshold, study.threshold)


def _show_agreement(study: Study, second: Study, titles: tuple[str, str]) -> None:
    found = agreement(study, second)
    st.subheader(agreement_sentence(found), anchor=False)
    show_chart(
        risk_agreement_chart(found, *titles, mode=chart_mode()),
        key="agreement",
        alt=risk_agreement_alt(found, *titles),
        table=risk_agreement_table(found, *titles),
        help_text=teach("hints.agreement"),
        page="model-comparison",
    )


def _show_reasons(
    first: tuple[Study, Attribution], second: tuple[Study, Attribution], titles: tuple[str, str]
) -> None:
    (study, attribution), (other_study, other) = first, second
    by_concept = pick_detail("compared_detail")
    first_table = importance(study, attribution, by_concept=by_concept)
    second_table = importance(other_study, other, by_concept=by_concept)
    panels = [
        ImportancePanel(titles[0], first_table),
        ImportancePanel(titles[1], second_table),
    ]
    columns = (*study.model.columns, *other_study.model.columns)
    st.subheader(leading_sentence(first_table, second_table, columns), anchor=False)
    show_chart(
        importance_panels_chart(panels, columns, mode=chart_mode()),
        key="compared_reasons",
        alt=importance_panels_alt(panels, columns),
        table=importance_panels_table(panels, columns),
        help_text=teach("hints.compare_reasons"),
        page="importance",
    )
    with st.container(horizontal=True, gap="small"):
        name = f"{study.model.name}-{other_study.model.name}-importance"
        offer_csv(importance_export(panels, study), name, key="compared")
    st.caption(method_note(attribution, len(study.reference)))
