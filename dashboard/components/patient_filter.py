"""Asking for some patients: by risk, outcome, the model's error, group and input.

The question lives in the address; which of its patients is open does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast, get_args

import streamlit as st

from dashboard import state
from dashboard.services.finding import refused_conditions, seen_ranges
from dashboard.view_models.finder import call_name, order_name, outcome_name, refused_question
from dashboard.wording import plain, say
from explainers.core.patient_query import Call, Order, PatientQuery, Range, RecordedOutcome
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.errors import SettingsError

ADDRESS = "find"
PREFIX = "filter_"
EVERYBODY = (0, 100)


def pick_query(study: Study) -> PatientQuery:
    """The question the address asks, with controls to change it behind a button."""
    _read_address(study)
    with st.popover(say("finder.filter"), icon=":material/filter_alt:", width="content"):
        query = _pick(study)
        offer_everybody("everybody")
    text = query.to_text()
    if text:
        st.query_params[ADDRESS] = text
        state.clear_text(_key("refused"))
    elif ADDRESS in st.query_params:
        del st.query_params[ADDRESS]
    state.set_widgets({_key("asked"): text, _key("asked_of"): _scope(study)})
    return query


def offer_everybody(key: str) -> None:
    """A button that asks for all patients again."""
    st.button(
        say("finder.everybody"),
        key=f"finder_{key}",
        type="tertiary",
        icon=":material/filter_alt_off:",
        on_click=_clear,
    )


def refusal() -> str:
    """What of the address was not understood; "" once another question was asked."""
    return state.text_typed(_key("refused"))


def _read_address(study: Study) -> None:
    """Fill the controls when the address asks for something they do not show."""
    text = st.query_params.get(ADDRESS, "")
    asked = (state.text_typed(_key("asked")), state.text_typed(_key("asked_of")))
    if asked == (text, _scope(study)):
        return
    refused = ""
    try:
        query = PatientQuery.from_text(text, study)
    except SettingsError:
        refused = refused_question(refused_conditions(study, text), study)
        query = PatientQuery()
    state.set_widgets({**_widget_values(query), _key("refused"): refused})


def _scope(study: Study) -> str:
    """Questions are kept from one model to another of the same cohort only."""
    return study.cohort.schema.facts.name


def _widget_values(query: PatientQuery) -> dict[str, object]:
    low, high = query.risk or (0.0, 1.0)
    inputs = [name for name, _ in (*query.ranges, *query.levels)]
    return {
        _key("risk"): (round(100 * low), round(100 * high)),
        _key("outcome"): query.outcome,
        _key("call"): query.call,
        _key("order"): query.order,
        _key("inputs"): inputs,
        **{_key("group", name): label for name, label in query.groups},
        **{_key("range", name): limits for name, limits in query.ranges},
        **{_key("levels", name): list(levels) for name, levels in query.levels},
    }


def _key(*parts: str) -> str:
    return PREFIX + "_".join(parts)


def _clear() -> None:
    state.forget_widgets_like(PREFIX)
    if ADDRESS in st.query_params:
        del st.query_params[ADDRESS]


def _pick(study: Study) -> PatientQuery:
    state.start_with(_key("risk"), EVERYBODY)
    percents = _slide(say("finder.risk"), EVERYBODY, 1, "%d%%", _key("risk"))
    outcome = _choose("outcome", get_args(RecordedOutcome), outcome_name)
    call = _choose("call", get_args(Call), call_name)
    order = _choose("order", get_args(Order), order_name)
    groups = _pick_groups(study)
    state.start_with(_key("inputs"), [])
    columns = {column.name: column for column in study.model.columns}
    state.drop_unknown(_key("inputs"), tuple(columns))
    chosen = st.multiselect(
        say("finder.inputs"),
        tuple(columns),
        format_func=lambda name: columns[name].label,
        key=_key("inputs"),
    )
    ranges, levels = _pick_inputs(study, [columns[name] for name in chosen])
    return PatientQuery(
        risk=None if percents == EVERYBODY else (percents[0] / 100, percents[1] / 100),
        outcome=outcome,
        call=call,
        groups=tuple(groups),
        ranges=tuple(ranges),
        levels=tuple(levels),
        order=order,
    )


def _choose(name: str, allowed: tuple[str, ...], name_of: Callable[[str], str]) -> Any:
    """One of some slugs; the first is the default."""
    key = _key(name)
    state.start_with(key, allowed[0])
    return st.selectbox(say(f"finder.{name}"), allowed, format_func=name_of, key=key)


def _pick_groups(study: Study) -> Iterable[tuple[str, str]]:
    chosen = []
    sides = st.columns(2)
    for place, group in enumerate(study.cohort.schema.groups):
        key = _key("group", group.name)
        state.start_with(key, None)
        with sides[place % 2]:
            label = st.selectbox(
                plain(group.label), group.labels, index=None, key=key,
                placeholder=say("finder.any_group"),
            )  # fmt: skip
        if label is not None:
            chosen.append((group.name, label))
    return chosen


def _pick_inputs(
    study: Study, columns: Iterable[Column]
) -> tuple[list[tuple[str, Range]], list[tuple[str, tuple[str, ...]]]]:
    """Limits of the chosen numbers and levels of the chosen categories; untouched ones ask all."""
    ranges: list[tuple[str, Range]] = []
    levels: list[tuple[str, tuple[str, ...]]] = []
    limits = seen_ranges(study)
    for column in columns:
        if column.is_numeric:
            low, high = limits[column.name]
            if low < high:
                ranges.append((column.name, _pick_range(column, low, high)))
            continue
        key = _key("levels", column.name)
        state.start_with(key, [])
        wanted = st.multiselect(plain(column.label), column.levels, key=key)
        if wanted:
            levels.append((column.name, tuple(wanted)))
    return ranges, levels


def _pick_range(column: Column, low: float, high: float) -> Range:
    key = _key("range", column.name)
    state.start_with(key, (low, high))
    state.clip_range(key, low, high)
    decimals = 0 if column.kind == "integer" else column.decimals
    label, step = plain(column.label_with_unit), 10.0**-decimals
    return _slide(label, (low, high), step, f"%.{decimals}f", key)


def _slide(
    label: str, limits: tuple[float, float], step: float, number_format: str, key: str
) -> Range:
    """A slider with two ends, which stand in the session already."""
    chosen: object = st.slider(label, *limits, step=step, format=number_format, key=key)
    return cast("Range", chosen)
