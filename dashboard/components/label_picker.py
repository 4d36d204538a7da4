"""Choosing what label choice compares; every choice lives in the address."""

from __future__ import annotations

import streamlit as st

from dashboard.components.choice_picker import pick_one
from dashboard.wording import say
from explainers.core.schema import Schema
from explainers.subgroups.candidate_labels import candidate_outcomes
from explainers.subgroups.label_choice import LabelSettings

LEAST, MOST, USUAL = 1.0, 50.0, 10.0


def pick_label_settings(schema: Schema) -> LabelSettings:
    """The label in question, the need it is held against, the share selected, the attribute.

    Raises
    ------
    UnsupportedError
        When the schema has one outcome only.
    """
    usual = [outcome.name for outcome in candidate_outcomes(schema)]
    every = (*usual, *(one.name for one in schema.outcomes if one.name not in usual))
    names = {outcome.name: outcome.label for outcome in schema.outcomes}
    groups = {group.name: group.label for group in schema.groups}
    cohort = schema.facts.name
    left, right = st.columns(2, gap="large")
    with left:
        label = pick_one(
            f"label_{cohort}",
            every,
            names,
            label=say("labels.in_question"),
            help_text=say("labels.in_question_help"),
        )
        top = _pick_top()
    with right:
        need = pick_one(
            f"need_{cohort}",
            tuple(name for name in (*every[1:], every[0]) if name != label),
            names,
            label=say("labels.against"),
            help_text=say("labels.against_help"),
        )
        by = pick_one(f"label_by_{cohort}", tuple(groups), groups, label=say("labels.by"))
    others = [name for name in usual if name not in (label, need)]
    return LabelSettings(outcomes=(label, need, *others), top=top / 100, by=by)


def _pick_top() -> float:
    chosen: float = st.number_input(
        say("labels.top"),
        min_value=LEAST,
        max_value=MOST,
        value=USUAL,
        step=1.0,
        format="%.0f",
        key="top",
        bind="query-params",
        help=say("labels.top_help"),
    )
    return chosen
