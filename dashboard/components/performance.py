"""How good a model is, with the simple model it should beat beside it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.components.chart import show_statistics
from dashboard.components.part import show_part
from dashboard.components.threshold_picker import say_other_threshold
from dashboard.context import Context
from dashboard.services.evaluation import overall
from dashboard.services.groups import nearest_threshold
from dashboard.services.library import model_facts, study_of
from dashboard.view_models.model import performance_rows
from dashboard.wording import plain, say, teach
from explainers.core.estimate import Estimate
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


def show_performance(ctx: Context, study: Study, facts: BundleFacts) -> None:
    """Statistics on held-out patients, each with its interval."""
    st.header(say("model.performance"), anchor=False)
    if not study.is_labelled.any():
        st.info(say("patient.no_labels"))
        return
    comparator: tuple[Estimate, ...] | None = None
    title = ""
    with show_part():  # a comparator that cannot be opened leaves this model's own figures
        if facts.comparator:
            simple = model_facts(ctx, facts.comparator)
            title, comparator = (
                simple.title,
                _comparable(study, study_of(ctx, simple), simple.title),
            )
            if comparator is None:
                st.caption(say("model.comparator_unfit", title=plain(title)))
    rows = performance_rows(overall(study, SHOWN_METRICS), comparator, title)
    show_statistics(
        rows,
        key="performance",
        alt=say("model.performance"),
        help_text=teach("model.performance_help"),
        page="intervals",
    )


def _comparable(study: Study, simple: Study, title: str) -> tuple[Estimate, ...] | None:
    """Figures of the simple model at the threshold nearest to this model's that may be shown.

    None unless they rest on the same patients.
    """
    same_patients = study.cohort.digest == simple.cohort.digest
    same_labels = study.labels.shape == simple.labels.shape and np.array_equal(
        study.labels, simple.labels, equal_nan=True
    )
    if not (same_patients and same_labels):
        return None
    threshold = nearest_threshold(simple, (), study.threshold)
    say_other_threshold(title, threshold, study.threshold)
    return overall(simple.with_threshold(threshold), SHOWN_METRICS)
