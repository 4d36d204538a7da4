"""What a model is for, how good it is beside a simple one, and what it looks at."""

from __future__ import annotations

import streamlit as st

from dashboard.components.behaviour import show_behaviour
from dashboard.components.beside import put_beside
from dashboard.components.clusters_note import show_clusters
from dashboard.components.model_picker import pick_model
from dashboard.components.part import show_part
from dashboard.components.performance import show_performance
from dashboard.context import Context
from dashboard.services.library import study_of
from dashboard.view_models.model import fact_rows, inputs_sentence, never_inputs_sentence
from dashboard.wording import plain, say
from explainers.core.study import Study
from explainers.disclosure.held_out import held_out_size
from explainers.models.bundle import BundleFacts

# What the model is for and for whom; how it came about is read by few.
N_FIRST = 8


def render(ctx: Context) -> None:
    """Draw the model screen."""
    st.title(say("model.title"))
    st.markdown(say("model.intro"))
    with show_part():
        facts = pick_model(ctx)
        if facts is None:
            return
        study = study_of(ctx, facts)
        show_clusters(study, "model")
        left, right = put_beside("model")
        with left, show_part():
            _show_facts(study, facts)
        with right:
            with show_part():
                show_performance(ctx, study, facts)
            _show_data(study)
        show_behaviour(ctx, study, facts)


def _show_facts(study: Study, facts: BundleFacts) -> None:
    schema = study.cohort.schema
    st.header(say("model.facts"), anchor=False)
    rows = (
        *fact_rows(facts, schema),
        (say("model.inputs"), inputs_sentence(facts, schema)),
        (say("model.never"), never_inputs_sentence(schema)),
        (say("model.evaluated"), say("common.held_out", n=held_out_size(study))),
    )
    with st.container(border=True):
        for label, value in rows[:N_FIRST]:
            st.markdown(f"**{label}**  \n{plain(value)}")
        with st.expander(say("model.more_facts"), type="compact"):
            for label, value in rows[N_FIRST:]:
                st.markdown(f"**{label}**  \n{plain(value)}")


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
