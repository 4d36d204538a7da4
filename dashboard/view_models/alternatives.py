"""What the patient screen says about changed values and about similar patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dashboard.view_models.rounding import NO_BREAK, count
from dashboard.wording import plain, say
from explainers.alternatives import Counterfactuals, SimilarPatients, WhatIf
from explainers.alternatives.new_values import NewValue
from explainers.charts.wording import MINUS, format_change, format_percent
from explainers.core.arrays import FloatArray
from explainers.core.encoding import decode, format_value
from explainers.core.estimate import Estimate
from explainers.core.schema import Column, Outcome

ANSWER_NAMES = "ABCDEFGH"
MOST_DIFFERENCES = 6


def editable_columns(
    columns: Sequence[Column], *, with_fixed: bool, order: Sequence[str] = ()
) -> tuple[Column, ...]:
    """The inputs to offer editors for.

    Parameters
    ----------
    columns : sequence of Column
    with_fixed : bool
        Whether inputs that nobody can change, such as the age, are offered too.
    order : sequence of str
        Names of the inputs, those to come first in front.
    """
    rank = {name: at for at, name in enumerate(order)}
    offered = [column for column in columns if column.actionable or with_fixed]
    return tuple(sorted(offered, key=lambda column: rank.get(column.name, len(rank))))


def changed_values(
    row: FloatArray, columns: Sequence[Column], chosen: Mapping[str, NewValue]
) -> dict[str, NewValue]:
    """Those of the chosen values that differ from the record (p,).

    A number counts as unchanged where the editor, which shows as many decimals as a clinician
    would, cannot tell it from the recorded one.
    """
    changes = {}
    for column, recorded in zip(columns, row, strict=True):
        if column.name not in chosen:
            continue
        value, before = chosen[column.name], decode(float(recorded), column)
        if not _is_same(value, before, column.decimals):
            changes[column.name] = value
    return changes


def _is_same(value: NewValue, before: NewValue, decimals: int) -> bool:
    if isinstance(value, int | float) and isinstance(before, int | float):
        return round(float(value), decimals) == round(float(before), decimals)
    return value == before


def what_if_sentence(result: WhatIf, columns: Sequence[Column]) -> str:
    """What was changed, and what the model then says."""
    if not result.changes:
        return say("changes.none")
    labels = {column.name: column for column in columns}
    told = []
    for change in result.changes:
        column = labels[change.feature]
        before, after = change.in_words(column)
        told.append(say("changes.change", name=column.label, before=before, after=after))
    side = "crosses" if result.crosses else "stays"
    return say(f"changes.{side}", changes=plain("; ".join(told)))


def risk_change(result: WhatIf) -> str:
    """The change of risk with its sign, in percentage points."""
    return format_change(result.risk_after - result.risk_before, "risk").removesuffix(" points")


def counterfactual_rows(
    found: Counterfactuals, row: FloatArray, columns: Sequence[Column]
) -> pd.DataFrame:
    """One row per input that any answer changes, one column per answer; the risk comes last.

    Parameters
    ----------
    found : Counterfactuals
    row : ndarray of shape (p,)
        The patient, encoded.
    columns : sequence of Column, length p
    """
    changed = {change.feature for answer in found.answers for change in answer.changes}
    shown = [(at, column) for at, column in enumerate(columns) if column.name in changed]
    table = {
        say("changes.input"): [column.label for _, column in shown],
        say("changes.now"): [format_value(float(row[at]), column) for at, column in shown],
    }
    table[say("changes.input")] += [say("changes.risk"), say("changes.usual")]
    table[say("changes.now")] += [format_percent(found.risk), ""]
    for name, answer in zip(ANSWER_NAMES, found.answers, strict=False):
        after = {change.feature: change for change in answer.changes}
        cells = [
            _answer_cell(after[column.name].in_words(column)[1], after[column.name].carried_by)
            if column.name in after
            else ""
            for _, column in shown
        ]
        cells += [_crossed(answer.risk, found), format_percent(answer.plausibility)]
        table[say("changes.answer", name=name)] = cells
    return pd.DataFrame(table)


def _crossed(risk: float, found: Counterfactuals) -> str:
    """A risk that rounding would put on the threshold says on which side of it it lies."""
    shown = format_percent(risk)
    if shown != format_percent(found.threshold):
        return shown
    return say("changes.just_below" if found.towards_lower else "changes.just_above", risk=shown)


def _answer_cell(value: str, carried_by: str) -> str:
    return say("changes.carried", value=value) if carried_by else value


def answer_values(
    found: Counterfactuals, at: int, columns: Sequence[Column]
) -> dict[str, NewValue]:
    """The changed values of one answer, as editors take them."""
    by_name = {column.name: column for column in columns}
    return {
        change.feature: decode(
            np.nan if change.after is None else change.after, by_name[change.feature]
        )
        for change in found.answers[at].changes
    }


def similar_sentence(similar: SimilarPatients, risk: float, outcome: Outcome) -> str:
    """The outcome among the most similar patients, beside the model's risk."""
    if similar.outcome.value is None:
        return say(
            "similar.withheld", k=count(similar.k), noun=plain(outcome.noun),
            reason=plain(similar.outcome.reason),
        )  # fmt: skip
    return say(
        "similar.outcome",
        k=count(similar.k),
        share=_share(similar.outcome),
        noun=plain(outcome.noun),
        risk=format_percent(risk),
    )


def _share(share: Estimate) -> str:
    value, low, high = (
        format_percent(part or 0.0) for part in (share.value, share.low, share.high)
    )
    return f"{value} [{low.rstrip('%')},{NO_BREAK}{high.rstrip('%')}]"


def similar_risk_note(similar: SimilarPatients, risk: float) -> str:
    """Whether the model's risk lies inside the interval of what happened to similar patients."""
    low, high = similar.outcome.low, similar.outcome.high
    if low is None or high is None:
        return ""
    if risk < low:
        return say("similar.below")
    return say("similar.above") if risk > high else say("similar.inside")


def difference_rows(similar: SimilarPatients, columns: Sequence[Column]) -> pd.DataFrame:
    """Where this patient differs most from the similar ones."""
    by_name = {column.name: column for column in columns}
    rows = []
    for difference in similar.differences[:MOST_DIFFERENCES]:
        column = by_name[difference.feature]
        rows.append(
            {
                say("changes.input"): column.label,
                say("similar.patient"): _value(difference.patient_value, column),
                say("similar.typical", k=count(similar.k)): _value(
                    difference.typical_value, column, absent=say("similar.too_few")
                ),
                say("similar.difference"): _size(difference.size, column),
            }
        )
    return pd.DataFrame(rows)


def _value(value: float | None, column: Column, absent: str = "") -> str:
    if value is None:
        return absent or format_value(np.nan, column)
    return format_value(value, column)


def _size(size: float | None, column: Column) -> str:
    if size is None:
        return ""
    if not column.is_numeric:
        return say("similar.other_level") if size else say("similar.same_level")
    return say("similar.deviations", size=f"{size:+.1f}".replace("-", MINUS))
