"""Choosing a decision threshold, starting from the declared one."""

from __future__ import annotations

import streamlit as st

from dashboard.wording import plain, say
from explainers.charts.wording import format_percent
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts


def pick_threshold(study: Study, facts: BundleFacts) -> Study:
    """The study at the chosen threshold; the declared one unless somebody moves it."""
    declared = format_percent(facts.threshold)
    chosen = st.number_input(
        say("common.threshold"),
        min_value=0.1,
        max_value=99.9,
        value=round(facts.threshold * 100, 1),
        step=1.0,
        format="%.1f",
        key=f"threshold_{facts.name}",
        bind="query-params",
        help=say("common.threshold_help", declared=declared, reason=plain(facts.threshold_reason)),
    )
    if abs(chosen / 100 - facts.threshold) < 5e-4:
        return study
    st.caption(
        say("common.threshold_changed", chosen=format_percent(chosen / 100), declared=declared)
    )
    return study.with_threshold(chosen / 100)
