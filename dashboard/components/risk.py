"""The risk: a natural frequency, checked against what happened to others at that risk."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.components.chart import chart_mode, show_chart
from dashboard.services.evaluation import distribution, overall, similar_risk
from dashboard.services.reliability import risk_intervals
from dashboard.view_models.patient import risk_sentence, similar_risk_sentence
from dashboard.view_models.reliability import interval_sentence
from dashboard.view_models.rounding import count, interval
from dashboard.wording import plain, say
from explainers.charts.risk_distribution import (
    risk_distribution_alt,
    risk_distribution_chart,
    risk_distribution_table,
)
from explainers.charts.wording import format_percent
from explainers.core.study import Study
from explainers.uncertainty.calibration_split import FEWEST_OF_A_KIND


def show_risk(study: Study, patient_id: str) -> None:
    """Headline, base rate, threshold, own estimate, and the distribution by outcome."""
    outcome = study.cohort.schema.outcome(study.outcome)
    risk = float(study.predict(study.rows_of([patient_id]), "risk")[0])
    with st.container(border=True):
        observed = similar_risk(study, patient_id).observed if study.is_labelled.any() else None
        st.header(risk_sentence(risk, observed, outcome), anchor=False)
        for line in _context_lines(study, patient_id, risk):
            st.markdown(line)
        if study.is_labelled.sum() >= 2 * FEWEST_OF_A_KIND:
            st.caption(interval_sentence(risk_intervals(study), patient_id))
        _show_recorded(study, patient_id)
    if study.is_labelled.any():
        _show_distribution(study, risk)


def _context_lines(study: Study, patient_id: str, risk: float) -> list[str]:
    outcome = study.cohort.schema.outcome(study.outcome)
    own = state.own_estimate(study.model.name, patient_id)
    lines = [] if own is None else [say("patient.risk_own", own=own, risk=format_percent(risk))]
    lines.append(
        say("patient.risk_exact", risk=format_percent(risk), horizon=plain(outcome.horizon))
    )
    if study.is_labelled.any():
        (prevalence,) = overall(study, ("prevalence",))
        if prevalence.is_estimated:
            lines.append(
                say(
                    "patient.risk_base",
                    n=count(prevalence.n),
                    base=interval(prevalence),
                    noun=plain(outcome.noun),
                )
            )
        near = similar_risk(study, patient_id)
        lines.append(similar_risk_sentence(near.observed, near.risks, outcome))
    else:
        lines.append(say("patient.no_labels"))
    side = "above" if risk >= study.threshold else "below"
    lines.append(say(f"patient.risk_threshold_{side}", threshold=format_percent(study.threshold)))
    return lines


def _show_recorded(study: Study, patient_id: str) -> None:
    if not st.toggle(say("patient.risk_actual_switch"), key="show_recorded"):
        return
    label = study.labels[study.position_of(patient_id)]
    outcome = study.cohort.schema.outcome(study.outcome)
    key = "no_label" if np.isnan(label) else "recorded_yes" if label == 1 else "recorded_no"
    st.markdown(
        say("patient.risk_actual", outcome=say(f"patient.{key}", label=plain(outcome.label)))
    )


def _show_distribution(study: Study, risk: float) -> None:
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
        help_text=say("patient.distribution_help"),
    )
