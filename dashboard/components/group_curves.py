"""Calibration and decision curves, a panel for each group that is large enough."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart, show_statistics
from dashboard.components.export import offer_csv
from dashboard.components.segment_picker import pick_segment
from dashboard.services.evaluation import group_tables
from dashboard.services.groups import calibration_curves, decision_curves
from dashboard.view_models.group_parts import (
    calibration_export,
    decision_export,
    drawn,
    harm_sentence,
    undrawn_notes,
)
from dashboard.wording import plain, say, teach
from explainers.charts import forest_panels_table
from explainers.charts.calibration_curves import (
    calibration_curves_alt,
    calibration_curves_chart,
    calibration_curves_table,
)
from explainers.charts.decision_curves import (
    decision_curves_alt,
    decision_curves_chart,
    decision_curves_table,
)
from explainers.charts.wording import format_percent
from explainers.core.study import Study
from explainers.performance.decision_curves import threshold_range

SCALES = ("standardized", "raw")
SCALE_KEY = "net_benefit_scale"


def show_calibration(study: Study, by: str) -> None:
    """A curve where 200 patients of either outcome allow it; observed over expected for all."""
    found = calibration_curves(study, by)
    curves = drawn(found)
    if curves:
        show_chart(
            calibration_curves_chart(curves, mode=chart_mode()),
            key="calibration",
            alt=calibration_curves_alt(curves),
            table=calibration_curves_table(curves),
            help_text=teach("groups.calibration_hint"),
            page="calibration",
        )
        offer_csv(
            calibration_export(curves, study), f"{study.model.name}-calibration", key="calibration"
        )
    for note in undrawn_notes(found):
        st.caption(plain(note))
    st.header(say("groups.calibration_ratio"), anchor=False)
    show_statistics(
        forest_panels_table(group_tables(study, (by,), ("oe_ratio", "calibration_slope"))),
        key="calibration_ratio",
        alt=say("groups.calibration_ratio"),
        help_text=teach("groups.calibration_ratio_hint"),
        page="observed-expected",
    )


def show_decision_curves(study: Study, by: str) -> None:
    """Net benefit over thresholds around the declared one, for everybody and each group."""
    st.markdown(harm_sentence(study.threshold))
    found = decision_curves(study, by, is_standardized=_pick_scale() == "standardized")
    curves = drawn(found)
    low, high = (format_percent(end) for end in threshold_range(study.threshold))
    if not curves:
        st.info(say("groups.no_decision_curve"))
    else:
        show_chart(
            decision_curves_chart(curves, study.threshold, mode=chart_mode()),
            key="decision",
            alt=decision_curves_alt(curves, study.threshold),
            table=decision_curves_table(curves),
            help_text=teach("groups.decision_hint"),
            page="decision-curves",
        )
        st.caption(say("groups.decision_range", low=low, high=high))
        offer_csv(decision_export(curves, study), f"{study.model.name}-decision", key="decision")
    for note in undrawn_notes(found):
        st.caption(plain(note))


def _pick_scale() -> str:
    return pick_segment(
        SCALE_KEY,
        SCALES,
        label=say("groups.scale"),
        name_of=_scale_name,
        help_text=say("groups.scale_help"),
    )


def _scale_name(scale: str) -> str:
    return say(f"groups.scale_{scale}")
