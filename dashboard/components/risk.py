"""The risk: a natural frequency, checked against what happened to others at that risk."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.components.chart import chart_mode, show_chart
from dashboard.services.evaluation import distribution, overall, similar_risk
from dashboard.services.reliability import risk_intervals
from dashboard.view_models.patient import risk_sentence
from dashboard.view_models.reliability import interval_sentence
from dashboard.view_models.risk import risk_lines
from dashboard.wording import plain, say, teach, with_terms
from explainers.charts.risk_distribution import (
    risk_distribution_alt,
    risk_distribution_chart,
    risk_distribution_table,
)
from explainers.core.study import Study
from explainers.uncertainty.calibration_split import FEWEST_OF_A_KIND


def show_risk(study: Study, patient_id: str) -> None:
    """Headline, base rate, threshold, and the clinician's own estimate."""
    outcome = study.cohort.schema.outcome(study.outcome)
    risk = float(study.predict(study.rows_of([patient_id]), "risk")[0])
    with st.container(border=True):
        near = similar_risk(study, patient_id) if study.is_labelled.any() else None
        observed = None if near is None else near.at_this_risk
        st.header(risk_sentence(risk, observed, outcome), anchor=False)
        for line in _context_lines(study, patient_id, risk):
            st.markdown(line)
        if study.is_labelled.sum() >= 2 * FEWEST_OF_A_KIND:
            told = interval_sentence(risk_intervals(study), patient_id)
            st.caption(with_terms(told, "venn-abers"))
        if study.is_labelled.any():
            st.caption(teach("patient.ranges"))
        _show_recorded(study, patient_id)


def show_distribution(study: Study, patient_id: str) -> None:
    """The patient's place among those with and without the outcome; nothing without outcomes."""
    if not study.is_labelled.any():
        return
    risk = float(study.predict(study.rows_of([patient_id]), "risk")[0])
    counted = distribution(study)
    show_chart(
        risk_distribution_chart(
            counted,
            patient_risk=risk,
            threshold=study.threshold,
            mode=chart_mode(),
        ),
        key="risk_distribution",
        alt=risk_distribution_alt(counted, patient_risk=risk, threshold=study.threshold),
        table=risk_distribution_table(counted),
        help_text=teach("patient.distribution_help"),
        page="auroc",
    )


def _context_lines(study: Study, patient_id: str, risk: float) -> tuple[str, ...]:
    own = state.own_estimate(study.model.name, patient_id)
    if not study.is_labelled.any():
        return risk_lines(study, risk, own, None, None)
    (prevalence,) = overall(study, ("prevalence",))
    return risk_lines(study, risk, own, prevalence, similar_risk(study, patient_id))


def _show_recorded(study: Study, patient_id: str) -> None:
    if not st.toggle(say("patient.risk_actual_switch"), key="show_recorded"):
        return
    label = study.labels[study.position_of(patient_id)]
    outcome = study.cohort.schema.outcome(study.outcome)
    key = "no_label" if np.isnan(label) else "recorded_yes" if label == 1 else "recorded_no"
    st.markdown(
        say("patient.risk_actual", outcome=say(f"patient.{key}", label=plain(outcome.label)))
    )
