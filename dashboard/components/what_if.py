"""What would change the prediction: editors, the model's answer to them, and one input's curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.components.beside import put_beside
from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.counterfactuals import show_counterfactuals
from dashboard.components.part import show_part
from dashboard.services.alternatives import relations_of
from dashboard.services.explanations import explanation
from dashboard.view_models.alternatives import (
    changed_values,
    editable_columns,
    risk_change,
    what_if_sentence,
)
from dashboard.wording import plain, say, teach
from explainers.alternatives import WhatIf, rescore
from explainers.alternatives.new_values import NewValue
from explainers.charts.ice import ice_alt, ice_chart, ice_table
from explainers.charts.wording import format_percent
from explainers.core.arrays import FloatArray
from explainers.core.encoding import decode, format_value
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.effects.ice import estimate_ice

N_EDITORS_OPEN = 8


@st.fragment
def show_what_if(study: Study, patient_id: str) -> None:
    """Editors for what can change, the model's answer, a curve, and the smallest changes."""
    st.header(say("changes.title"), anchor=False)
    st.caption(say("changes.caption"))
    with_fixed = st.toggle(say("changes.fixed_switch"), key="with_fixed", help=say("changes.fixed"))
    at = study.position_of(patient_id)
    row, prefix = study.matrix[at], f"what_if_{study.model.name}_{at}"
    reasons = explanation(study, patient_id, "shap", "risk")
    order = [reasons.feature_names[place] for place in reasons.ranking()[0]]
    columns = editable_columns(study.model.columns, with_fixed=with_fixed, order=order)
    if not columns:
        st.info(say("changes.nothing_actionable"))
        return
    with show_part():
        editors, answer = put_beside("what-if", [5, 6])
        with editors:
            changes = _pick_values(row, study.model.columns, columns, prefix)
        with answer:
            _show_answer(study, patient_id, changes, columns, prefix)
    with show_part():
        show_counterfactuals(study, patient_id, prefix)


def editor_key(prefix: str, feature: str) -> str:
    """Key of the editor of one input."""
    return f"{prefix}_{feature}"


def _pick_values(
    row: FloatArray, every: Sequence[Column], offered: Sequence[Column], prefix: str
) -> dict[str, NewValue]:
    """An editor per input, those that matter most in front; what was changed."""
    chosen: dict[str, NewValue] = {}
    with st.container(key="editors"):
        chosen |= _editors(row, every, offered[:N_EDITORS_OPEN], prefix)
        if len(offered) > N_EDITORS_OPEN:
            more = len(offered) - N_EDITORS_OPEN
            with st.expander(say("changes.more", n=more), type="compact"):
                chosen |= _editors(row, every, offered[N_EDITORS_OPEN:], prefix)
    keys = [editor_key(prefix, column.name) for column in every]
    st.button(
        say("changes.back"),
        icon=":material/undo:",
        type="tertiary",
        on_click=state.forget_widgets,
        args=(keys,),
    )
    return changed_values(row, every, chosen)


def _editors(
    row: FloatArray, every: Sequence[Column], offered: Sequence[Column], prefix: str
) -> dict[str, NewValue]:
    positions = {column.name: at for at, column in enumerate(every)}
    sides = st.columns(2)
    chosen: dict[str, NewValue] = {}
    for place, column in enumerate(offered):
        with sides[place % 2]:
            recorded = float(row[positions[column.name]])
            chosen[column.name] = _editor(column, recorded, editor_key(prefix, column.name))
    return chosen


def _editor(column: Column, recorded: float, key: str) -> NewValue:
    """One input's editor, which starts with the record; empty means not measured."""
    help_text = say("changes.recorded", value=plain(format_value(recorded, column)))
    if not column.is_numeric:
        start = decode(recorded, column)
        state.start_with(key, start)
        chosen: str | None = st.selectbox(
            plain(column.label), column.levels, index=None, key=key, help=help_text,
            placeholder=say("changes.not_measured"),
        )  # fmt: skip
        return chosen
    decimals = 0 if column.kind == "integer" else column.decimals
    state.start_with(key, None if np.isnan(recorded) else round(recorded, decimals))
    low, high = _limits(column, recorded)
    number: float | None = st.number_input(
        plain(column.label_with_unit), low, high, None, 10.0**-decimals, f"%.{decimals}f",
        key=key, help=help_text, placeholder=say("changes.not_measured"),
    )  # fmt: skip
    return number


def _limits(column: Column, recorded: float) -> tuple[float | None, float | None]:
    """The valid range, widened to a recorded value that lies outside it."""
    if column.valid_range is None:
        return None, None
    low, high = column.valid_range
    if np.isnan(recorded):
        return float(low), float(high)
    return min(float(low), recorded), max(float(high), recorded)


def _show_answer(
    study: Study,
    patient_id: str,
    changes: Mapping[str, NewValue],
    offered: Sequence[Column],
    prefix: str,
) -> None:
    result = rescore(study, patient_id, changes, allow_fixed=True, relations=relations_of(study))
    before, after, change = st.columns(3)
    before.metric(say("changes.before"), format_percent(result.risk_before))
    after.metric(say("changes.after"), format_percent(result.risk_after))
    change.metric(say("changes.difference"), risk_change(result))
    st.markdown(what_if_sentence(result, study.model.columns))
    for warning in result.warnings:
        st.warning(plain(warning))
    _show_curve(study, result, offered, prefix)


def _show_curve(study: Study, result: WhatIf, offered: Sequence[Column], prefix: str) -> None:
    """How the risk moves with one input, all others as edited."""
    labels = {column.name: column for column in offered}
    feature = st.selectbox(
        say("changes.curve_picker"),
        tuple(labels),
        format_func=lambda name: labels[name].label,
        key=f"{prefix}__curve",
    )
    with show_part():
        effect = estimate_ice(study, result.row, feature)
        show_chart(
            ice_chart(effect, labels[feature], threshold=study.threshold, mode=chart_mode()),
            key="ice",
            alt=ice_alt(effect, labels[feature]),
            table=ice_table(effect, labels[feature]),
            help_text=teach("changes.curve_help"),
            page="ice-and-partial-dependence",
        )
