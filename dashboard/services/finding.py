"""Finding patients, computed once per study and question."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.services.keys import BY_DIGEST
from explainers.core.arrays import IntArray
from explainers.core.patient_query import PatientQuery, Range, conditions_in
from explainers.core.study import Study
from explainers.errors import SettingsError


@st.cache_resource(
    max_entries=64,
    show_spinner=False,
    hash_funcs={**BY_DIGEST, PatientQuery: PatientQuery.to_text},
)
def found_patients(study: Study, query: PatientQuery) -> IntArray:
    """Rows of the patients who meet the question, in its order, read-only."""
    rows = query.find(study)
    rows.setflags(write=False)
    return rows


def refused_conditions(study: Study, text: str) -> tuple[str, ...]:
    """Those conditions of an address that this study cannot answer, as they stand there."""
    return tuple(part for part in conditions_in(text) if not _is_answered(study, part))


def _is_answered(study: Study, part: str) -> bool:
    try:
        PatientQuery.from_text(part, study)
    except SettingsError:
        return False
    return True


def find_id(study: Study, query: str) -> str | None:
    """The patient of that id; small letters stand for capital ones where only one id fits."""
    index = study.cohort.frame.index
    if query in index:
        return query
    alike = [one for one in index if one.casefold() == query.casefold()]
    return str(alike[0]) if len(alike) == 1 else None


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_DIGEST)
def seen_ranges(study: Study) -> dict[str, Range]:
    """Smallest and largest value of each numeric feature, rounded outwards as it is printed."""
    ranges = {}
    for at, column in enumerate(study.model.columns):
        values = study.matrix[:, at]
        values = values[~np.isnan(values)]
        if not column.is_numeric:
            continue
        if len(values) == 0:
            ranges[column.name] = (0.0, 0.0)
            continue
        unit = 10.0 ** (0 if column.kind == "integer" else column.decimals)
        ranges[column.name] = (
            float(np.floor(values.min() * unit) / unit),
            float(np.ceil(values.max() * unit) / unit),
        )
    return ranges
