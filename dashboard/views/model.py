"""What a model is for, how good it is beside a simple one, and what it looks at."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart, show_table
from dashboard.components.detail_picker import pick_detail
from dashboard.components.model_picker import pick_model
from dashboard.components.part import show_part
from dashboard.context import Context
from dashboard.services.evaluation import overall
from dashboard.services.explanations import importance
from dashboard.services.library import model_facts, study_of
from dashboard.view_models.model import (
    fact_rows,
    inputs_sentence,
    never_inputs_sentence,
    performance_rows,
)
from dashboard.wording import plain, say
from explainers.charts.importance import importance_alt, importance_chart, importance_table
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts

SHOWN_METRICS = (
    "prevalence",
    "auroc",
    "oe_ratio",
    "calibration_slope",
    "scaled_brier",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "net_benefit",
)


def render(ctx: Context) -> None:
    """Draw the model screen."""
    st.title(say("model.title"))
    st.markdown(say("model.intro"))
    with show_part():
        facts = pick_model(ctx)
        if facts is None:
            return
        study = study_of(ctx, facts)
        left, right = st.columns(2, gap="large")
        with left, show_part():
            _show_facts(study, facts)
        with right:
            with show_part():
                _show_performance(ctx, study, facts)
            with show_part():
                _show_importance(study)
        _show_data(study)


def _show_facts(study: Study, facts: BundleFacts) -> None:
    schema = study.cohort.schema
    st.header(say("model.facts"), anchor=False)
    rows = (
        *fact_rows(facts, schema),
        (say("model.inputs"), inputs_sentence(facts, schema)),
        (say("model.never"), never_inputs_sentence(schema)),
        (say("model.evaluated"), say("common.held_out", n=f"{len(study.cohort):,}")),
    )
    with st.container(border=True):
        for label, value in rows:
            st.markdown(f"**{label}**  \n{plain(value)}")


def _show_performance(ctx: Context, study: Study, facts: BundleFacts) -> None:
    st.header(say("model.performance"), anchor=False)
    if not study.is_labelled.any():
        st.info(say("patient.no_labels"))
        return
    comparator, title = None, ""
    with show_part():  # a comparator that cannot be opened leaves this model's own figures
        if facts.comparator:
            simple = model_facts(ctx, facts.comparator)
            comparator, title = overall(study_of(ctx, simple), SHOWN_METRICS), simple.title
    rows = performance_rows(overall(study, SHOWN_METRICS), comparator, title)
    show_table(rows, key="performance", alt=say("model.performance"))
    st.caption(say("model.performance_help"))


def _show_importance(study: Study) -> None:
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


def _show_data(study: Study) -> None:
    facts = study.cohort.schema.facts
    st.header(say("model.caveats"), anchor=False)
    st.markdown("\n".join(f"- {plain(caveat)}" for caveat in facts.caveats))
    for key, value in (
        ("source", facts.source),
        ("licence", facts.licence),
        ("agreement", facts.agreement),
    ):
        st.caption(f"**{say(f'model.{key}')}.** {plain(value or say('common.not_provided'))}")
