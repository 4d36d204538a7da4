"""The parts of the groups screen: one at a time, only the open one is computed."""

from __future__ import annotations

import streamlit as st

from dashboard.components.error_rates import show_error_rates
from dashboard.components.group_curves import show_calibration, show_decision_curves
from dashboard.components.group_figures import show_figures
from dashboard.components.group_overview import show_overview
from dashboard.components.mitigation import show_mitigations
from dashboard.components.part import show_part
from dashboard.components.representation import show_representation
from dashboard.components.segment_picker import pick_segment
from dashboard.components.threshold_laboratory import show_laboratory
from dashboard.components.worst_served import show_worst_served
from dashboard.context import Context
from dashboard.wording import plain, say
from explainers.charts.wording import format_percent
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts

KEY = "groups_part"
WITHOUT_LABELS = "representation"
MITIGATIONS = "mitigations"
WORST_SERVED = "worst_served"
PARTS = (
    "overview",
    "calibration",
    "decision",
    WORST_SERVED,
    "thresholds",
    MITIGATIONS,
    "figures",
    WITHOUT_LABELS,
    "arithmetic",
)
OF_ATTRIBUTES = {
    "overview": show_overview,
    "figures": show_figures,
    "arithmetic": show_error_rates,
}
AROUND_DECLARED = {"decision": show_decision_curves, "thresholds": show_laboratory}


def show_group_parts(ctx: Context, study: Study, facts: BundleFacts, by: tuple[str, ...]) -> None:
    """The part that is asked for.

    Parameters
    ----------
    ctx : Context
    study : Study
        At the threshold that stands in the page's field.
    facts : BundleFacts
        With the declared threshold: what is counted at several thresholds is counted around it.
    by : tuple of str
        One or two attributes.
    """
    part = _pick_part()
    with show_part():
        if part in OF_ATTRIBUTES:
            OF_ATTRIBUTES[part](study, by)
            return
        if part == WORST_SERVED:
            show_worst_served(_at_declared(study, facts.threshold))
            return
        if len(by) > 1:
            label = study.cohort.schema.group(by[0]).label
            st.caption(say("groups.one_attribute", attribute=plain(label)))
        if part in AROUND_DECLARED:
            AROUND_DECLARED[part](_at_declared(study, facts.threshold), by[0])
        elif part == MITIGATIONS:
            show_mitigations(ctx, _at_declared(study, facts.threshold), facts, by[0])
        elif part == "calibration":
            show_calibration(study, by[0])
        else:
            show_representation(ctx, study, facts, by[0])


def _at_declared(study: Study, declared: float) -> Study:
    """The study at its declared threshold, and a word where somebody moved it."""
    if study.threshold == declared:
        return study
    st.caption(say("groups.around_declared", declared=format_percent(declared)))
    return study.with_threshold(declared)


def _pick_part() -> str:
    return pick_segment(KEY, PARTS, label=say("groups.part"), name_of=_part_name)


def _part_name(part: str) -> str:
    return say(f"groups.part_{part}")
