"""Two patients under one model, side by side."""

from __future__ import annotations

import streamlit as st

from dashboard.components.beside import put_beside
from dashboard.components.own_estimate import pick_own_first
from dashboard.components.pair_finder import pick_one_of_two
from dashboard.components.pair_reasons import show_pair_reasons
from dashboard.components.part import show_part
from dashboard.components.patient_beside import pick_shown
from dashboard.context import Context
from dashboard.services.case import Case
from dashboard.wording import say
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts


def show_two_patients(ctx: Context, facts: BundleFacts, study: Study) -> None:
    """Find each, look at both risks, and see which contributions set them apart."""
    st.caption(say("compare.intro"))
    if len(study.cohort) < 2:
        st.info(say("compare.too_few"))
        return
    asks_first = pick_own_first()
    cases, shown = [], []
    for side, place in enumerate(put_beside("patients")):
        with place, show_part():
            case = Case(ctx, facts, study, pick_one_of_two(study, side))
            cases.append(case)
            shown.append(pick_shown(case, side, asks_first=asks_first))
    if len(shown) < 2:
        return
    if cases[0].patient_id == cases[1].patient_id:
        st.info(say("compare.same"))
    elif all(shown):
        show_pair_reasons(*cases)
    else:
        st.info(say("compare.waiting"))
