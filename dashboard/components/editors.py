"""Editors for a patient's values: each says what it takes, and why a value cannot be scored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.view_models.alternatives import changed_values
from dashboard.view_models.editing import bounds_note, refusals
from dashboard.wording import plain, say
from explainers.alternatives.new_values import NewValue
from explainers.core.arrays import FloatArray
from explainers.core.encoding import decode
from explainers.core.schema import Column

N_EDITORS_OPEN = 8


def editor_key(prefix: str, feature: str) -> str:
    """Key of the editor of one input."""
    return f"{prefix}{feature}"


def curve_key(prefix: str) -> str:
    """Key of the choice of the input whose curve is drawn; it follows the editors."""
    return f"{prefix}_curve"


def put_into_editors(prefix: str, every: Sequence[Column], values: Mapping[str, NewValue]) -> None:
    """Let the editors show these values and the record otherwise; only from a callback."""
    state.forget_widgets([editor_key(prefix, column.name) for column in every])
    state.set_widgets({editor_key(prefix, name): value for name, value in values.items()})
    if values:
        _let_curve_follow(prefix, next(iter(values)))


def pick_values(
    row: FloatArray,
    every: Sequence[Column],
    offered: Sequence[Column],
    prefix: str,
    with_gaps: Collection[str],
) -> dict[str, NewValue]:
    """An editor per input, those that matter most in front; what differs from the record.

    Parameters
    ----------
    row : ndarray of shape (p,)
        The record, encoded.
    every : sequence of Column, length p
    offered : sequence of Column
        Inputs to offer an editor for.
    prefix : str
        What the editors' keys begin with.
    with_gaps : collection of str
        Inputs for which "not measured" is a value.
    """
    chosen: dict[str, NewValue] = {}
    with st.container(key="editors"):
        front, folded = offered[:N_EDITORS_OPEN], offered[N_EDITORS_OPEN:]
        chosen |= _show_editors(row, every, front, prefix, with_gaps)
        if folded:
            with st.expander(say("changes.more", n=len(folded)), type="compact"):
                chosen |= _show_editors(row, every, folded, prefix, with_gaps)
    st.button(
        say("changes.back"),
        icon=":material/undo:",
        type="tertiary",
        on_click=put_into_editors,
        args=(prefix, every, {}),
    )
    return chosen


def _show_editors(
    row: FloatArray,
    every: Sequence[Column],
    offered: Sequence[Column],
    prefix: str,
    with_gaps: Collection[str],
) -> dict[str, NewValue]:
    """Editors in two columns; what differs from the record."""
    positions = {column.name: at for at, column in enumerate(every)}
    sides = st.columns(2)
    chosen: dict[str, NewValue] = {}
    for place, column in enumerate(offered):
        recorded = float(row[positions[column.name]])
        with sides[place % 2]:
            value = _pick_value(column, recorded, prefix, may_be_missing=column.name in with_gaps)
            own = changed_values(row, every, {column.name: value})
            for told in refusals(own, every, with_gaps).values():
                st.error(told)
        chosen |= own
    return chosen


def _pick_value(column: Column, recorded: float, prefix: str, *, may_be_missing: bool) -> NewValue:
    """One input's editor, which starts with the record.

    A number has no limits of the editor's own: with them the browser keeps a value outside to
    itself, and the answer to the value before would stand beside it.
    """
    key, absent = editor_key(prefix, column.name), say("changes.not_measured")
    chosen: NewValue
    if column.is_numeric:
        decimals = 0 if column.kind == "integer" else column.decimals
        state.start_with(key, None if np.isnan(recorded) else round(recorded, decimals))
        help_text = say("changes.empty_means") if may_be_missing else None
        chosen = st.number_input(
            plain(column.label_with_unit), None, None, None, 10.0**-decimals, f"%.{decimals}f",
            key=key, help=help_text, placeholder=absent,
            on_change=_let_curve_follow, args=(prefix, column.name),
        )  # fmt: skip
    else:
        state.start_with(key, decode(recorded, column))
        levels: tuple[str | None, ...] = (*column.levels, None) if may_be_missing else column.levels
        chosen = st.selectbox(
            plain(column.label), levels, None, lambda level: level or absent,
            key=key, placeholder=absent,
            on_change=_let_curve_follow, args=(prefix, column.name),
        )  # fmt: skip
    st.caption(bounds_note(column, recorded))
    return chosen


def _let_curve_follow(prefix: str, feature: str) -> None:
    state.set_widgets({curve_key(prefix): feature})
