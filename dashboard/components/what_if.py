"""What would change the prediction: editors, the model's answer to them, and one input's curve."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import streamlit as st

from dashboard import state
from dashboard.components.beside import put_beside
from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.counterfactuals import show_counterfactuals
from dashboard.components.editors import curve_key, pick_values
from dashboard.components.part import show_part
from dashboard.services.alternatives import inputs_with_gaps, relations_of
from dashboard.services.case import Case
from dashboard.services.explanations import explanation
from dashboard.view_models.alternatives import editable_columns, risk_change, what_if_sentence
from dashboard.view_models.editing import edit_warnings, no_answer, refusals
from dashboard.wording import plain, say, teach
from explainers.alternatives import WhatIf, rescore
from explainers.alternatives.new_values import NewValue
from explainers.charts.ice import ice_alt, ice_chart, ice_table
from explainers.charts.wording import format_percent
from explainers.core.schema import Column
from explainers.effects.ice import estimate_ice


@st.fragment
def show_what_if(case: Case) -> None:
    """Editors for what can change, the model's answer, a curve, and the smallest changes."""
    study, every = case.study, case.study.model.columns
    st.header(say("changes.title"), anchor=False)
    st.caption(say("changes.caption"))
    with_fixed = st.toggle(say("changes.fixed_switch"), key="with_fixed", help=say("changes.fixed"))
    reasons = explanation(study, case.patient_id, "shap", "risk")
    order = [reasons.feature_names[place] for place in reasons.ranking()[0]]
    columns = editable_columns(every, with_fixed=with_fixed, order=order)
    if not columns:
        st.info(say("changes.nothing_actionable"))
        return
    prefix = state.slot("what_if", (study.model.name, case.patient_id))
    with_gaps = inputs_with_gaps(study)
    with show_part():
        editors, answer = put_beside("what-if", [5, 6])
        with editors:
            changes = pick_values(case.row, every, columns, prefix, with_gaps)
        refused = refusals(changes, every, with_gaps)
        with answer:
            if refused:
                _show_no_answer(case, refused)
            else:
                _show_answer(case, changes, columns, prefix)
    with show_part():
        show_counterfactuals(study, case.patient_id, prefix)


def _show_no_answer(case: Case, refused: Collection[str]) -> None:
    """Where a value cannot be scored no risk is shown: it would be that of other values."""
    risk = float(case.study.predict(case.row[None, :], "risk")[0])
    _show_metrics(format_percent(risk), say("changes.no_risk"), say("changes.no_risk"))
    st.error(no_answer(refused, case.study.model.columns))


def _show_metrics(before: str, after: str, change: str) -> None:
    shown = (before, after, change)
    keys = ("before", "after", "difference")
    for place, key, value in zip(st.columns(3), keys, shown, strict=True):
        place.metric(say(f"changes.{key}"), value)


def _show_answer(
    case: Case, changes: Mapping[str, NewValue], offered: Sequence[Column], prefix: str
) -> None:
    study = case.study
    relations = relations_of(study)
    result = rescore(study, case.patient_id, changes, allow_fixed=True, relations=relations)
    _show_metrics(
        format_percent(result.risk_before), format_percent(result.risk_after), risk_change(result)
    )
    st.markdown(what_if_sentence(result, study.model.columns))
    if result.changes:
        _show_doubts(case, result)
    _show_curve(case, result, offered, prefix)


def _show_doubts(case: Case, result: WhatIf) -> None:
    """Values that no patient has, alone or together."""
    edited = case.edited(result.row)
    lines = [plain(warning) for warning in result.warnings]
    if edited is not None:
        lines += edit_warnings(edited, result.row, case.study.model.columns)
    if lines:
        told = "\n".join(f"- {line}" for line in lines)
        st.warning(f"{told}\n\n{say('changes.extrapolation')}", title=say("changes.unlike_title"))
    if edited is None:
        st.caption(say("changes.untested"))


def _show_curve(case: Case, result: WhatIf, offered: Sequence[Column], prefix: str) -> None:
    """How the risk moves with the input changed last, or one chosen, all others as edited."""
    study, labels = case.study, {column.name: column for column in offered}
    key = curve_key(prefix)
    state.start_with(key, offered[0].name)
    state.keep_within(key, tuple(labels), offered[0].name)
    feature = st.selectbox(
        say("changes.curve_picker"),
        tuple(labels),
        format_func=lambda name: labels[name].label,
        key=key,
    )
    with show_part():
        effect = estimate_ice(study, result.row, feature)
        at = study.model.feature_names.index(feature)
        recorded = (float(case.row[at]), result.risk_before) if result.changes else None
        show_chart(
            ice_chart(
                effect,
                labels[feature],
                threshold=study.threshold,
                recorded=recorded,
                mode=chart_mode(),
            ),
            key="ice",
            alt=ice_alt(effect, labels[feature], recorded=recorded),
            table=ice_table(effect, labels[feature]),
            help_text=teach("changes.curve_help"),
            page="ice-and-partial-dependence",
        )
