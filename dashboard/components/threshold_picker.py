"""Choosing a decision threshold, starting from the declared one."""

from __future__ import annotations

import streamlit as st

from dashboard.services import record
from dashboard.services.groups import nearest_threshold
from dashboard.wording import plain, say
from explainers.charts.wording import format_percent
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts


def pick_threshold(study: Study, facts: BundleFacts, by: tuple[str, ...]) -> Study:
    """The study at the chosen threshold; the declared one unless somebody moves it.

    Of the threshold that is typed the nearest is taken that may be shown: two a few people apart
    could be subtracted.
    """
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
        record.chose_threshold(study, facts.threshold)
        return study
    used = nearest_threshold(study, by, chosen / 100)
    record.chose_threshold(study, used)
    told = {"chosen": format_percent(used), "declared": declared}
    if used == facts.threshold:
        st.caption(say("common.threshold_none_near", **told))
        return study
    st.caption(say("common.threshold_changed", **told))
    if abs(used - chosen / 100) >= 5e-4:
        st.caption(say("common.threshold_snapped", typed=format_percent(chosen / 100), **told))
    if len(by) > 1:
        st.caption(say("common.threshold_crossed", **told))
    return study.with_threshold(used)


def say_other_threshold(title: str, used: float, wanted: float) -> None:
    """Beside another model's threshold: the one that its figures are at, where that differs."""
    if abs(used - wanted) >= 5e-4:
        st.caption(
            say(
                "common.threshold_other",
                title=plain(title),
                used=format_percent(used),
                wanted=format_percent(wanted),
            )
        )
