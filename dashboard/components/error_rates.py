"""Why calibration and equal error rates exclude each other, on this model's own figures."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import show_statistics
from dashboard.components.export import offer_csv
from dashboard.components.segment_picker import pick_segment
from dashboard.services.evaluation import group_tables
from dashboard.view_models.group_parts import (
    error_rate_export,
    error_rate_rows,
    error_rate_sentence,
    flagged_rows,
)
from dashboard.view_models.groups import export_table
from dashboard.wording import say, teach
from explainers.core.study import Study
from explainers.subgroups.error_rates import NEEDED, compare_error_rates, estimate_flagged

PARITY_KEY = "parity"
HIDE, SHOW = "hide", "show"


def show_error_rates(study: Study, by: tuple[str, ...]) -> None:
    """Prevalence, PPV and error rates of each group, and what equality of some would force."""
    tables = dict(zip(NEEDED, group_tables(study, by, NEEDED), strict=True))
    rates = compare_error_rates(tables)
    st.markdown(say("groups.arithmetic_intro"))
    if len(rates) < 2:
        st.info(say("groups.arithmetic_empty"))
    else:
        st.header(error_rate_sentence(rates), anchor=False)
        show_statistics(
            error_rate_rows(rates),
            key="arithmetic",
            alt=say("groups.part_arithmetic"),
            help_text=teach("groups.arithmetic_hint"),
            page="error-rates",
        )
        offer_csv(error_rate_export(rates, study), f"{study.model.name}-arithmetic", key="rates")
    if _wants_parity():
        st.warning(say("groups.parity_reason"), title=say("groups.parity_title"))
        flagged = estimate_flagged(tables, study)
        show_statistics(
            flagged_rows(flagged),
            key="parity_table",
            alt=say("groups.parity"),
            help_text=teach("groups.parity_hint"),
            page="error-rates",
        )
        offer_csv(export_table((flagged,), study), f"{study.model.name}-flagged", key="parity")


def _wants_parity() -> bool:
    chosen = pick_segment(
        PARITY_KEY, (HIDE, SHOW), label=say("groups.parity"), name_of=_parity_name
    )
    return chosen == SHOW


def _parity_name(choice: str) -> str:
    return say(f"groups.parity_{choice}")
