"""What is said about values that somebody enters for a patient."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from dashboard.view_models.rounding import count, listed
from dashboard.wording import plain, say
from explainers.alternatives.new_values import NewValue
from explainers.charts.wording import format_percent
from explainers.core.arrays import FloatArray
from explainers.core.encoding import format_value
from explainers.core.schema import Column
from explainers.reliability.edited_patient import EditedPatient, StrainedPair

MOST_PAIRS = 3


def bounds_note(column: Column, recorded: float) -> str:
    """Which values an editor takes, with the unit, and what the record has."""
    told = say("changes.recorded", value=plain(format_value(recorded, column)))
    if column.valid_range is None:
        return told
    return f"{say('changes.range', range=plain(_range(column)))} {told}"


def refusals(
    changes: Mapping[str, NewValue], columns: Sequence[Column], with_gaps: Collection[str]
) -> dict[str, str]:
    """Why entered values cannot be scored, by input: the rule, the value and what to do.

    Parameters
    ----------
    changes : mapping from feature name to number, level or None (not measured)
    columns : sequence of Column
        The model's columns.
    with_gaps : collection of str
        Inputs for which "not measured" is a value.
    """
    by_name = {column.name: column for column in columns}
    told = {
        name: _refusal(value, by_name[name], may_be_missing=name in with_gaps)
        for name, value in changes.items()
    }
    return {name: sentence for name, sentence in told.items() if sentence}


def _refusal(value: NewValue, column: Column, *, may_be_missing: bool) -> str:
    """The sentence for one value; "" where the model can be asked about it."""
    name = plain(column.label)
    if value is None:
        return "" if may_be_missing else say("changes.refused_gap", name=name)
    if not column.is_numeric:
        return ""
    number = float(value)
    if column.valid_range is not None and not _is_within(number, column.valid_range):
        shown = plain(f"{number:,.10g} {column.unit}".strip())
        return say("changes.refused_range", name=name, value=shown, range=plain(_range(column)))
    if column.kind == "integer" and not number.is_integer():
        return say(
            "changes.refused_fraction",
            name=name,
            value=f"{number:g}",
            below=math.floor(number),
            above=math.ceil(number),
        )
    return ""


def _is_within(number: float, valid_range: tuple[float, float]) -> bool:
    return valid_range[0] <= number <= valid_range[1]


def _range(column: Column) -> str:
    low, high = column.valid_range or (-math.inf, math.inf)
    above = "" if column.capped_at is None else "or over"
    return " ".join(part for part in (f"{low:g} to {high:g}", column.unit, above) if part)


def no_answer(refused: Collection[str], columns: Sequence[Column]) -> str:
    """That there is no risk for what was entered, and for which inputs not."""
    names = [column.label for column in columns if column.name in refused]
    return say("changes.no_answer", names=plain(listed(names)))


def edit_warnings(
    edited: EditedPatient, row: FloatArray, columns: Sequence[Column]
) -> tuple[str, ...]:
    """Why the model knows hardly anybody with the changed values, one sentence each.

    Parameters
    ----------
    edited : EditedPatient
    row : ndarray of shape (p,)
        The changed patient, encoded.
    columns : sequence of Column, length p
    """
    shown = {
        column.name: plain(f"{column.label} {format_value(float(value), column)}")
        for column, value in zip(columns, row, strict=True)
    }
    n = count(edited.n_fitted)
    lines = [
        say(f"changes.{key}", names=listed(shown[name] for name in names))
        for key, names in (("beyond", edited.new), ("unseen_gap", edited.unseen_gaps))
        if names
    ]
    lines += [_pair_line(pair, edited, shown, n) for pair in edited.pairs[:MOST_PAIRS]]
    if len(edited.pairs) > MOST_PAIRS:
        lines.append(say("changes.more_pairs", n=len(edited.pairs) - MOST_PAIRS))
    if edited.became_unusual:
        share = format_percent(edited.combination_share)
        lines.append(say("changes.became_unusual", share=share, n=n))
    return tuple(lines)


def _pair_line(pair: StrainedPair, edited: EditedPatient, shown: Mapping[str, str], n: str) -> str:
    key = "pair_both" if pair.other in edited.changed else "pair"
    share = format_percent(pair.share)
    return say(
        f"changes.{key}", first=shown[pair.feature], other=shown[pair.other], share=share, n=n
    )
