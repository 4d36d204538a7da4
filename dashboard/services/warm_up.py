"""Loading and compiling while the first page is being read, so that no patient has to wait."""

from __future__ import annotations

import logging
import threading

import streamlit as st

from explainers.attribution.registry import explain_patient
from explainers.errors import PellucidError
from explainers.workspace import Workspace

WARM_UP_MODEL = "diabetes-xgboost"

logger = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False, max_entries=1)
def start_warming_up() -> threading.Thread:
    """Once per server, in the background: explain one patient of a built-in model."""
    thread = threading.Thread(target=_explain_one, name="warm-up", daemon=True)
    thread.start()
    return thread


def _explain_one() -> None:
    """Results are thrown away; what stays are loaded libraries and compiled code."""
    try:
        study = Workspace().open_study(WARM_UP_MODEL)
        for method in ("shap", "lime"):
            explain_patient(study, study.cohort.patient_ids[0], method=method)
    except PellucidError as error:
        logger.warning("nothing to warm up with: %s", type(error).__name__)
